"""The window of the set-up: what will happen before it does, then how far it is. It may be left alone."""

from typing import Final

from dreammix_krita.dialogs.parts.making import says_bytes
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.dialogs.setting_up.model import IN_BYTES, SetUpModel, SetUpState
from dreammix_krita.legible import Legible
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.texts import Catalogue, DialogWords, Words, time_left
from dreammix_krita.widgets import button, embolden, in_order, label, named, say

NAME: Final = "dreammix_set_up_dialog"
SIZE_PX: Final = QtCore.QSize(460, 300)
NARROW_PX: Final = 400
PARTS: Final = 1000
"""Into how many the bar is divided: bytes are too many for it."""
_STAGES: Final = {
    "look": DialogWords.SET_UP_LOOK,
    "uv": DialogWords.SET_UP_UV,
    "python": DialogWords.SET_UP_PYTHON,
    "plan": DialogWords.SET_UP_PLAN,
    "verify": DialogWords.SET_UP_VERIFY,
    "download": DialogWords.SET_UP_DOWNLOAD,
    "install": DialogWords.SET_UP_INSTALL,
    "try": DialogWords.SET_UP_TRY,
}
_STATES: Final = {
    SetUpState.IDLE: DialogWords.SET_UP_BEFORE,
    SetUpState.STOPPING: DialogWords.SET_UP_STOPPING,
    SetUpState.DONE: DialogWords.SET_UP_DONE,
    SetUpState.STOPPED: DialogWords.SET_UP_STOPPED,
    SetUpState.FAILED: DialogWords.SET_UP_FAILED,
}


class SetUpDialog(QtWidgets.QDialog):
    """Shows a `SetUpModel`."""

    def __init__(self, parent: QtWidgets.QWidget | None, model: SetUpModel, texts: Catalogue) -> None:
        super().__init__(parent)
        Legible(self)
        self.setObjectName(NAME)
        self.setWindowTitle(texts.say(Words.SET_UP_BACKEND))
        self.resize(SIZE_PX)
        self.model = model
        self._texts = texts
        self._state = label("set_up_state")
        self._message = label("set_up_message")
        self._bar = named(QtWidgets.QProgressBar(), "set_up_progress", texts.say(Words.SET_UP_BACKEND))
        self._bar.setTextVisible(False)
        self._trouble = TroubleBox("set_up_trouble", texts)
        self._alone = label("set_up_alone", texts.say(DialogWords.SET_UP_ALONE))
        self._start = button("set_up_start", texts.say(Words.SET_UP_BACKEND), model.start)
        self._cancel = button("set_up_cancel", texts.say(Words.CANCEL), model.cancel)
        self._close = button("set_up_close", texts.say(DialogWords.CLOSE), self.close)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._close)
        row.addStretch(1)
        row.addWidget(self._cancel)
        row.addWidget(self._start)
        layout = QtWidgets.QVBoxLayout(self)
        for widget in (self._state, self._message, self._bar, self._trouble, self._alone):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addLayout(row)
        in_order(self._start, self._cancel, self._close)
        model.changed.connect(self._show)
        self._show()
        self._start.setFocus()

    @property
    def busy(self) -> bool:
        """Whether it is under way, so that the window must not be thrown away."""
        return self.model.running

    def closeEvent(self, event: QtGui.QCloseEvent | None) -> None:  # noqa: N802 - Qt's
        """It goes on behind the scenes; the docker says how far it is."""
        if event is not None:
            event.accept()  # Qt's own way would ask `reject`, which comes here.
        if not self.busy:
            self.deleteLater()

    def reject(self) -> None:
        """The Escape key closes as any other way does."""
        self.close()

    def _show(self) -> None:
        model = self.model
        running = model.running
        say(self._state, says_state(model, self._texts))
        embolden(self._state, model.state is not SetUpState.IDLE)
        say(self._message, model.step.message if running and model.step is not None else "")
        self._bar.setVisible(running)
        self._show_bar()
        self._trouble.show_error(model.trouble)
        self._alone.setVisible(running)
        self._start.setVisible(not running and model.state is not SetUpState.DONE)
        begun = model.state not in (SetUpState.IDLE, SetUpState.DONE)
        self._start.setText(self._texts.say(Words.TRY_AGAIN if begun else Words.SET_UP_BACKEND))
        self._cancel.setVisible(running)
        self._cancel.setEnabled(model.state is SetUpState.RUNNING)
        self._grow()

    def _grow(self) -> None:
        """Have room for all that is told; larger letters take more."""
        layout = self.layout()
        if layout is not None:
            self.setMinimumWidth(max(NARROW_PX, layout.minimumSize().width()))
            needed = layout.totalHeightForWidth(max(self.width(), self.minimumWidth()))
            self.setMinimumHeight(needed)

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:  # noqa: N802 - Qt's
        """A narrower window breaks its texts into more lines."""
        super().resizeEvent(event)
        self._grow()

    def _show_bar(self) -> None:
        step = self.model.step
        if step is None or not step.total:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, PARTS)
            self._bar.setValue(min(PARTS, PARTS * step.done // step.total))


def says_state(model: SetUpModel, texts: Catalogue) -> str:
    """Where it stands: what it does, how much of it is done, and how long that will take."""
    step = model.step
    if model.state in _STATES:
        return texts.say(_STATES[model.state])
    words = None if step is None else _STAGES.get(step.stage)
    if step is None or words is None:
        return texts.say(DialogWords.SET_UP_BEGINS)
    said = texts.say(words)
    if step.total:
        shown = says_bytes if step.stage in IN_BYTES else str
        said += f": {texts.say(DialogWords.DONE_OF, done=shown(step.done), all=shown(step.total))}"
    if model.seconds_left is not None:
        said += f", {texts.say(DialogWords.LEFT, time=time_left(texts, model.seconds_left))}"
    return said
