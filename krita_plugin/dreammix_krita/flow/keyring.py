"""The system's keyring, reached through the backend's Python: Krita's own has no library for it.

The plugin puts keys in, and has them forgotten. The backend looks for them where it needs them, by the same
names.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dreammix_krita.client.starter import clean_environment
from dreammix_krita.qt import QtCore

SERVICE: Final = "dreammix-describer"
"""As the backend looks for it; the user is the service's host."""
DEADLINE_MS: Final = 120_000
"""How long it may take, in milliseconds: the system may ask for the keyring's password first."""
_PUT: Final = """
import sys
import keyring
key = sys.stdin.read()
keyring.set_password(*sys.argv[1:], key)
sys.exit(keyring.get_password(*sys.argv[1:]) != key)
"""
"""What is put in is looked for: a keyring that was switched off takes everything and keeps nothing."""
_FORGET: Final = """
import sys
import keyring
if keyring.get_password(*sys.argv[1:]) is not None:
    keyring.delete_password(*sys.argv[1:])
sys.exit(keyring.get_password(*sys.argv[1:]) is not None)
"""


def host_of(address: str) -> str:
    """A service's host; empty where the address has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class Keyring(QtCore.QObject):
    """Puts keys in, and has them forgotten.

    Args:
        python: a Python that has the backend; None: there is none yet.
        environment: Krita's own.
        parent: the owner.
    """

    def __init__(
        self,
        python: Callable[[], Path | None],
        environment: Mapping[str, str],
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._python = python
        self._environment = environment

    def put(self, host: str, key: str, done: Callable[[bool], None]) -> None:
        """Keep the key of that host. `done` is told, later, whether it is kept."""
        self._run(_PUT, host, key, done)

    def forget(self, host: str, done: Callable[[bool], None]) -> None:
        """Keep none of that host. `done` is told, later, whether there is none any more."""
        self._run(_FORGET, host, "", done)

    def _run(self, program: str, host: str, key: str, done: Callable[[bool], None]) -> None:
        python = self._python()
        if python is None:
            QtCore.QTimer.singleShot(0, lambda: done(False))
            return
        process = QtCore.QProcess(self)
        process.setProgram(str(python))
        # Never as an argument: a command line can be read by everybody.
        process.setArguments(["-c", program, SERVICE, host])
        environment = QtCore.QProcessEnvironment()
        for name, value in clean_environment(self._environment).items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        deadline = QtCore.QTimer(process)
        deadline.setSingleShot(True)
        deadline.timeout.connect(process.kill)

        def end(code: int, status: QtCore.QProcess.ExitStatus) -> None:
            process.deleteLater()
            done(code == 0 and status == QtCore.QProcess.ExitStatus.NormalExit)

        def not_begun(error: QtCore.QProcess.ProcessError) -> None:
            if error == QtCore.QProcess.ProcessError.FailedToStart:
                process.deleteLater()
                done(False)

        process.finished.connect(end)
        process.errorOccurred.connect(not_begun)
        process.start()
        process.write(key.encode())
        process.closeWriteChannel()
        deadline.start(DEADLINE_MS)
