"""What can be seen of widgets: whether texts have their room, lie apart, and stand out from their ground."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations
from typing import Final

from dreammix_krita.docker.parts import Elided
from dreammix_krita.legible import contrast
from dreammix_krita.qt import QtCore, QtGui, QtWidgets

LETTERS_PX: Final = 13
"""The usual size of letters on a desktop, in pixels."""
GRAIN_PX: Final = 3
"""Of so many pixels across and down, one is looked at."""

_Role = QtGui.QPalette.ColorRole
_SHADED: Final = (QtWidgets.QPushButton, QtWidgets.QComboBox, QtWidgets.QToolButton)
_THEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "bright": (
        "#d4d4d4",
        "#f4f4f4",
        "#eaeaea",
        "#e4e4e4",
        "#5c90bc",
        "#2a2a2a",
        "#181818",
        "#282828",
        "#f0f0f0",
    ),
    "neutral": (
        "#808080",
        "#aaaaaa",
        "#9a9a9a",
        "#888888",
        "#2a5b8f",
        "#121212",
        "#1e1e1e",
        "#0a0a0a",
        "#b4b4b4",
    ),
    "dark": (
        "#474747",
        "#383838",
        "#323232",
        "#363636",
        "#53728e",
        "#c8c8c8",
        "#c8c8c8",
        "#c8c8c8",
        "#ebebeb",
    ),
    "darker": (
        "#323232",
        "#1c1c1c",
        "#242323",
        "#2d2d2d",
        "#53728e",
        "#ebebeb",
        "#ebebeb",
        "#ebebeb",
        "#ffffff",
    ),
    "blender": (
        "#646464",
        "#404040",
        "#464646",
        "#464646",
        "#5983c5",
        "#000000",
        "#dcdcdc",
        "#f0f0f0",
        "#ffffff",
    ),
}
"""Krita's own themes: the grounds of windows, fields, every other row, buttons and what is chosen; then what
is written on a window, in a field, on a button and on what is chosen."""
THEMES: Final = tuple(_THEMES)
USUAL: Final = ("bright", "darker")
"""A light one, and the one that Krita has at first: every state is looked at in both."""


def theme(name: str) -> QtGui.QPalette:
    """Colours as one of Krita's themes has them."""
    window, base, alternate, button, highlight, *inks = (QtGui.QColor(one) for one in _THEMES[name])
    palette = QtGui.QPalette(button, window)
    for colour, roles in (
        (window, (_Role.Window,)),
        (base, (_Role.Base,)),
        (alternate, (_Role.AlternateBase,)),
        (button, (_Role.Button,)),
        (highlight, (_Role.Highlight,)),
        (inks[0], (_Role.WindowText,)),
        (inks[1], (_Role.Text,)),
        (inks[2], (_Role.ButtonText,)),
        (inks[3], (_Role.HighlightedText,)),
    ):
        for role in roles:
            palette.setColor(role, colour)
    faint = QtGui.QColor(inks[1])
    faint.setAlphaF(0.5)
    palette.setColor(_Role.PlaceholderText, faint)
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText):
        palette.setColor(QtGui.QPalette.ColorGroup.Disabled, role, faint)
    return palette


@contextmanager
def application_looks(letters: float = 1.0, colours: str | None = None) -> Iterator[None]:
    """The desktop's letters, so many times as large as usual, and the colours of a theme."""
    # Qt tells every widget; one that Python throws away meanwhile would be told, too.
    gc.collect()
    font, palette = QtWidgets.QApplication.font(), QtWidgets.QApplication.palette()
    larger = QtGui.QFont(font)
    larger.setPixelSize(round(LETTERS_PX * letters))
    QtWidgets.QApplication.setFont(larger)
    if colours is not None:
        QtWidgets.QApplication.setPalette(theme(colours))
    try:
        yield
    finally:
        QtWidgets.QApplication.setFont(font)
        QtWidgets.QApplication.setPalette(palette)


# --- room ---


def cut_off(widget: QtWidgets.QWidget) -> bool:
    """Whether a text has less room than it takes."""
    metrics = widget.fontMetrics()
    if isinstance(widget, Elided) and "…" in widget.text():
        return True
    if isinstance(widget, QtWidgets.QLabel):
        if widget.wordWrap():
            return widget.height() < widget.heightForWidth(widget.width()) or any(
                metrics.horizontalAdvance(word) > widget.width() for word in widget.text().split()
            )
        return widget.width() < metrics.horizontalAdvance(widget.text())
    if isinstance(widget, QtWidgets.QAbstractButton):
        said = metrics.horizontalAdvance(widget.text())
        return bool(said) and (widget.width() < said + _mark(widget) or widget.height() < metrics.height())
    if isinstance(widget, QtWidgets.QComboBox):
        return _combo_room(widget) < metrics.horizontalAdvance(widget.currentText())
    if isinstance(widget, QtWidgets.QLineEdit):
        hint = widget.placeholderText() if not widget.text() else ""
        return widget.contentsRect().width() < metrics.horizontalAdvance(hint) or (
            widget.height() < metrics.height()
        )
    if isinstance(widget, QtWidgets.QListView) and widget.flow() == QtWidgets.QListView.Flow.LeftToRight:
        return _item_is_cut(widget)
    return False


