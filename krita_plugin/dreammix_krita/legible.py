"""Letters that can be read in every theme: of a theme's colours only those are changed that are too faint."""

from typing import Final

from dreammix_krita.qt import QtCore, QtGui, QtWidgets

LEAST_CONTRAST: Final = 4.5
"""Of letters to their ground, as WCAG 2 measures it (success criterion 1.4.3)."""
_Role: Final = QtGui.QPalette.ColorRole
_PAIRS: Final = (
    (_Role.WindowText, _Role.Window),
    (_Role.Text, _Role.Base),
    (_Role.ButtonText, _Role.Button),
    (_Role.HighlightedText, _Role.Highlight),
    (_Role.PlaceholderText, _Role.Base),
)
"""What is written, and what on."""
_STEPS: Final = 16
"""So many shades are tried between what a theme says and black or white."""


def contrast(ink: QtGui.QColor, ground: QtGui.QColor) -> float:
    """From 1, where nothing can be seen, to 21; an ink that is seen through is mixed with its ground."""
    lighter, darker = sorted(
        (_luminance(_mixed(ground, ink, ink.alphaF())), _luminance(ground)), reverse=True
    )
    return (lighter + 0.05) / (darker + 0.05)


def readable(ink: QtGui.QColor, ground: QtGui.QColor) -> QtGui.QColor:
    """The ink itself, or the nearest shade of it towards black or white that stands out enough."""
    if contrast(ink, ground) >= LEAST_CONTRAST:
        return ink
    seen = _mixed(ground, ink, ink.alphaF())
    best = max((QtGui.QColor("black"), QtGui.QColor("white")), key=lambda end: contrast(end, ground))
    shades = (_mixed(seen, best, step / _STEPS) for step in range(1, _STEPS + 1))
    return next((shade for shade in shades if contrast(shade, ground) >= LEAST_CONTRAST), best)


class Legible(QtCore.QObject):
    """Keeps a window's colours readable, whatever theme comes.

    Args:
        widget: the window, or a docker's content; it and all in it.
    """

    def __init__(self, widget: QtWidgets.QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._busy = False
        widget.installEventFilter(self)
        self._mend()

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        """Another theme has other colours."""
        if event is not None and event.type() == QtCore.QEvent.Type.PaletteChange:
            self._mend()
        return False

    def _mend(self) -> None:
        if self._busy:
            return
        self._busy = True
        # What was mended for the theme before goes first.
        self._widget.setPalette(QtGui.QPalette())
        usual, mended = self._widget.palette(), QtGui.QPalette()
        for ink, ground in _PAIRS:
            for group in (QtGui.QPalette.ColorGroup.Active, QtGui.QPalette.ColorGroup.Inactive):
                before = usual.color(group, ink)
                after = readable(before, usual.color(group, ground))
                if after != before:
                    mended.setColor(group, ink, after)
        self._widget.setPalette(mended)
        self._busy = False


def _luminance(colour: QtGui.QColor) -> float:
    linear = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _mixed(one: QtGui.QColor, other: QtGui.QColor, share: float) -> QtGui.QColor:
    """A colour between two, all of the other at a share of 1."""
    red, green, blue = (
        a + (b - a) * share
        for a, b in zip(
            (one.redF(), one.greenF(), one.blueF()),
            (other.redF(), other.greenF(), other.blueF()),
            strict=True,
        )
    )
    return QtGui.QColor.fromRgbF(red, green, blue)
