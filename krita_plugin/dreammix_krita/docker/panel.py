"""All of the docker's parts below each other, and what their buttons open."""

from typing import TYPE_CHECKING, Final

from dreammix_krita.docker.action import ActionPart
from dreammix_krita.docker.advanced import Advanced, Ground
from dreammix_krita.docker.parts import GAP_PX, Keys
from dreammix_krita.docker.status import StatusLine
from dreammix_krita.docker.strip import ResultStrip
from dreammix_krita.docker.subjects import SubjectCards
from dreammix_krita.docker.words import WordsPart
from dreammix_krita.facts import Backend
from dreammix_krita.flow.controller import Controller
from dreammix_krita.flow.logs import log_ends
from dreammix_krita.legible import Legible
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.state import Button, Condition, Extra
from dreammix_krita.version import VERSION

if TYPE_CHECKING:
    from dreammix_krita.dialogs.setting_up.dialog import SetUpDialog
    from dreammix_krita.dialogs.settings.dialog import SettingsDialog

NARROWEST_PX: Final = 216
"""Of the parts: with margins and a scroll bar the docker is 240 pixels wide."""
NARROWEST_LETTERS: Final = 30
"""Where letters are larger than usual, so many beside each other are the measure."""
MARGIN_PX: Final = 6
MAX_COPIED_LOG_BYTES: Final = 4096
"""So much of the end of each of the backend's logs is copied with an error."""


class Panel(QtWidgets.QScrollArea):
    """The docker's content: as wide as the docker, scrolled where that is low.

    Args:
        controller: everything that is shown and done.
        services: the plugin's parts, for the dialogs.
    """

    def __init__(self, controller: Controller, services: Services) -> None:
        super().__init__()
        self.setObjectName("dreammix_panel")
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self._controller = controller
        self._services = services
        texts, keys = services.texts, Keys(self)
        self._status = StatusLine(
            texts,
            start=services.keeper.start,
            stop=services.keeper.stop,
            log=lambda: self._open_settings().show_log(),
            settings=self._open_settings,
            library=self._open_library,
        )
        self._subjects = SubjectCards(
            services.shelf, texts, keys, teach=self._open_teach, library=self._open_library
        )
        self._words = WordsPart(controller, services, keys)
        self._ground = Ground(controller, texts)
        self._advanced = Advanced(controller, services, keys)
        self._action = ActionPart(controller, texts, self.press, self._more)
        self._strip = ResultStrip(controller, services.shelf, texts)
        Legible(self)
        body = QtWidgets.QWidget()
        layout = QtWidgets.QVBoxLayout(body)
        layout.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        layout.setSpacing(GAP_PX + 2)
        for part in (
            self._status,
            self._subjects,
            self._words,
            self._ground,
            self._advanced,
            self._action,
            self._strip,
        ):
            layout.addWidget(part)
        layout.addStretch(1)
        self.setWidget(body)
        self._fit()
        # However much changes in one turn of the event loop, it is shown once.
        self._soon = QtCore.QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        controller.changed.connect(self._refresh_soon)
        self.refresh()

    def refresh(self) -> None:
        """Show everything as it is now."""
        shown, keeper = self._controller.shown, self._services.keeper
        words = self._services.texts.say(shown.standing, **shown.values)
        wrong = shown.condition is Condition.ERROR
        self._status.show_state(keeper.state, words, ours=not keeper.remote, wrong=wrong)
        self._subjects.refresh()
        self._words.refresh()
        self._ground.refresh()
        self._advanced.refresh()
        self._action.refresh(shown)
        self._strip.refresh()

    def _refresh_soon(self) -> None:
        self._soon.start(0)

    def press(self, button: Button) -> None:
        """Do what the big button is for."""
        if button is Button.SET_UP:
            self._open_set_up()
        elif button is Button.CANCEL and self._services.keeper.state is Backend.SETTING_UP:
            self._open_set_up().model.cancel()
        elif button in (Button.START, Button.RESTART):
            self._services.keeper.start()
        elif button is Button.SETTINGS:
            self._open_settings()
        elif button is Button.CANCEL:
            self._controller.cancel()
        elif button in (Button.INSERT, Button.UPDATE, Button.RETRY):
            self._controller.insert()

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802 - Qt's
        """Larger letters take more room."""
        super().changeEvent(event)
        if event is not None and event.type() == QtCore.QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        body, bar = self.widget(), self.verticalScrollBar()
        if body is not None and bar is not None:
            narrowest = max(NARROWEST_PX, NARROWEST_LETTERS * self.fontMetrics().averageCharWidth())
            body.setMinimumWidth(narrowest)
            self.setMinimumWidth(narrowest + bar.sizeHint().width())

    # --- when it can be seen ---

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:  # noqa: N802 - Qt's
        """Look at Krita from now on."""
        super().showEvent(event)
        self._controller.open()

    def hideEvent(self, event: QtGui.QHideEvent | None) -> None:  # noqa: N802 - Qt's
        """And no longer."""
        super().hideEvent(event)
        self._controller.rest()

    def enterEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802 - Qt's
        """Who comes here may be about to insert: the canvas shows where that would paint."""
        super().enterEvent(event)
        self._controller.aim(True)

    def leaveEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802 - Qt's
        """Back to painting."""
        super().leaveEvent(event)
        self._controller.aim(False)

    # --- the smaller buttons, and the dialogs: loaded when they are first asked for ---

    def _more(self, extra: Extra) -> None:
        if extra is Extra.GET_SDXL:
            self._open_settings().show_models()
        elif extra is Extra.CANCEL:
            self._controller.cancel()
        elif extra is Extra.INSERT_MORE:
            self._controller.insert()
        elif extra is Extra.DISMISS:
            self._controller.dismiss()
        elif extra is Extra.COPY_DETAILS:
            self._copy_details()

    def _copy_details(self) -> None:
        keeper = self._services.keeper
        trouble = self._controller.trouble or keeper.trouble
        clipboard = QtWidgets.QApplication.clipboard()
        if trouble is not None and clipboard is not None:
            welcome = self._services.client.welcome
            backend = "none" if welcome is None else welcome.version
            details = [f"{trouble}\n{trouble.code}; plugin {VERSION}, backend {backend}"]
            if not keeper.remote:
                ends = log_ends(keeper.folder, MAX_COPIED_LOG_BYTES)
                details += [f"{name}:\n{end}" for name, end in ends.items()]
            clipboard.setText("\n\n".join(details))

    def _open_teach(self, dropped: QtGui.QDropEvent | None) -> None:
        from dreammix_krita import dialogs

        dialog = dialogs.open_teach(self, self._services, tried=self._controller.try_out)
        page = dialog.pages.widget(0)
        if dropped is not None and page is not None:
            page.dropEvent(dropped)

    def _open_library(self) -> None:
        from dreammix_krita import dialogs

        dialogs.open_library(self, self._services, tried=self._controller.try_out)

    def _open_settings(self) -> "SettingsDialog":
        from dreammix_krita import dialogs

        return dialogs.open_settings(self, self._services)

    def _open_set_up(self) -> "SetUpDialog":
        from dreammix_krita import dialogs

        return dialogs.open_set_up(self, self._services)
