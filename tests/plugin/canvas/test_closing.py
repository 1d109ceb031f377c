"""Windows that are closed, and one that stays after all."""

from dreammix_krita.canvas.closing import CALM_LOOKS, LOOK_MS, Closing
from dreammix_krita.qt import QtCore, QtWidgets
from tests.krita_plugin.loop import until


class Stubborn(QtWidgets.QMainWindow):
    """A window that asks before it closes; the answer is no."""

    def __init__(self, closing: Closing) -> None:
        super().__init__()
        self.closing = closing
        self.seen: list[bool] = []

    def closeEvent(self, event: object) -> None:  # noqa: N802 - Qt's
        """Ask for longer than the calm takes."""
        question = QtWidgets.QMessageBox(self)
        QtCore.QTimer.singleShot(2 * CALM_LOOKS * LOOK_MS, question.reject)
        question.exec()
        self.seen.append(self.closing.under_way)
        assert isinstance(event, QtCore.QEvent)
        event.ignore()


def test_a_window_that_closes_is_known_before_its_documents_are_closed() -> None:
    """As long as something is asked; where the answer was no, it is known, too."""
    closing = Closing()
    window = Stubborn(closing)
    window.show()
    closing.watch(window)
    closing.watch(window)
    assert not closing.under_way
    window.close()
    assert window.seen == [True]
    until(lambda: not closing.under_way)
