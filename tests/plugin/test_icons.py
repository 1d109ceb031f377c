"""Icons are made a few at a turn, once each, and forgotten with what they show."""

from collections.abc import Callable

import pytest

from dreammix_krita import icons
from dreammix_krita.icons import Icons
from dreammix_krita.qt import QtCore, QtGui
from tests.krita_plugin.loop import until

KEYS = range(9)


class Shown:
    """A list that draws an icon for each of its keys."""

    def __init__(self) -> None:
        self.owner = QtCore.QObject()
        self.icons = Icons(QtGui.QIcon, self.owner)
        self.icons.more.connect(self.draw)
        self.keys = list(KEYS)
        self.made: list[int] = []
        self.turns: list[int] = []

    def draw(self) -> None:
        """All of them; how many were made in this turn is written down."""
        before = len(self.made)
        self.icons.begin()
        for key in self.keys:
            self.icons.get(key, self.maker(key))
        self.turns.append(len(self.made) - before)

    def maker(self, key: int) -> Callable[[], QtGui.QIcon]:
        """Makes one, and says so."""

        def make() -> QtGui.QIcon:
            self.made.append(key)
            return QtGui.QIcon()

        return make


def test_each_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the list is drawn; and however slowly they are made, all come in the end, one a turn."""
    monkeypatch.setattr(icons, "TURN_S", 0.0)
    shown = Shown()
    shown.draw()
    until(lambda: len(shown.made) == len(KEYS))
    assert (shown.made, shown.turns) == (list(KEYS), [1] * len(KEYS))
    shown.draw()
    assert shown.turns[-1] == 0


def test_what_is_shown_no_more_is_forgotten() -> None:
    """A list does not keep what was once in it."""
    shown = Shown()
    shown.draw()
    until(lambda: len(shown.made) == len(KEYS))
    shown.keys = [0]
    shown.draw()
    shown.draw()
    shown.keys = [0, 1]
    shown.draw()
    assert shown.made[len(KEYS) :] == [1]
