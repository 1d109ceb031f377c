"""What the rooms say to each other: boxes, pictures, requests, events, errors.

The leaf that every room may import, and that the Krita plugin carries a copy of: standard library only,
Python 3.10 to 3.13, no other room imported. Every value here is frozen and checks itself when it is made.
"""

from dreammix.protocol.attributes import Attribute, AttributeKind, Replacement, SubjectUse
from dreammix.protocol.boxes import Box, Size
from dreammix.protocol.errors import (
    ArchiveRejected,
    Cancelled,
    DescriberFailure,
    DreamMixError,
    InvalidEvent,
    InvalidMask,
    InvalidPicture,
    InvalidRequest,
    InvalidSubject,
    JobNotFound,
    LibraryBusy,
    ModelDamaged,
    ModelNotFound,
    NumericalFailure,
    OutOfMemory,
    OutputFailure,
    QueueFull,
    StorageFull,
    SubjectDamaged,
    SubjectNotFound,
    WorkerLost,
    WrongBase,
)
from dreammix.protocol.events import Event, Preview, Progress, Result, Stage
from dreammix.protocol.pictures import Picture, SampleFormat
from dreammix.protocol.requests import Harmonisation, InsertRequest, InsertSettings, Solver

__all__ = [
    "ArchiveRejected",
    "Attribute",
    "AttributeKind",
    "Box",
    "Cancelled",
    "DescriberFailure",
    "DreamMixError",
    "Event",
    "Harmonisation",
    "InsertRequest",
    "InsertSettings",
    "InvalidEvent",
    "InvalidMask",
    "InvalidPicture",
    "InvalidRequest",
    "InvalidSubject",
    "JobNotFound",
    "LibraryBusy",
    "ModelDamaged",
    "ModelNotFound",
    "NumericalFailure",
    "OutOfMemory",
    "OutputFailure",
    "Picture",
    "Preview",
    "Progress",
    "QueueFull",
    "Replacement",
    "Result",
    "SampleFormat",
    "Size",
    "Solver",
    "Stage",
    "StorageFull",
    "SubjectDamaged",
    "SubjectNotFound",
    "SubjectUse",
    "WorkerLost",
    "WrongBase",
]
