"""What a describer is, and how one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from dreammix.attributes.matching import Similarity, match_words
from dreammix.protocol import Attribute, InvalidRequest, Picture, Replacement
from dreammix.protocol.checks import check_member, check_real, check_text, check_whole
from dreammix.protocol.words import Word

DEFAULT_ENDPOINT: Final = "https://api.openai.com/v1"
DEFAULT_TIMEOUT_S: Final = 60.0
"""Longest wait for an endpoint to answer, in seconds, each time it is asked."""
MAX_TIMEOUT_S: Final = 600.0
DEFAULT_RETRIES: Final = 2
"""How often a busy or unreachable endpoint is asked again."""
MAX_RETRIES: Final = 5
MAX_NAME_CHARACTERS: Final = 1024
"""Longest address, model name or folder, in characters."""


class Describer(Protocol):
    """Says what a subject looks like, and what of it an edit replaces."""

    @property
    def destination(self) -> str | None:
        """The host that pictures are sent to; None: nothing leaves this computer."""
        ...

    def describe(self, pictures: Sequence[Picture], class_word: str) -> tuple[Attribute, ...]:
        """The attributes of what the pictures show, the most visible of a kind first.

        Args:
            pictures: RGBA8 of one thing; where some of one is transparent, the thing is what is not.
            class_word: what the thing is.

        Raises:
            DescriberFailure: they could not be described.
        """
        ...

    def match(
        self, edit: str, attributes: Sequence[Attribute], class_word: str = ""
    ) -> tuple[Replacement, ...]:
        """Which attribute gives way to which of the edit's words.

        Raises:
            DescriberFailure: they could not be matched.
        """
        ...


class DescriberKind(Word):
    """Which describer."""

    BY_HAND = "by-hand"
    CLIP = "clip"
    LOCAL = "local"
    OPENAI = "openai"


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriberSettings:
    """Chooses a describer. It holds no key: keys come from the environment or the keyring (`keys`).

    Attributes:
        kind: which.
        endpoint: openai: its base address, http or https, without user, query or fragment.
        model: openai: the model's name there; local, clip: the folder it is in (empty: the base model's).
        timeout_s: openai: longest wait for an answer.
        retries: openai: how often it is asked again.
    """

    kind: DescriberKind = DescriberKind.CLIP
    endpoint: str = DEFAULT_ENDPOINT
    model: str = ""
    timeout_s: float = DEFAULT_TIMEOUT_S
    retries: int = DEFAULT_RETRIES

    def __post_init__(self) -> None:
        check_member("The describer", self.kind, DescriberKind)
        check_text("The describer's endpoint", self.endpoint, MAX_NAME_CHARACTERS)
        check_text("The describer's model", self.model, MAX_NAME_CHARACTERS)
        check_real("The time-out", self.timeout_s, 0.1, MAX_TIMEOUT_S)
        check_whole("The number of retries", self.retries, 0, MAX_RETRIES)
        host_of(self.endpoint)
        if self.kind in (DescriberKind.LOCAL, DescriberKind.OPENAI) and not self.model:
            raise InvalidRequest(
                f"The describer {self.kind} has no model", "there is no usual one", "Name a model"
            )


class ByHand:
    """Describes nothing: the artist does. Matches words by their kinds."""

    destination = None

    def __init__(self, similarity: Similarity | None = None) -> None:
        self._similarity = similarity

    def describe(self, pictures: Sequence[Picture], class_word: str) -> tuple[Attribute, ...]:
        return ()

    def match(
        self, edit: str, attributes: Sequence[Attribute], class_word: str = ""
    ) -> tuple[Replacement, ...]:
        return match_words(edit, attributes, class_word=class_word, similarity=self._similarity)


def host_of(endpoint: str) -> str:
    """The host of an endpoint's address. Raises InvalidRequest for what is no safe address."""
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    odd = any(c.isspace() or not c.isprintable() for c in endpoint)
    if not host or odd or parts.scheme not in ("http", "https"):
        raise InvalidRequest(
            "The describer's endpoint is no address of a server",
            "it must look like https://server.example/v1",
            "Correct the address",
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidRequest(
            "The describer's endpoint holds more than an address",
            "a key in it would be stored and shown with it",
            "Keep the key in the environment or the keyring, and the address without it",
        )
    return host
