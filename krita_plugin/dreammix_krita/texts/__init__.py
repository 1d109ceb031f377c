"""What the artist reads: one catalogue of keys, one text of each in every language."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

from dreammix.protocol import AttributeKind, DreamMixError
from dreammix_krita.facts import Trouble
from dreammix_krita.texts.clauses import tell, translated
from dreammix_krita.texts.dialogs_english import DialogWords
from dreammix_krita.texts.dialogs_german import DIALOGS_GERMAN
from dreammix_krita.texts.english import Words
from dreammix_krita.texts.german import GERMAN

__all__ = [
    "KINDS",
    "LANGUAGES",
    "Catalogue",
    "DialogWords",
    "Key",
    "Words",
    "catalogue",
    "device_name",
    "sentence",
    "time_left",
]

Key: TypeAlias = Words | DialogWords
"""A text's key: the docker's, or the dialogs'."""
LANGUAGES: Final[Mapping[str, Mapping[Key, str]]] = {
    "en": {key: key.value for kind in (Words, DialogWords) for key in kind},
    "de": dict(chain[tuple[Key, str]](GERMAN.items(), DIALOGS_GERMAN.items())),
}
"""By ISO 639-1."""
KINDS: Final[Mapping[AttributeKind, Words]] = {
    AttributeKind.COLOUR: Words.KIND_COLOUR,
    AttributeKind.MATERIAL: Words.KIND_MATERIAL,
    AttributeKind.PATTERN: Words.KIND_PATTERN,
    AttributeKind.SHAPE: Words.KIND_SHAPE,
    AttributeKind.ACCESSORY: Words.KIND_ACCESSORY,
    AttributeKind.POSE: Words.KIND_POSE,
    AttributeKind.OTHER: Words.KIND_OTHER,
}
"""What an attribute tells of, in the order in which they are shown."""
SECONDS_UP_TO: Final = 90.0
"""A longer time is told in minutes."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language."""

    language: str

    def say(self, words: Key, /, **values: object) -> str:
        """A text, with its braces filled in; a value that is a key itself is said in this language, too."""
        said = {
            name: self.say(value) if isinstance(value, (Words, DialogWords)) else value
            for name, value in values.items()
        }
        return LANGUAGES[self.language][words].format(**said)

    def tell(self, error: DreamMixError) -> Trouble:
        """An error, with its three clauses in this language."""
        return tell(error, self.language)

    def hint(self, sentence: str) -> str:
        """A hint of the backend's."""
        return translated(sentence, self.language) or sentence


def catalogue(locale: str) -> Catalogue:
    """The texts for a locale ("de_AT", "pt-BR"); English where its language is not there."""
    language = locale.replace("-", "_").split("_")[0].lower()
    return Catalogue(language if language in LANGUAGES else "en")


def time_left(texts: Catalogue, seconds: float) -> str:
    """An estimate as a person would say it, never less than a second."""
    if seconds <= SECONDS_UP_TO:
        return texts.say(Words.SECONDS_LEFT, seconds=max(1, round(seconds)))
    return texts.say(Words.MINUTES_LEFT, minutes=round(seconds / 60))


def device_name(device: str) -> Words | str:
    """What computes, as a person calls it: torch says `cpu`, `cuda:0`, `mps`; or nothing."""
    if not device:
        return ""
    return Words.PROCESSOR if device == "cpu" else Words.GRAPHICS_CARD


def sentence(clause: str) -> str:
    """A clause of an error as a sentence."""
    return f"{clause[:1].upper()}{clause[1:].removesuffix('.')}."
