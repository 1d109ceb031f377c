"""Jobs on disk: one folder each, so that queue and results outlive the server.

<folder>/<id>/job.json      what is known of it; a folder without one is no job
              order.bin     what was asked for; gone when the job has ended
              result-N.bin  the layer of variant N
              enough        there where the artist wants a lesson to end with what it has learned
              log.txt       what its worker said
"""

import contextlib
import logging
import re
from pathlib import Path
from typing import Final

from dreammix.files.durable import DISK, Disk, check_room, make_folder, move, remove_tree, write_whole
from dreammix.protocol import OutputFailure, Picture
from dreammix.protocol.jobs import ResultReady
from dreammix_backend.jobs import Job, JobOrder
from dreammix_backend.packing import Unreadable, pack, read

ORDER: Final = "order.bin"
ENOUGH: Final = "enough"
LOG: Final = "log.txt"

_RECORD: Final = "job.json"
_ID: Final = re.compile(r"[0-9a-f]{32}")
_log = logging.getLogger(__name__)


def result_file(variant: int) -> str:
    """The name of a variant's layer in its job's folder."""
    return f"result-{variant}.bin"


class Store:
    """The jobs in a folder. One server at a time works in it; nothing here is asynchronous.

    Args:
        folder: made where it is missing.
        disk: what writes; tests pass one that fails.
    """

    def __init__(self, folder: Path, disk: Disk = DISK) -> None:
        self._folder = folder
        self._disk = disk

    def load(self) -> tuple[Job, ...]:
        """All jobs, oldest first. Sweeps out what a crash left behind; what is damaged is set aside.

        Raises OutputFailure: the folder cannot be made.
        """
        make_folder(self._folder, self._disk)
        found = []
        for place in sorted(self._folder.iterdir()):
            if not _ID.fullmatch(place.name):
                continue
            if not (place / _RECORD).exists():
                self._sweep(place)
                continue
            try:
                found.append(_read_job(place / _RECORD))
            except (OSError, Unreadable) as error:
                _log.warning("job %s is damaged and set aside: %s", place.name, error)
                move(place, place.with_name(f"damaged-{place.name}"), self._disk)
        return tuple(sorted(found, key=lambda job: job.created))

    def put(self, job: Job, order: JobOrder, pictures: tuple[Picture, ...], room: int) -> None:
        """Take in a new job, if there is room for it and `room` bytes of results. It is durable then.

        Raises OutputFailure, StorageFull; then nothing of it is left.
        """
        parts = pack(JobOrder, order, *pictures)
        check_room(self._folder, sum(map(len, parts)) + room, self._disk)
        place = self.place(job.id)
        try:
            make_folder(place, self._disk)
            write_whole({place / ORDER: lambda stream: stream.writelines(parts)}, self._disk)
            self.write(job)
        except OutputFailure:
            self._sweep(place)
            raise

    def write(self, job: Job) -> None:
        """Write down what is known of a job. Raises OutputFailure; then the old record stands."""
        write_whole({self.place(job.id) / _RECORD: b"".join(pack(Job, job))}, self._disk)

    def mark_enough(self, job: str) -> None:
        """Let a lesson end at its next step, with whatever worker and whenever. Raises OutputFailure."""
        write_whole({self.place(job) / ENOUGH: b""}, self._disk)

    def drop_order(self, job: str) -> None:
        """Forget what an ended job was asked for: it takes room."""
        with contextlib.suppress(OSError):
            self._disk.remove(self.place(job) / ORDER)

    def forget(self, job: str) -> None:
        """Remove a job with its results; the record goes first, so that a half-removed job is none."""
        with contextlib.suppress(OSError):
            self._disk.remove(self.place(job) / _RECORD)
        self._sweep(self.place(job))

    def result(self, job: str, variant: int) -> Picture:
        """The layer of a variant, RGBA8. Raises OutputFailure: it is damaged."""
        try:
            with (self.place(job) / result_file(variant)).open("rb") as stream:
                _, (picture,) = read(ResultReady, stream)
        except (OSError, Unreadable, ValueError) as error:
            raise OutputFailure(
                f"The result {variant + 1} cannot be read", str(error), "Compute it again"
            ) from error
        layer: Picture = picture
        return layer

    def size(self, job: str) -> int:
        """Bytes of a job's results."""
        return sum(path.stat().st_size for path in self.place(job).glob("result-*.bin"))

    def place(self, job: str) -> Path:
        """The folder of a job."""
        return self._folder / job

    def _sweep(self, place: Path) -> None:
        """Remove a folder as far as it can be: what stays has no record, and goes at the next start."""
        with contextlib.suppress(OutputFailure):
            remove_tree(place, self._disk)


def _read_job(path: Path) -> Job:
    with path.open("rb") as stream:
        job, _ = read(Job, stream)
    found: Job = job
    return found
