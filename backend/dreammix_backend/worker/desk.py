"""The worker's desk: one thread reads what the server says, the other does one job after the other."""

import logging
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import BinaryIO, TypeAlias

from dreammix.protocol import (
    Box,
    Cancelled,
    DreamMixError,
    InsertRequest,
    OutOfMemory,
    OutputFailure,
    Picture,
    Profile,
)
from dreammix.protocol.asking import ErrorReport
from dreammix_backend.jobs import JobOrder, Request
from dreammix_backend.packing import Unreadable, pack, read
from dreammix_backend.store import ENOUGH, LOG, ORDER
from dreammix_backend.worker.doing import Tools, insert, teach
from dreammix_backend.worker.memory import free_bytes, is_out_of_memory, release
from dreammix_backend.worker.process import logged
from dreammix_backend.workers.messages import (
    Broke,
    Finished,
    FromWorker,
    Load,
    Loaded,
    Measured,
    Pause,
    Paused,
    Perform,
    Ready,
    Report,
    Reported,
    Stop,
    Stopped,
    ToWorker,
)

Loader: TypeAlias = Callable[[str, Path | None, str, Profile | None], Tools]
"""Loads the model of a name or folder, with the root of the artists' libraries, where and how it is told."""
_log = logging.getLogger(__name__)


class Desk:
    """What a worker process does all day.

    Args:
        incoming, outgoing: to and from the server.
        load: loads a model.
        library: the root of the artists' libraries; None: the usual one.
        device: where it computes, as torch names it, or `dreammix.models.memory.AUTO`.
        leave: ends the process at once, when the server is gone.
    """

    def __init__(
        self,
        incoming: BinaryIO,
        outgoing: BinaryIO,
        load: Loader,
        library: Path | None,
        device: str,
        leave: Callable[[int], object],
    ) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._load = load
        self._library = library
        self._device = device
        self._leave = leave
        self._errands: SimpleQueue[Perform | Load] = SimpleQueue()
        self._lock = Lock()
        self._wishes: dict[str, set[type]] = {}
        self._held: tuple[str, Profile | None] | None = None
        self._tools: Tools | None = None

    def work(self) -> None:
        """Do what is asked until the server is gone."""
        Thread(target=self._listen, name="listener", daemon=True).start()
        self._say(Ready())
        while True:
            match self._errands.get():
                case Perform(job, folder, profile):
                    outcome = self._perform(job, Path(folder), profile)
                case Load(model, profile):
                    outcome = self._hold(model, profile)
            self._measure()
            self._say(outcome)

    def _listen(self) -> None:
        try:
            while True:
                message, _ = read(ToWorker, self._incoming)
                with self._lock:
                    match message:
                        case Perform(job):
                            self._wishes = {job: set()}  # What was wished of a job before is settled.
                            self._errands.put(message)
                        case Load():
                            self._errands.put(message)
                        case Stop(job) | Pause(job):
                            self._wishes.setdefault(job, set()).add(type(message))
        except (Unreadable, OSError):
            self._leave(0)

    def _perform(
        self, job: str, folder: Path, profile: Profile | None
    ) -> Finished | Broke | Stopped | Paused:
        """Do one job. What is no `DreamMixError` ends the process: it may be broken, so another one tries."""
        try:
            with logged(folder / LOG):
                return self._do(job, folder, profile)
        except Cancelled:
            return Stopped() if self._wished(job, Stop) else Paused()
        except DreamMixError as error:
            return Broke(ErrorReport.of(error))

    def _hold(self, model: str, profile: Profile | None) -> Finished | Broke:
        try:
            self._tools_for(model, profile)
        except DreamMixError as error:
            return Broke(ErrorReport.of(error))
        return Finished(())

    def _do(self, job: str, folder: Path, profile: Profile | None) -> Finished:
        order, request = _read_order(folder / ORDER)
        tools = self._tools_for(order.model, profile)
        if isinstance(request, InsertRequest):
            layers = insert(
                tools,
                request,
                order.artist,
                window=order.window or Box.of(request.scene.size),
                folder=folder,
                cancelled=lambda: self._wished(job, Stop),
                tell=self._tell,
            )
            return Finished(layers)
        # Put aside or stopped, a lesson keeps what it has reached.
        return Finished(
            teach(
                tools,
                request,
                order.artist,
                cancelled=lambda: self._wished(job, Stop, Pause),
                enough=(folder / ENOUGH).exists,
                tell=self._tell,
            )
        )

    def _tools_for(self, model: str, profile: Profile | None) -> Tools:
        """The loaded model, or the asked one in its place, and so where it is to lie otherwise."""
        if self._tools is None or self._held != (model, profile):
            self._tools = None
            release()
            _log.info("loading the model %s onto %s", model, self._device)
            self._tools = self._loaded(model, profile)
            self._held, self._device = (model, profile), self._tools.device
            _log.info("it lies on %s in the profile %s", self._device, self._tools.profile)
            self._say(Loaded(model, self._device))
        return self._tools

    def _loaded(self, model: str, profile: Profile | None) -> Tools:
        try:
            return self._load(model, self._library, self._device, profile)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            _log.warning("out of memory: %s", error)
        release()
        raise OutOfMemory(
            f"There is not enough memory for the model {model}",
            f"{self._device} ran out of it",
            "Close other programs that use the device, or choose a smaller model",
        )

    def _wished(self, job: str, *kinds: type) -> bool:
        with self._lock:
            return not self._wishes.get(job, set()).isdisjoint(kinds)

    def _measure(self) -> None:
        if self._tools is not None:
            self._say(Measured(self._tools.profile, free_bytes(self._device)))

    def _tell(self, report: Report, pictures: tuple[Picture, ...]) -> None:
        self._say(Reported(report), *pictures)

    def _say(self, message: FromWorker, *pictures: Picture) -> None:
        try:
            self._outgoing.writelines(pack(FromWorker, message, *pictures))
            self._outgoing.flush()
        except OSError:
            self._leave(0)


def _read_order(path: Path) -> tuple[JobOrder, Request]:
    try:
        with path.open("rb") as stream:
            order, pictures = read(JobOrder, stream)
        return order, order.request(pictures)
    except (OSError, Unreadable, ValueError) as error:
        raise OutputFailure("The job cannot be read", str(error), "Ask for it again") from error
