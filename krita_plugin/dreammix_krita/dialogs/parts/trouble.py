"""An error as the artist reads it: what happened, why, what to do; and its details, to be copied."""

from dreammix.protocol import DreamMixError
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.texts import Catalogue, Words, sentence
from dreammix_krita.widgets import button, label, say

STRIPE_PX = 4
_STRIPE = QtGui.QColor(208, 60, 52)


class TroubleBox(QtWidgets.QFrame):
    """Shows an error, or takes no room."""

    def __init__(self, name: str, texts: Catalogue) -> None:
        super().__init__()
        self.setObjectName(name)
        self._texts = texts
        self._error: DreamMixError | None = None
        self._what = label(f"{name}_what", bold=True)
        self._why = label(f"{name}_why")
        self._copy = button(f"{name}_copy", texts.say(Words.COPY_DETAILS), self._to_clipboard)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(STRIPE_PX + 8, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self._what)
        layout.addWidget(self._why)
        layout.addWidget(self._copy)
        layout.setAlignment(self._copy, QtCore.Qt.AlignmentFlag.AlignLeft)
        self.show_error(None)

    def show_error(self, error: DreamMixError | None) -> None:
        """Show this one; None: there is none."""
        self._error = error
        told = None if error is None else self._texts.tell(error)
        say(self._what, "" if told is None else told.what)
        say(self._why, "" if told is None else f"{sentence(told.why)} {sentence(told.remedy)}")
        self.setVisible(error is not None)

    def paintEvent(self, event: QtGui.QPaintEvent | None) -> None:  # noqa: N802 - Qt's
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        painter.fillRect(0, 0, STRIPE_PX, self.height(), _STRIPE)
        painter.end()

    def _to_clipboard(self) -> None:
        clipboard = QtWidgets.QApplication.clipboard()
        if clipboard is not None and self._error is not None:
            clipboard.setText(f"{self._error.code}\n{self._error}")
