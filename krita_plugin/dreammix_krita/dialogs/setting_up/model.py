"""The set-up as a process of its own that prints a JSON object for each thing that happens."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from dreammix.protocol import DreamMixError
from dreammix.protocol.words import Word
from dreammix_krita.client.starter import clean_environment
from dreammix_krita.qt import QtCore

MAX_LINE_BYTES: Final = 64 * 1024
"""A longer line is none of the set-up's; it is passed over."""
MAX_SHOWN_CHARACTERS: Final = 300
MAX_ERROR_BYTES: Final = 4000
"""How much of what it complains about is kept, for the details."""
STOPPED: Final = "stopped"
FAILED: Final = "failed"
IN_BYTES: Final = ("download", "uv")
"""Stages that count bytes."""
SURE_S: Final = 3.0
"""So long a download is watched before it is said how long it will take, in seconds."""
_LARGEST: Final = 1 << 53

Commands: TypeAlias = Callable[[str], tuple[str, list[str]]]
"""What runs the set-up with an order, `install` or `cancel`. Raises DreamMixError: there is none."""


class SetUpFailed(DreamMixError):
    """The backend could not be set up."""

    code = "set_up_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the set-up says that it is doing.

    Attributes:
        stage: one of a few words.
        done, total: how far it is; a total of 0: nobody knows.
        message: for people.
        error: why it ended; with the stages that end it badly.
    """

    stage: str
    done: int
    total: int
    message: str
    error: SetUpFailed | None = None


class SetUpState(Word):
    """Where it stands."""

    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class SetUpModel(QtCore.QObject):
    """One set-up at a time.

    Args:
        commands: how it is run.
        environment: Krita's own.
        clock: seconds, from anywhere.

    Attributes:
        state: where it stands.
        step: what it said last.
        trouble: why it ended badly.

    Signals:
        changed: any of these.
        installed: the backend can be started.
    """

    changed = QtCore.pyqtSignal()
    installed = QtCore.pyqtSignal()

    def __init__(
        self,
        commands: Commands,
        environment: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.state = SetUpState.IDLE
        self.step: Step | None = None
        self.trouble: DreamMixError | None = None
        self._commands = commands
        self._environment = environment
        self._clock = clock
        self._begun = (0.0, 0)  # When the stage began, and with how much done.
        self._process: QtCore.QProcess | None = None
        self._canceller: QtCore.QProcess | None = None
        self._buffer = b""
        self._said = b""

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self.state in (SetUpState.RUNNING, SetUpState.STOPPING)

    @property
    def seconds_left(self) -> float | None:
        """Of a download, as fast as it has been so far; None: nobody knows."""
        step, (begun, before) = self.step, self._begun
        if step is None or step.stage not in IN_BYTES:
            return None
        seconds, done = self._clock() - begun, step.done - before
        return seconds * (step.total - step.done) / done if seconds >= SURE_S and done > 0 else None

    def start(self) -> None:
        """Begin, or go on where an earlier one was stopped."""
        if self.running:
            return
        self.step, self.trouble, self._buffer, self._said = None, None, b"", b""
        try:
            process = self._process = self._prepared("install")
        except DreamMixError as error:
            self._end(SetUpState.FAILED, error)
            return
        process.readyReadStandardOutput.connect(self._hear)
        process.readyReadStandardError.connect(self._overhear)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._not_begun)
        self.state = SetUpState.RUNNING
        self.changed.emit()
        process.start()

    def cancel(self) -> None:
        """Ask it to stop; what was fetched is kept for the next time."""
        if self.state is not SetUpState.RUNNING:
            return
        self.state = SetUpState.STOPPING
        self.changed.emit()
        try:
            self._canceller = self._prepared("cancel")
        except DreamMixError:
            self.close()
        else:
            self._canceller.start()

    def close(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()

    def _prepared(self, order: str) -> QtCore.QProcess:
        program, arguments = self._commands(order)
        process = QtCore.QProcess(self)
        process.setProgram(program)
        process.setArguments(arguments)
        environment = QtCore.QProcessEnvironment()
        for name, value in clean_environment(self._environment).items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        return process

    # --- what it says ---

    def _hear(self) -> None:
        if self._process is None:
            return
        self._buffer += bytes(self._process.readAllStandardOutput())
        *lines, self._buffer = self._buffer.split(b"\n")
        if len(self._buffer) > MAX_LINE_BYTES:
            self._buffer = b""
        steps = [step for step in map(read_step, lines) if step is not None]
        if steps:
            self.see(steps[-1])

    def see(self, step: Step) -> None:
        """It says that this is what it does."""
        if self.step is None or self.step.stage != step.stage:
            self._begun = (self._clock(), step.done)
        self.step = step
        self.changed.emit()

    def _overhear(self) -> None:
        if self._process is not None:
            said = self._said + bytes(self._process.readAllStandardError())
            self._said = said[-MAX_ERROR_BYTES:]

    def _not_begun(self, error: QtCore.QProcess.ProcessError) -> None:
        if error == QtCore.QProcess.ProcessError.FailedToStart and self._process is not None:
            program = self._process.program()
            self._end(
                SetUpState.FAILED,
                SetUpFailed("The set-up cannot begin", f"{program} cannot be run", "Import the plugin again"),
            )

    def _finished(self, code: int, status: QtCore.QProcess.ExitStatus) -> None:
        self._hear()
        self._overhear()
        stage = "" if self.step is None else self.step.stage
        if code == 0 and status == QtCore.QProcess.ExitStatus.NormalExit:
            self._end(SetUpState.DONE, None)
            self.installed.emit()
        elif stage == STOPPED or self.state is SetUpState.STOPPING:
            self._end(SetUpState.STOPPED, None)
        else:
            told = None if self.step is None else self.step.error
            self._end(SetUpState.FAILED, told or self._unexplained())

    def _unexplained(self) -> SetUpFailed:
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        said = _plain(lines[-1]) if lines else ""
        why = f"it says: {said}" if said else "it ended without a reason"
        return SetUpFailed("The backend could not be set up", why, "Try again: it goes on where it stopped")

    def _end(self, state: SetUpState, error: DreamMixError | None) -> None:
        self.state, self.trouble = state, error
        self._process = self._canceller = None
        self.changed.emit()


def read_step(line: bytes) -> Step | None:
    """A line of the set-up; None: it is none of those that were agreed on."""
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match told:
        case {"stage": str(stage), "done": int(done), "total": int(total), "message": str(message)}:
            error = None
            if stage in (STOPPED, FAILED):
                parts = [_plain(str(told.get(key, ""))) for key in ("what", "why", "remedy")]
                if all(parts):
                    error = SetUpFailed(*parts)
            return Step(
                stage=stage, done=_count(done), total=_count(total), message=_plain(message), error=error
            )
    return None


def _count(value: int) -> int:
    return min(max(int(value), 0), _LARGEST)


def _plain(text: str) -> str:
    visible = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(visible.split())[:MAX_SHOWN_CHARACTERS]
