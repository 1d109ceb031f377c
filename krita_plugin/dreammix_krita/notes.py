"""What was asked for and not yet used, kept on disk: Krita may end at any moment, and the backend goes on.

A note lies in a folder, one file a job, from when the backend knows the job until nobody needs its results.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix.protocol import DreamMixError, Size
from dreammix_krita.canvas import CanvasFailure, Document, Layer
from dreammix_krita.files import write_whole
from dreammix_krita.flow.insertion import Commission
from dreammix_krita.written import Asked, pack, unpack, written

FOLDER: Final = "unfinished"
"""In the artist's data folder, beside the settings."""
SUFFIX: Final = ".json"
MAX_BYTES: Final = 8 * 1024 * 1024
"""A longer note, with the mask of a huge ragged region, is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Asked):
    """One insert, as it is written: the fields of `Asked`, and where it belongs.

    Attributes:
        document: the document's name.
        file: its file; empty: it was never saved.
        canvas: its size at the click.
        above: the layer above which the result belongs; None: on top.
        replaces: the earlier result whose place it takes.
    """

    document: str
    file: str
    canvas: Size
    above: Layer | None
    replaces: Layer | None

    def is_of(self, document: Document) -> bool:
        """Whether that is the document that it was asked for in: the same file, or one with its layers."""
        try:
            if self.file and document.file == self.file:
                return True
            return any(layer is not None and document.has(layer) for layer in (self.origin, self.above))
        except CanvasFailure:
            return False

    def commission(self, document: Document | None) -> Commission:
        """What was asked for, there. Raises DreamMixError or ValueError where it cannot be asked for."""
        return Commission(
            document=document,
            canvas=self.canvas,
            region=self.region,
            wish=self.wish,
            seed=self.seed,
            name=self.name,
            origin=self.origin,
            above=self.above,
            replaces=self.replaces,
        )


class Notes:
    """Every unfinished job's.

    Args:
        folder: the artist's data folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def write(self, job: str, commission: Commission) -> None:
        """Note what a job is for. Raises OSError; only another start of Krita will not know then."""
        document = commission.document
        if document is None:
            return
        try:
            note = Note(
                document=document.name,
                file=document.file,
                canvas=commission.canvas,
                above=commission.above,
                replaces=commission.replaces,
                **written(
                    commission.wish, commission.seed, commission.name, commission.region, commission.origin
                ),
            )
        except DreamMixError:  # It was closed, or its name cannot be written.
            return
        content = pack(note)
        if len(content) <= MAX_BYTES:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path(job), content)

    def read(self, job: str) -> Note | None:
        """What a job is for; None: nobody needs it, or nobody knows any more."""
        try:
            with self._path(job).open("rb") as stream:
                note = unpack(Note, stream.read(MAX_BYTES))
            if note is not None:
                note.commission(None)
        except (OSError, DreamMixError, ValueError):
            return None
        return note

    def forget(self, job: str) -> None:
        """Nobody needs its results."""
        with suppress(OSError):
            self._path(job).unlink()

    def keep_only(self, jobs: set[str]) -> None:
        """Forget those that the backend does not know any more."""
        with suppress(OSError):
            for path in self._folder.glob(f"*{SUFFIX}"):
                if path.stem not in jobs:
                    path.unlink()

    def _path(self, job: str) -> Path:
        return self._folder / f"{job}{SUFFIX}"
