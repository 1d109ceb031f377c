"""What a model is taught: pictures with masks and words."""

from __future__ import annotations

from dataclasses import dataclass

from dreammix.protocol import InvalidSubject, Picture
from dreammix.segmentation import fault_of


@dataclass(frozen=True, slots=True)
class Example:
    """One thing to learn from.

    Attributes:
        picture: RGBA8.
        mask: GRAY8 of its size: where the thing is.
        prompt: the words that it is learned under.
    """

    picture: Picture
    mask: Picture
    prompt: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """D_s and D_r: the subject's pictures, and regular ones that keep its attributes apart (or none).

    Raises:
        InvalidSubject: there is nothing to learn from, or a picture of the subject is unfit.
    """

    subject: tuple[Example, ...]
    regular: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        if not self.subject:
            raise InvalidSubject(
                "The subject has no pictures",
                "there is nothing to learn from",
                "Add three to ten pictures of it",
            )
        for number, example in enumerate(self.subject, start=1):
            fault = fault_of(example.picture, example.mask)
            if fault is not None:
                raise InvalidSubject(f"Picture {number} {fault.what}", fault.why, fault.remedy)

    @property
    def prompts(self) -> list[str]:
        """Every prompt once, in the order in which the examples have them."""
        return list(dict.fromkeys(example.prompt for example in (*self.subject, *self.regular)))
