"""What a subject is, and the artist's library of them on disk: nothing lost, nothing half written.

Standard library and the rooms `files` and `protocol` only: no tensor and no model lives here.
"""

from dreammix.subjects.choosing import named
from dreammix.subjects.library import Library, Problem
from dreammix.subjects.places import DEFAULT_ARTIST, artists, default_root
from dreammix.subjects.subject import LoraFiles, LoraVersion, NewPicture, Subject, SubjectPicture

__all__ = [
    "DEFAULT_ARTIST",
    "Library",
    "LoraFiles",
    "LoraVersion",
    "NewPicture",
    "Problem",
    "Subject",
    "SubjectPicture",
    "artists",
    "default_root",
    "named",
]
