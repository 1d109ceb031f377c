"""Everything that can go wrong, as one tree.

    DreamMixError            what happened, why, and what to do next
    ├── InvalidRequest       the request asks for something impossible
    │   ├── InvalidPicture   a picture cannot be read, is too large, or is not what it declares
    │   ├── InvalidMask      a mask is empty, or does not fit its picture
    │   └── InvalidSubject   a subject cannot be taught from what was given
    ├── InvalidEvent         a report about a job contradicts itself
    ├── InvalidMessage       what came over the wire is no message of the protocol
    │   └── UnexpectedMessage  it is one, but not now
    ├── TransferRejected     bytes that were sent are not those that were declared, or are too many
    ├── ModelNotFound        no model of that name or in that folder
    ├── ModelDamaged         a file of the model is missing or is not the file that was published
    ├── ModelUnsuitable      a model is of a kind that this program cannot paint with
    ├── DownloadFailure      a model could not be fetched, or what came is not what was published
    ├── PackageMissing       an optional part of the installation is needed and is not there
    ├── WrongBase            a subject was taught on another base model
    ├── SubjectNotFound      no subject of that id in the library
    ├── SubjectDamaged       a file of a subject is missing or altered
    ├── SubjectTooNew        a subject was written by a newer version of the program
    ├── LibraryBusy          another process writes to the library
    ├── ArchiveRejected      an archive is damaged, or is no exported subject
    ├── DescriberFailure     pictures could not be described, or words not matched
    ├── NumericalFailure     the model's numbers are no picture (NaN, infinity)
    ├── OutOfMemory          the device has too little memory for the job
    ├── WorkerLost           the process that computed the job ended, and so did its second try
    ├── JobNotFound          the artist has no job of that id
    ├── QueueFull            the artist has too many jobs already
    ├── OutputFailure        a result cannot be written where it was asked for
    │   └── StorageFull      there is no room left to write in
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


class InvalidSubject(InvalidRequest):
    """A subject cannot be taught from what was given: nothing in a mask, a mask of one pixel, no picture."""

    code = "invalid_subject"


class InvalidEvent(DreamMixError):
    """A report about a job contradicts itself."""

    code = "invalid_event"


class InvalidMessage(DreamMixError):
    """What came over the wire is no message of the protocol, or a value in it is out of its range."""

    code = "invalid_message"


class UnexpectedMessage(InvalidMessage):
    """A message that has no meaning in this state of the connection."""

    code = "unexpected_message"


class TransferRejected(DreamMixError):
    """Bytes that were sent are not those that were declared, or are more than is kept."""

    code = "transfer_rejected"


class ModelNotFound(DreamMixError):
    """There is no model of that name or in that folder."""

    code = "model_not_found"


class ModelDamaged(DreamMixError):
    """A file of the model is missing or is not the file that was published."""

    code = "model_damaged"


class ModelUnsuitable(DreamMixError):
    """A model is whole, and of a kind that this program cannot paint with."""

    code = "model_unsuitable"


class DownloadFailure(DreamMixError):
    """A model could not be fetched, or what came is not what was published."""

    code = "download_failure"


class PackageMissing(DreamMixError):
    """An optional part of the installation is needed and is not there."""

    code = "package_missing"


class WrongBase(DreamMixError):
    """A subject was taught on another base model than the one that is to paint it."""

    code = "wrong_base"


class SubjectNotFound(DreamMixError):
    """There is no subject of that id in the library."""

    code = "subject_not_found"


class SubjectDamaged(DreamMixError):
    """A file of a subject is missing or altered, or its manifest makes no sense."""

    code = "subject_damaged"


class SubjectTooNew(DreamMixError):
    """A subject was written by a newer version of the program than this one."""

    code = "subject_too_new"


class LibraryBusy(DreamMixError):
    """Another process writes to the library."""

    code = "library_busy"


class ArchiveRejected(DreamMixError):
    """An archive is damaged, hostile, or no exported subject."""

    code = "archive_rejected"


class DescriberFailure(DreamMixError):
    """Pictures could not be described, or words could not be matched with attributes."""

    code = "describer_failure"


class NumericalFailure(DreamMixError):
    """The model's numbers are no picture (NaN, infinity)."""

    code = "numerical_failure"


class OutOfMemory(DreamMixError):
    """The device has too little memory for the job, also at its smaller footprint."""

    code = "out_of_memory"


class WorkerLost(DreamMixError):
    """The process that computed the job crashed or hung, and so did its second try."""

    code = "worker_lost"


class JobNotFound(DreamMixError):
    """The artist has no job of that id: another's are unknown too."""

    code = "job_not_found"


class QueueFull(DreamMixError):
    """The artist has too many jobs that wait, run, or keep their results."""

    code = "queue_full"


class OutputFailure(DreamMixError):
    """A result cannot be written where it was asked for."""

    code = "output_failure"


class StorageFull(OutputFailure):
    """There is no room left to write in."""

    code = "storage_full"


class Cancelled(DreamMixError):
    """The artist stopped the job."""

    code = "cancelled"
