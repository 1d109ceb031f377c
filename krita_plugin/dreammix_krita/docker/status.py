"""The status line: a dot and words; a click says more, and starts or stops the backend."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from dreammix_krita.docker.parts import Elided, icon, paint_dot, paint_gear, row
from dreammix_krita.facts import Backend
from dreammix_krita.qt import QAction, QtCore, QtGui, QtWidgets
from dreammix_krita.texts import Catalogue, DialogWords, Words
from dreammix_krita.widgets import Flat

_GREEN: Final = QtGui.QColor(46, 160, 67)
_AMBER: Final = QtGui.QColor(219, 141, 0)
_RED: Final = QtGui.QColor(218, 54, 51)
_GREY: Final = QtGui.QColor(139, 139, 139)
_COLOURS: Final[Mapping[Backend, QtGui.QColor]] = {
    Backend.READY: _GREEN,
    Backend.STARTING: _AMBER,
    Backend.SETTING_UP: _AMBER,
    Backend.LOST: _AMBER,
    Backend.OUTDATED: _RED,
    Backend.REFUSED: _RED,
    Backend.STOPPED: _GREY,
    Backend.MISSING: _GREY,
}
_SIDE_PX: Final = 16


class StatusLine(QtWidgets.QWidget):
    """Says how it stands with the backend.

    Args:
        texts: what it says it in.
        start: starts the backend.
        stop: stops it.
        log: shows what the backend has written down.
        settings: opens the settings.
        library: opens the library.
    """

    def __init__(
        self,
        texts: Catalogue,
        *,
        start: Callable[[], None],
        stop: Callable[[], None],
        log: Callable[[], None],
        settings: Callable[[], object],
        library: Callable[[], None],
    ) -> None:
        super().__init__()
        self._colour: QtGui.QColor | None = None
        self._line = Elided("dreammix_status")
        self._line.clicked.connect(self._open)
        self._gear = Flat("dreammix_settings", texts.say(Words.SETTINGS))
        self._gear.setToolTip(texts.say(Words.SETTINGS))
        self._gear.clicked.connect(partial(_press, settings))
        self._menu = QtWidgets.QMenu(self._line)
        self._menu.setObjectName("dreammix_status_menu")
        self._said = self._add("", None)
        self._menu.addSeparator()
        self._start = self._add(texts.say(Words.START_BACKEND), start)
        self._stop = self._add(texts.say(Words.STOP_BACKEND), stop)
        self._log = self._add(texts.say(DialogWords.SHOW_LOG), log)
        self._menu.addSeparator()
        self._add(f"{texts.say(Words.LIBRARY)}…", library)
        self._add(f"{texts.say(Words.SETTINGS)}…", settings)
        layout = row(self._line, self._gear)
        self.setLayout(layout)
        self._paint_gear()

    def _open(self) -> None:
        self._menu.popup(self._line.mapToGlobal(QtCore.QPoint(0, self._line.height())))

    def show_state(self, backend: Backend, words: str, *, ours: bool, wrong: bool) -> None:
        """Show how it stands.

        Args:
            backend: with the backend.
            words: the same in words.
            ours: it can be started, stopped and looked into from here.
            wrong: something else is amiss.
        """
        self._line.say(words)
        self._said.setText(words)
        colour = _RED if wrong else _COLOURS[backend]
        if colour is not self._colour:
            self._colour = colour
            self._line.setIcon(icon(paint_dot, colour, _SIDE_PX))
        self._start.setVisible(ours and backend in (Backend.STOPPED, Backend.LOST))
        self._stop.setVisible(ours and backend is Backend.READY)
        self._log.setVisible(ours and backend is not Backend.MISSING)

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802 - Qt's
        """Another theme has other colours."""
        super().changeEvent(event)
        if event is not None and event.type() == QtCore.QEvent.Type.PaletteChange:
            self._paint_gear()

    def _paint_gear(self) -> None:
        self._gear.setIcon(
            icon(paint_gear, self.palette().color(QtGui.QPalette.ColorRole.WindowText), _SIDE_PX)
        )

    def _add(self, text: str, done: Callable[[], object] | None) -> QAction:
        action = self._menu.addAction(text)
        assert action is not None
        action.setEnabled(done is not None)
        if done is not None:
            action.triggered.connect(partial(_press, done))
        return action


def _press(done: Callable[[], object], _checked: bool = False) -> None:
    done()
