"""Everything that can go wrong, as one tree.

    DreamMixError            what happened, why, and what to do next
    ├── InvalidRequest       the request asks for something impossible
    │   ├── InvalidPicture   a picture cannot be read, is too large, or is not what it declares
    │   └── InvalidMask      a mask is empty, or does not fit its picture
    ├── InvalidEvent         a report about a job contradicts itself
    ├── ModelNotFound        no model of that name or in that folder
    ├── ModelDamaged         a file of the model is missing or is not the file that was published
    ├── NumericalFailure     the model's numbers are no picture (NaN, infinity)
    ├── OutputFailure        a result cannot be written where it was asked for
    └── Cancelled            the artist stopped the job

Each class has a `code`: the word that stands for it on the wire.
"""

from typing import ClassVar


class DreamMixError(Exception):
    """An error that an artist can act on.

    Args:
        what: what happened, as a clause that starts with a capital ("The mask is empty").
        why: the cause, as a clause ("no pixel of it is selected").
        remedy: what to do next, as a clause that starts with a capital ("Select the region to paint in").

    None of the three ends with a full stop; `str()` joins them to one line: `what: why. remedy`.
    """

    code: ClassVar[str] = "error"

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(what, why, remedy)
        self.what = what
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        return " ".join(f"{self.what}: {self.why}. {self.remedy}".split())


class InvalidRequest(DreamMixError):
    """The request asks for something impossible."""

    code = "invalid_request"


class InvalidPicture(InvalidRequest):
    """A picture cannot be read, is too large, or is not what it declares."""

    code = "invalid_picture"


class InvalidMask(InvalidRequest):
    """A mask is empty, or does not fit its picture."""

    code = "invalid_mask"


class InvalidEvent(DreamMixError):
    """A report about a job contradicts itself."""

    code = "invalid_event"


class ModelNotFound(DreamMixError):
    """There is no model of that name or in that folder."""

    code = "model_not_found"


class ModelDamaged(DreamMixError):
    """A file of the model is missing or is not the file that was published."""

    code = "model_damaged"


class NumericalFailure(DreamMixError):
    """The model's numbers are no picture (NaN, infinity)."""

    code = "numerical_failure"


class OutputFailure(DreamMixError):
    """A result cannot be written where it was asked for."""

    code = "output_failure"


class Cancelled(DreamMixError):
    """The artist stopped the job."""

    code = "cancelled"
