"""Whether Krita is on its way out: then its documents are closed for no wish of the artist's."""

from typing import Final

from dreammix_krita.qt import QtCore, QtWidgets

LOOK_MS: Final = 500
"""How often it is looked whether Krita asks anything, in milliseconds."""
CALM_LOOKS: Final = 2
"""After so many looks at which it asked nothing, it is open after all. One may fall between two questions."""


class Closing(QtCore.QObject):
    """Sees windows being closed before their documents are.

    Attributes:
        under_way: whether one is; no longer so where the artist was asked and said no.
    """

    def __init__(self) -> None:
        super().__init__()
        self.under_way = False
        self._calm = 0
        self._looking = QtCore.QTimer(self)
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self._look)

    def watch(self, window: QtWidgets.QMainWindow) -> None:
        """See this one, too; to say it again changes nothing."""
        window.installEventFilter(self)

    def eventFilter(self, watched: QtCore.QObject | None, event: QtCore.QEvent | None) -> bool:  # noqa: N802
        """Qt's."""
        if event is not None and event.type() == QtCore.QEvent.Type.Close:
            self.under_way, self._calm = True, 0
            self._looking.start()
        return False

    def _look(self) -> None:
        self._calm = 0 if QtWidgets.QApplication.activeModalWidget() is not None else self._calm + 1
        if self._calm == CALM_LOOKS:
            self.under_way = False
            self._looking.stop()
