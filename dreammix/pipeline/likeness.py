"""One of the artist's subjects, made ready to be painted: its LoRA, its prompt, what its edit replaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dreammix.attributes import edit_prompt, identity_prompt
from dreammix.conditioning import Conditioning, TextEncoders, token_spans
from dreammix.models.base import BaseModel
from dreammix.models.lora import LoraWeights, check_base, read_lora
from dreammix.protocol import Attribute, InvalidRequest, Replacement, Stage, SubjectUse
from dreammix.subjects import Library
from dreammix.subjects.choosing import lora_at
from dreammix.substitution import Substitution, eliminated, prompt_words, substitute


class Matcher(Protocol):
    """Says which of a subject's attributes give way to which words of an edit."""

    def __call__(
        self, edit: str, attributes: Sequence[Attribute], *, class_word: str
    ) -> tuple[Replacement, ...]: ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Likeness:
    """A subject as an insert is to show it.

    Attributes:
        opening: what its prompts begin with, up to its token.
        prompt: p_raw, in words.
        replaced: what the edit replaces.
        strength: how far that is taken out of the prompt, 0 to 1.
        lora: what was learnt of it.
    """

    opening: str
    prompt: str
    replaced: tuple[Replacement, ...]
    strength: float
    lora: LoraWeights

    def conditioning(self, text: TextEncoders, substitution: Substitution) -> Mapping[Stage, Conditioning]:
        """p_dec for each stage."""
        p_raw, words = text.encode([self.prompt]), prompt_words(text, self.prompt)
        p_eli = eliminated(text, self.opening, self.replaced)
        return {
            stage: substitute(p_raw, words, p_eli, self.strength, substitution.reach(stage))
            for stage in Stage
        }


def likeness(use: SubjectUse, prompt: str, model: BaseModel, library: Library, match: Matcher) -> Likeness:
    """Find a subject, check that it was taught on this model, read what was learnt, understand its edit.

    Args:
        use: which subject, and how it should differ.
        prompt: what else to paint.
        model: the base model that is to paint it.
        library: where the subject is.
        match: asked where `use` does not say what the edit replaces.

    Raises:
        SubjectNotFound, SubjectDamaged: the library does not have it, or not whole.
        InvalidRequest: it was not taught yet, or the model would not hear all of the words.
        WrongBase: it was taught on another model.
        DescriberFailure: the edit could not be matched.
    """
    subject = library.get(use.subject)
    version = lora_at(subject, None)
    check_base(model, version.base, version.base_hash)
    said = edit_prompt(version.token, subject.class_word, use.edit)
    whole = f"{said}, {prompt}" if prompt else said
    _check_heard(model.text, whole)
    replaced = use.replacements
    if replaced is None:
        edited = bool(use.edit.strip())
        replaced = match(use.edit, subject.attributes, class_word=subject.class_word) if edited else ()
    return Likeness(
        opening=identity_prompt(version.token, ""),
        prompt=whole,
        replaced=replaced,
        strength=use.strength,
        lora=read_lora(library.lora_path(subject.id, version.version), model.unet, model.device),
    )


def _check_heard(text: TextEncoders, prompt: str) -> None:
    """Refuse words that the encoders would cut off: what they replace would go, and nothing come instead."""
    heard = min(max((span.stop for span in spans), default=0) for spans in token_spans(text, prompt))
    if unheard := prompt[heard:].strip():
        raise InvalidRequest(
            "The edit and the prompt are too long",
            f"the model would not hear “{unheard}”",
            "Say it in fewer words",
        )
