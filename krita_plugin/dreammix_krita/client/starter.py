"""Starts the backend as a process of its own, and knows it until it listens.

It is detached, because a teaching may go on after Krita was closed: it is told whose child it is, and ends by
itself when that process has and no lesson is unfinished. Where a backend is running already, no second one is
started; should two begin at once, the backend's own claim on its folder lets one of them live.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix_krita.client.address import find_local, is_alive
from dreammix_krita.client.errors import NotConnected, NotStarted
from dreammix_krita.client.inquiry import ask_for_proof, ask_to_stop
from dreammix_krita.client.line import Failed
from dreammix_krita.qt import QtCore

LOOK_INTERVAL_MS: Final = 200
"""How often it is looked whether a starting backend listens, in milliseconds."""
START_DEADLINE_MS: Final = 120_000
"""How long a start may take, in milliseconds: the first one reads a gigabyte of libraries."""
START_LOG: Final = "start.log"
"""In the backend's folder: what it said before it had a log of its own."""
MAX_TOLD_BYTES: Final = 2000
_INHERITED: Final = ("PYTHON", "LD_", "DYLD_", "QT_", "APPDIR", "APPIMAGE")
"""What Krita sets for itself, by its beginning: it would mislead another program."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a backend is started.

    Attributes:
        program: a Python that has it.
        arguments: what that is told, up to but without those of the backend itself.
        folder: the backend's own folder.
        options: further arguments of the backend.
    """

    program: Path
    arguments: tuple[str, ...]
    folder: Path
    options: tuple[str, ...] = ()

    def line(self, parent_pid: int) -> list[str]:
        """Its arguments, all of them."""
        own = ["--folder", str(self.folder), "--parent-pid", str(parent_pid), "--quiet"]
        return [*self.arguments, *own, *self.options]


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without what Krita set for its own libraries."""
    return {name: value for name, value in environment.items() if not name.upper().startswith(_INHERITED)}


class Starter(QtCore.QObject):
    """Starts one backend at a time.

    Signals:
        listening: it can be connected to.
        failed: a NotStarted: it cannot be started.
    """

    listening = QtCore.pyqtSignal()
    failed = QtCore.pyqtSignal(object)

    def __init__(self, command: Command, environment: Mapping[str, str], parent: QtCore.QObject) -> None:
        """Know how it is started, and start nothing. The environment is Krita's own."""
        super().__init__(parent)
        self._command = command
        self._environment = environment
        self._pid: int | None = None
        self._waited = 0
        self._asking = False
        self._look = QtCore.QTimer(self)
        self._look.setInterval(LOOK_INTERVAL_MS)
        self._look.timeout.connect(self._watch)

    @property
    def starting(self) -> bool:
        """Whether a start is under way."""
        return self._look.isActive()

    def start(self) -> None:
        """Make sure that a backend runs; `listening` or `failed` follows."""
        if not self.starting:
            self._pid = None
            self._waited = 0
            self._look.start()
            self._believe(self._launch)

    def stop(self, failed: Failed) -> None:
        """Ask the backend of this folder to end, whoever started it; its jobs are kept."""
        self._look.stop()
        try:
            address = find_local(self._command.folder)
        except NotConnected:
            return  # It has.
        ask_to_stop(address, lambda: None, failed, self)

    def close(self) -> None:
        """Look no more. The backend ends by itself, after Krita and the last lesson."""
        self._look.stop()

    # --- what runs already ---

    def _believe(self, otherwise: "QtCore.PYQT_SLOT | None" = None) -> None:
        """Say `listening` where a backend proves itself; else go on."""

        def not_there(_: object = None) -> None:
            self._asking = False
            if otherwise is not None and self.starting:
                QtCore.QTimer.singleShot(0, otherwise)

        def there() -> None:
            self._asking = False
            if self.starting:
                self._look.stop()
                self.listening.emit()

        self._asking = True
        try:
            address = find_local(self._command.folder)
        except NotConnected:
            not_there()
            return
        ask_for_proof(address, there, not_there, self)

    # --- what is started ---

    def _launch(self) -> None:
        folder = self._command.folder
        process = QtCore.QProcess()
        process.setProgram(str(self._command.program))
        process.setArguments(self._command.line(QtCore.QCoreApplication.applicationPid()))
        environment = QtCore.QProcessEnvironment()
        for name, value in clean_environment(self._environment).items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        process.setStandardOutputFile(QtCore.QProcess.nullDevice())
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._fail(f"its folder cannot be made: {error.strerror or error}", "Free some space")
            return
        process.setStandardErrorFile(str(folder / START_LOG))
        begun, pid = process.startDetached()
        if begun and pid is not None:
            self._pid = pid
        else:
            self._fail(f"{self._command.program} cannot be run", "Set up the backend again")

    def _watch(self) -> None:
        self._waited += LOOK_INTERVAL_MS
        if self._asking or self._pid is None:
            return
        if not is_alive(self._pid):
            # It may have found another one running that was faster.
            self._believe(self._report)
        elif self._waited > START_DEADLINE_MS:
            self._fail(f"it did not listen within {START_DEADLINE_MS // 1000} seconds", "Look into its log")
        else:
            self._believe()

    def _report(self) -> None:
        try:
            said = (
                (self._command.folder / START_LOG).read_bytes()[-MAX_TOLD_BYTES:].decode("utf-8", "replace")
            )
        except OSError:
            said = ""
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        self._fail(f"it says: {lines[-1]}" if lines else "it ended at once", "Set up the backend again")

    def _fail(self, why: str, remedy: str) -> None:
        if self.starting:
            self._look.stop()
            self.failed.emit(NotStarted("The backend could not be started", why, remedy))
