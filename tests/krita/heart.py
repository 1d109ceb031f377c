"""A heartbeat in Krita's GUI thread: how long the artist waits, beside single calls of Krita's own.

Imported by Krita's Python alone. A gap between two beats is told in the time of the wall and in that of the
thread's processor: on a machine that others keep busy only the second says what this thread did.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from dreammix_krita.canvas.host import KritaDocument
from dreammix_krita.docker.strip import ResultStrip
from dreammix_krita.flow.controller import Controller
from dreammix_krita.flow.stage import Stage
from dreammix_krita.flow.works import Works
from dreammix_krita.history import History
from dreammix_krita.qt import QtCore
from krita import Canvas, Document, Krita, Node, Selection, View, Window

API: Final = (Canvas, Document, Krita, Node, Selection, View, Window)
"""Krita's classes that the plugin calls: each of their methods is timed."""


STATIC: Final = {"instance", "krita_i18n", "krita_i18nc", "getAppDataLocation"}
"""What has no object, and is no work."""
OWN: Final[dict[type, tuple[str, ...]]] = {
    KritaDocument: ("add_layer", "annotate", "read", "selected_box", "selection", "show"),
    Controller: ("insert", "look"),
    History: ("keep", "recall"),
    ResultStrip: ("refresh",),
    Works: ("place",),
    Stage: ("draw",),
}
"""Functions of the plugin that the interface waits for."""


class Heart(QtCore.QObject):
    """Beats each millisecond, if it can."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[str, list[tuple[float, float]]] = {}
        """By their name, what single calls of Krita's API took and what this thread computed there, in ms."""
        self._whole = self._wall = self._work = 0.0
        self._last = (0.0, 0.0)
        self._inside = [0.0, 0.0]
        self._depth = 0
        self._api = 0.0
        self.own: dict[str, float] = {}
        """By their name, the longest that functions of the plugin computed, outside of Krita's API, in ms."""
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def begin(self) -> None:
        """Forget what was, and beat."""
        self.calls = {}
        self.own = {}
        self._whole = self._wall = self._work = 0.0
        self._inside = [0.0, 0.0]
        self._last = _now()
        self._timer.start(1)

    def end(self) -> list[float]:
        """The longest gap, that outside of Krita's API, and the longest that was computed there, in ms."""
        self._timer.stop()
        self._beat()
        return [round(1000 * found, 1) for found in (self._whole, self._wall, self._work)]

    def _beat(self) -> None:
        now = _now()
        self._whole = max(self._whole, now[0] - self._last[0])
        self._wall = max(self._wall, now[0] - self._last[0] - self._inside[0])
        self._work = max(self._work, now[1] - self._last[1] - self._inside[1])
        self._inside = [0.0, 0.0]
        self._last = now

    def watch(self) -> None:
        """From now on know the calls of Krita's API from the rest."""
        for theirs in API:
            for name in set(dir(theirs)) - set(dir(QtCore.QObject)) - STATIC:
                setattr(theirs, name, self._timed(f"{theirs.__name__}.{name}", getattr(theirs, name)))
        for kind, names in OWN.items():
            for name in names:
                setattr(kind, name, self._worked(f"{kind.__name__}.{name}", getattr(kind, name)))

    def _worked(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def worked(*arguments: Any, **named: Any) -> Any:
            begun, api = time.thread_time(), self._api
            try:
                return call(*arguments, **named)
            finally:
                took = 1000 * (time.thread_time() - begun - (self._api - api))
                self.own[name] = max(took, self.own.get(name, 0.0))

        return worked

    def _timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            begun, self._depth = _now(), self._depth + 1
            try:
                return call(*arguments)
            finally:
                ended, self._depth = _now(), self._depth - 1
                took = 1000 * (ended[0] - begun[0]), 1000 * (ended[1] - begun[1])
                self.calls.setdefault(name, []).append(took)
                if not self._depth:
                    self._inside[0] += ended[0] - begun[0]
                    self._inside[1] += ended[1] - begun[1]
                    self._api += ended[1] - begun[1]

        return timed


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.thread_time()
