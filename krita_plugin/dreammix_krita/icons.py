"""Icons of many pictures, made a few at a turn of the event loop: nobody waits for hundreds of files."""

import time
from collections.abc import Callable, Hashable
from typing import Final

from dreammix_krita.qt import QtCore, QtGui

TURN_S: Final = 0.01
"""So long icons are made in one turn, in seconds; the last one may take longer."""


class Icons(QtCore.QObject):
    """Remembers the icons of one list.

    Args:
        blank: stands for those that are not made yet.
        parent: the owner.

    Signals:
        more: draw again: some of those that were not made can be made now.
    """

    more = QtCore.pyqtSignal()

    def __init__(self, blank: Callable[[], QtGui.QIcon], parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._blank = blank
        self._before: dict[Hashable, QtGui.QIcon] = {}
        self._made: dict[Hashable, QtGui.QIcon] = {}
        self._missing = False
        self._spent = 0.0
        self._turn = QtCore.QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._go_on)

    def begin(self) -> None:
        """The list is drawn: what it does not ask for until the next time is forgotten then."""
        self._before, self._made = self._made, {}
        self._missing = False

    def get(self, key: Hashable, make: Callable[[], QtGui.QIcon]) -> QtGui.QIcon:
        """The icon of that key, made if it was not yet."""
        icon = self._made.get(key) or self._before.get(key)
        if icon is None:
            self._turn.start(0)
            if self._spent > TURN_S:
                self._missing = True
                return self._blank()
            begun = time.perf_counter()
            icon = make()
            self._spent += time.perf_counter() - begun
        self._made[key] = icon
        return icon

    def _go_on(self) -> None:
        self._spent = 0.0
        if self._missing:
            self.more.emit()
