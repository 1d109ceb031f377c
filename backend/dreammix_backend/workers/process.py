"""One device's worker process, from the server's side: started when there is a job, watched, replaced."""

import asyncio
import contextlib
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from dreammix.protocol import Picture, Profile
from dreammix.protocol.jobs import PreviewReady, SampleReady
from dreammix_backend.packing import Frame, Unreadable, pack
from dreammix_backend.workers.messages import (
    FromWorker,
    Load,
    Loaded,
    Lost,
    Measured,
    Outcome,
    Pause,
    Perform,
    Ready,
    Report,
    Reported,
    Stop,
    Stopped,
    ToWorker,
)
from dreammix_backend.workers.settings import ENDING_S, MAX_RESTART_DELAY_S, WorkerSettings

MODULE: Final = "dreammix_backend.worker"
Teller: TypeAlias = Callable[[Report, tuple[Picture, ...]], None]
"""Is told how far a job has come; with the picture of a preview."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """What can be seen of a device's worker.

    Attributes:
        device: where it computes, as it was asked for until a process has said what that is.
        pid: its process; None while there is none.
        job: what it works on.
        model: what it holds in memory.
        profile: how that lies there, after its last work.
        free_bytes: what the device had left of its memory after its last work; None where it has not said.
        losses: processes lost since something was last done.
    """

    device: str
    pid: int | None
    job: str | None
    model: str | None
    profile: Profile | None
    free_bytes: int | None
    losses: int


class Worker:
    """The worker of one device. It has one process at a time, or none, and does one thing at a time.

    Args:
        device: where it computes, as torch names it: "cpu", "cuda:0"; or `dreammix.models.memory.AUTO`, which
            its first process chooses for all that come after it.
        settings: how it is started and watched.
    """

    def __init__(self, device: str, settings: WorkerSettings) -> None:
        self._device = device
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._errand: Perform | Load | None = None
        self._model: str | None = None
        self._profile: Profile | None = None
        self._free_bytes: int | None = None
        self._losses = 0
        self._wishes: list[Stop | Pause] = []
        self._ready = False
        self._patience: asyncio.Timeout | None = None

    @property
    def state(self) -> WorkerState:
        """What can be seen of it now."""
        return WorkerState(
            device=self._device,
            pid=self._process.pid if self._process is not None else None,
            job=self._errand.job if isinstance(self._errand, Perform) else None,
            model=self._model,
            profile=self._profile,
            free_bytes=self._free_bytes,
            losses=self._losses,
        )

    async def perform(
        self, job: str, folder: Path, report: Teller, profile: Profile | None = None
    ) -> Outcome:
        """Have a job done, by a new process where there is none.

        A process that ends, says nonsense, or says nothing for too long is killed: then `Lost`. Cancelling
        this kills it too.

        Args:
            job: its id.
            folder: where its order lies and its results go.
            report: is told how far it has come.
            profile: how its model is to lie in memory; None: as fits.
        """
        return await self._do(Perform(job, str(folder), profile), report)

    async def load(self, model: str, profile: Profile | None = None) -> Outcome:
        """Have a model held in memory, by a new process where there is none; else as `perform`."""
        return await self._do(Load(model, profile), _nobody_told)

    async def _do(self, errand: Perform | Load, report: Teller) -> Outcome:
        self._errand = errand
        try:
            outcome = await self._attempt(errand, report)
        except (TimeoutError, EOFError, OSError, Unreadable) as error:
            outcome = Lost(await self._obituary(error))
        except BaseException:
            await self.end()
            raise
        finally:
            self._errand, self._wishes, self._patience = None, [], None
        self._losses = self._losses + 1 if isinstance(outcome, Lost) else 0
        return outcome

    def stop(self) -> None:
        """Ask it to let go of its job; where it does not within `stopping_s`, its process is killed."""
        self._wish(Stop)
        if self._ready and self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time() + self._settings.stopping_s)

    def pause(self) -> None:
        """Ask it to put its job aside."""
        self._wish(Pause)

    @property
    def leaving(self) -> bool:
        """Whether it was asked to put its job aside, or to stop it."""
        return bool(self._wishes)

    async def end(self, patience_s: float = 0.0) -> None:
        """Kill the process, if there is one, where it does not end by itself; wait until it is gone."""
        process, self._process = self._process, None
        self._ready, self._model, self._profile, self._free_bytes = False, None, None, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), patience_s)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _attempt(self, errand: Perform | Load, report: Teller) -> Outcome:
        if self._process is None or self._process.returncode is not None:
            await self._start()
        if self._to_stop():
            return Stopped()
        self._send(errand)
        for wish in self._wishes:
            self._send(wish)
        while True:
            match await self._hear(self._patience_s()):
                case Reported(event), pictures:
                    if len(pictures) != isinstance(event, (PreviewReady, SampleReady)):
                        raise Unreadable(f"it reports with {len(pictures)} pictures")
                    report(event, pictures)
                case Loaded() as loaded, _:
                    self._model, self._device = loaded.model, loaded.device
                case Measured(profile, free_bytes), _:
                    self._profile, self._free_bytes = profile, free_bytes
                case Ready(), _:
                    raise Unreadable("it is ready twice")
                case outcome, _:
                    return outcome

    async def _start(self) -> None:
        await self.end()
        if self._losses > 1:
            await asyncio.sleep(
                min(self._settings.restart_delay_s * 2 ** (self._losses - 2), MAX_RESTART_DELAY_S)
            )
        # -P: what lies in the folder that the server was started in is no module of ours.
        command = [sys.executable, "-P", "-m", MODULE, "--tools", self._settings.tools]
        command += ["--device", self._device]
        if self._settings.library is not None:
            command += ["--library", str(self._settings.library)]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        _log.info("worker of %s started: process %d", self._device, self._process.pid)
        words, _ = await self._hear(self._settings.start_s)
        if not isinstance(words, Ready):
            raise Unreadable("it is not ready first")
        self._ready = True

    def _to_stop(self) -> bool:
        return any(isinstance(wish, Stop) for wish in self._wishes)

    def _patience_s(self) -> float:
        return self._settings.stopping_s if self._to_stop() else self._settings.silence_s

    def _wish(self, kind: type[Stop] | type[Pause]) -> None:
        """Send a wish now, or with the job where its process is not ready yet."""
        if isinstance(self._errand, Perform):
            wish = kind(self._errand.job)
            self._wishes.append(wish)
            if self._ready:
                self._send(wish)

    def _send(self, message: ToWorker) -> None:
        """A few bytes: they need not be waited for. A broken pipe shows when the worker is heard next."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(b"".join(pack(ToWorker, message)))

    async def _hear(self, patience_s: float) -> tuple[FromWorker, tuple[Picture, ...]]:
        """The worker's next words, and the pictures with them. Raises TimeoutError, EOFError, Unreadable."""
        assert self._process is not None and self._process.stdout is not None
        frame = Frame(FromWorker)
        async with asyncio.timeout(patience_s) as self._patience:
            while frame.wanted:
                frame.feed(await self._process.stdout.readexactly(frame.wanted))
        return frame.value, frame.pictures

    async def _obituary(self, error: Exception) -> str:
        """End the process, and say how it was lost."""
        process = self._process
        ended = isinstance(error, (EOFError, OSError)) and not isinstance(error, TimeoutError)
        await self.end(ENDING_S if ended else 0.0)
        if isinstance(error, TimeoutError):
            why = "it said nothing for too long"
        elif isinstance(error, Unreadable):
            why = f"it spoke nonsense: {error}"
        else:
            why = f"it ended by itself ({process.returncode if process is not None else error})"
        _log.warning("worker of %s lost: %s", self._device, why)
        return why


def _nobody_told(_report: Report, _pictures: tuple[Picture, ...]) -> None:
    """A load reports nothing."""