def _mark(button: QtWidgets.QAbstractButton) -> int:
    style = button.style()
    if style is None or isinstance(button, (QtWidgets.QPushButton, QtWidgets.QToolButton)):
        return 0
    return style.pixelMetric(QtWidgets.QStyle.PixelMetric.PM_ExclusiveIndicatorWidth)


def _combo_room(box: QtWidgets.QComboBox) -> int:
    style, option = box.style(), QtWidgets.QStyleOptionComboBox()
    box.initStyleOption(option)
    assert style is not None
    kind, part = QtWidgets.QStyle.ComplexControl.CC_ComboBox, QtWidgets.QStyle.SubControl.SC_ComboBoxEditField
    return style.subControlRect(kind, option, part, box).width()


def _item_is_cut(listed: QtWidgets.QListView) -> bool:
    """Names of an artist's own may be of any length; their height, and what the plugin says, is not."""
    model, viewport = listed.model(), listed.viewport()
    assert model is not None and viewport is not None
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        wanted, there = listed.sizeHintForIndex(index), listed.visualRect(index)
        if listed.viewMode() == QtWidgets.QListView.ViewMode.IconMode:
            letters = listed.fontMetrics().height() if index.data() else 0
            if there.height() < listed.iconSize().height() + letters:
                return True
        elif wanted.width() > viewport.width() or there.height() < wanted.height():
            return True
    return False


def overlapping(widgets: list[QtWidgets.QWidget], root: QtWidgets.QWidget) -> list[tuple[str, str]]:
    """The names of those that lie on one another, though neither holds the other."""
    places = [(widget, _place(widget, root)) for widget in widgets]
    return [
        (one.objectName(), other.objectName())
        for (one, place), (other, there) in combinations(places, 2)
        if place.intersects(there) and not one.isAncestorOf(other) and not other.isAncestorOf(one)
    ]


def _place(widget: QtWidgets.QWidget, root: QtWidgets.QWidget) -> QtCore.QRect:
    """Where it is seen: what holds it may scroll."""
    place, holder = QtCore.QRect(widget.mapTo(root, QtCore.QPoint()), widget.size()), widget.parentWidget()
    while holder is not None and holder is not root:
        place = place.intersected(QtCore.QRect(holder.mapTo(root, QtCore.QPoint()), holder.size()))
        holder = holder.parentWidget()
    return place.intersected(root.rect())


# --- colours ---


def faint(widgets: list[QtWidgets.QWidget], root: QtWidgets.QWidget, least: float) -> dict[str, float]:
    """Those whose texts stand out less than that from the ground that they are drawn on, and how much.

    The ground is what most of the widget's own pixels show; of one that is shaded, the middle. What is
    switched off is left out: its reason stands elsewhere.
    """
    picture, found = root.grab().toImage(), dict[str, float]()
    for widget in widgets:
        if widget.isEnabled():
            ground = _ground(widget, root, picture)
            for ink, chosen in _inks(widget):
                stands_out = contrast(ink, widget.palette().color(_Role.Highlight) if chosen else ground)
                if stands_out < least:
                    found[widget.objectName()] = round(stands_out, 2)
    return found


def _ground(widget: QtWidgets.QWidget, root: QtWidgets.QWidget, picture: QtGui.QImage) -> QtGui.QColor:
    if isinstance(widget, QtWidgets.QListView):  # Most of it may be pictures.
        viewport = widget.viewport()
        filled = viewport is not None and viewport.autoFillBackground()
        return widget.palette().color(_Role.Base if filled else _Role.Window)
    place, dense = _place(widget, root), picture.devicePixelRatio()
    seen = [
        picture.pixelColor(round(x * dense), round(y * dense))
        for x in range(place.left(), place.right(), GRAIN_PX)
        for y in range(place.top(), place.bottom(), GRAIN_PX)
    ]
    if not seen:  # It is scrolled away.
        return widget.palette().color(_Role.Window)
    if isinstance(widget, _SHADED):
        return sorted(seen, key=lambda colour: colour.lightnessF())[len(seen) // 2]
    return QtGui.QColor(Counter(colour.rgb() for colour in seen).most_common(1)[0][0])


def _inks(widget: QtWidgets.QWidget) -> Iterator[tuple[QtGui.QColor, bool]]:
    """The colours that a widget writes in; and whether that is on what is chosen."""
    palette = widget.palette()
    if isinstance(widget, (QtWidgets.QPushButton, QtWidgets.QComboBox)):
        yield palette.color(_Role.ButtonText), False
    elif isinstance(widget, (QtWidgets.QLabel, QtWidgets.QAbstractButton)):
        if widget.text():
            yield palette.color(widget.foregroundRole()), False
    elif isinstance(widget, QtWidgets.QLineEdit):
        yield palette.color(_Role.Text if widget.text() else _Role.PlaceholderText), False
    elif isinstance(widget, QtWidgets.QListView):
        yield palette.color(_Role.Text), False
        yield palette.color(_Role.HighlightedText), True
    elif isinstance(widget, (QtWidgets.QAbstractSpinBox, QtWidgets.QPlainTextEdit)):
        yield palette.color(_Role.Text), False
