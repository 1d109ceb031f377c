"""What a client asks and what answers it: the base of every request, and the answers that many share."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Annotated, ClassVar, Generic, TypeVar, get_args

from dreammix.protocol.errors import DreamMixError
from dreammix.protocol.rules import Id, Text
from dreammix.protocol.shapes import Message

AnswerT = TypeVar("AnswerT", covariant=True)

MAX_ERROR_CHARACTERS = 1000
"""Longest part of an error that travels, in characters: longer ones are cut."""


class Asks(Message, Generic[AnswerT]):
    """A request that is answered by an `AnswerT`, or by a failure."""

    __slots__ = ()

    uses_up: ClassVar[bool] = True
    """Whether the uploads that it names are forgotten once it is answered."""

    @property
    def uploads(self) -> tuple[int, ...]:
        """Numbers of the uploads that it names."""
        return ()


@dataclass(frozen=True, slots=True)
class Done(Message):
    """It is done; there is nothing more to say."""


@dataclass(frozen=True, slots=True)
class ErrorReport(Message):
    """An error of the one tree, as it travels.

    Attributes:
        code: which class of `dreammix.protocol.errors`.
        what: what happened.
        why: its cause.
        remedy: what to do next.
    """

    code: Annotated[str, Id()]
    what: Annotated[str, Text(MAX_ERROR_CHARACTERS)]
    why: Annotated[str, Text(MAX_ERROR_CHARACTERS)]
    remedy: Annotated[str, Text(MAX_ERROR_CHARACTERS)]

    @classmethod
    def of(cls, error: DreamMixError) -> "ErrorReport":
        """The report of an error: cut to size, and without what cannot be shown on a line."""
        return cls(error.code, _shown(error.what), _shown(error.why), _shown(error.remedy))

    def error(self) -> DreamMixError:
        """The error again; of the tree's root where this program does not know the code."""
        return _kinds().get(self.code, DreamMixError)(self.what, self.why, self.remedy)


def answer_of(request: type) -> type:
    """The class that answers a class of requests."""
    (base,) = (base for base in vars(request)["__orig_bases__"] if get_args(base))
    answer: type = get_args(base)[0]
    return answer


@cache
def _kinds() -> dict[str, type[DreamMixError]]:
    kinds, found = [DreamMixError], {}
    while kinds:
        kind = kinds.pop()
        found[kind.code] = kind
        kinds += kind.__subclasses__()
    return found


def _shown(text: str) -> str:
    beginning = text[: 2 * MAX_ERROR_CHARACTERS]  # What is absurdly long is not read to its end.
    visible = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in beginning)
    return " ".join(visible.split())[:MAX_ERROR_CHARACTERS]
