"""Work that takes long and knows no widget, done beside the interface: reading and decoding pictures."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from dreammix.protocol import DreamMixError
from dreammix_krita.client.line import Failed
from dreammix_krita.dialogs.turns import Done, Turns
from dreammix_krita.qt import QtCore

WorkT = TypeVar("WorkT")


class Aside(QtCore.QObject):
    """Does one thing after the other, each in a thread, and tells what came of it in the interface's own."""

    _ended = QtCore.pyqtSignal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._turns = Turns()
        self._ended.connect(self._tell)

    def do(self, work: Callable[[], WorkT], done: Callable[[WorkT], None], failed: Failed) -> None:
        """Do this when all before it is done; `failed` is told why that was not possible."""

        def turn(over: Done) -> None:
            def run() -> None:
                try:
                    tell = partial(done, work())
                except DreamMixError as error:
                    tell = partial(failed, error)
                except Exception as error:  # noqa: BLE001 - somebody waits for an answer, whatever it is
                    reason = str(error) or type(error).__name__
                    tell = partial(
                        failed, DreamMixError("It did not work", reason, "Report this as a defect")
                    )
                self._ended.emit(over, tell)

            threading.Thread(target=run, name="dreammix-aside", daemon=True).start()

        self._turns.add(turn)

    def _tell(self, over: Done, tell: Callable[[], None]) -> None:
        tell()
        over()
