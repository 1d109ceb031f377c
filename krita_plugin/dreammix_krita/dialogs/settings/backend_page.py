"""The settings' first page: which backend, how it is, its log; one elsewhere by address and access code."""

from collections.abc import Callable, Mapping
from typing import Final

from dreammix_krita.dialogs.parts.flow import flowing
from dreammix_krita.dialogs.parts.making import Page, field, line, says_bytes
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.dialogs.settings.memory import Memory
from dreammix_krita.dialogs.settings.model import SettingsModel
from dreammix_krita.facts import Backend
from dreammix_krita.qt import QtGui, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import DialogWords, Key, Words, device_name
from dreammix_krita.widgets import button, in_order, label, named, say

MAX_FIELD_CHARACTERS: Final = 1024
LOG_PX: Final = 150
_STATES: Final[Mapping[Backend, Key]] = {
    Backend.MISSING: Words.NO_BACKEND,
    Backend.SETTING_UP: Words.SETTING_UP,
    Backend.STOPPED: Words.STOPPED,
    Backend.STARTING: Words.STARTING,
    Backend.LOST: Words.LOST,
    Backend.OUTDATED: Words.OUTDATED,
    Backend.REFUSED: Words.REFUSED,
    Backend.READY: DialogWords.CONNECTED,
}


class BackendPage(Page):
    """Shows how it stands with the backend.

    Args:
        model: asks it.
        services: the plugin's.
        set_up: opens the set-up.
    """

    def __init__(self, model: SettingsModel, services: Services, set_up: Callable[[], object]) -> None:
        super().__init__("settings_backend")
        texts = self._texts = services.texts
        self._model = model
        self._keeper = services.keeper
        preferences = services.settings.value
        layout = self.inside
        self._state = label("settings_state", bold=True)
        self._health = label("settings_health")
        self._trouble = TroubleBox("settings_backend_trouble", texts)
        self._memory = Memory(model, texts)
        self._set_up = button("settings_set_up", texts.say(Words.SET_UP_BACKEND), set_up)
        self._start = button("settings_start", texts.say(Words.START_BACKEND), self._keeper.start)
        self._stop = button("settings_stop", texts.say(Words.STOP_BACKEND), self._keeper.stop)
        self._log = button("settings_log", texts.say(DialogWords.SHOW_LOG), self._read_log)
        self._log.setCheckable(True)
        actions = (self._set_up, self._start, self._stop, self._log)
        self._text = named(QtWidgets.QPlainTextEdit(), "settings_log_text", texts.say(DialogWords.SHOW_LOG))
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setFixedHeight(LOG_PX)
        self._text.setFont(QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont))
        self._text.hide()
        self._here = named(QtWidgets.QRadioButton(texts.say(DialogWords.ON_THIS_COMPUTER)), "settings_local")
        self._there = named(QtWidgets.QRadioButton(texts.say(DialogWords.AT_A_STUDIO)), "settings_remote")
        self._place = line("settings_address", texts.say(DialogWords.ADDRESS), MAX_FIELD_CHARACTERS)
        self._place.setPlaceholderText("studio.lan:8443")
        self._place.setText(preferences.remote)
        self._token = line("settings_token", texts.say(DialogWords.ACCESS_CODE), MAX_FIELD_CHARACTERS)
        self._token.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
        self._token.setText(preferences.token)
        self._certificate = line(
            "settings_certificate", texts.say(DialogWords.CERTIFICATE), MAX_FIELD_CHARACTERS
        )
        self._certificate.setText(preferences.certificate)
        self._browse = button("settings_browse", texts.say(DialogWords.BROWSE), self._choose_certificate)
        self._connect = button("settings_connect", texts.say(DialogWords.CONNECT), self._use_remote)
        (self._there if self._keeper.remote else self._here).setChecked(True)
        self._here.clicked.connect(self._use_local)
        self._there.toggled.connect(self._show)
        self._studio = named(QtWidgets.QWidget(), "settings_studio")
        studio = QtWidgets.QVBoxLayout(self._studio)
        studio.setContentsMargins(20, 0, 0, 0)
        field(texts.say(DialogWords.ADDRESS), self._place, studio)
        field(texts.say(DialogWords.ACCESS_CODE), self._token, studio)
        field(texts.say(DialogWords.CERTIFICATE), self._certificate, studio)
        studio.addWidget(flowing("settings_studio_actions", self._browse, self._connect))
        layout.addWidget(self._state)
        layout.addWidget(self._health)
        layout.addWidget(self._trouble)
        layout.addWidget(self._memory)
        layout.addWidget(flowing("settings_backend_actions", *actions))
        layout.addWidget(self._text)
        layout.addWidget(self._here)
        layout.addWidget(self._there)
        layout.addWidget(self._studio)
        layout.addStretch(1)
        in_order(*actions, self._text, self._here, self._there, self._place, self._token)
        in_order(self._token, self._certificate, self._browse, self._connect)
        model.changed.connect(self._show)
        self._show()

    def _show(self, *_: object) -> None:
        keeper, state, remote = self._keeper, self._keeper.state, self._keeper.remote
        say(self._state, self._texts.say(_STATES[state], step=keeper.step))
        say(self._health, self._says_health())
        self._memory.refresh()
        self._trouble.show_error(self._model.trouble or keeper.trouble)
        self._set_up.setVisible(not remote and state is Backend.MISSING)
        self._start.setVisible(not remote and state in (Backend.STOPPED, Backend.LOST))
        self._stop.setVisible(not remote and state in (Backend.READY, Backend.LOST))
        self._log.setVisible(not remote)
        self._studio.setVisible(self._there.isChecked())

    def _says_health(self) -> str:
        health = self._model.health
        if health is None:
            return ""
        return self._texts.say(
            DialogWords.HEALTH,
            device=device_name(health.device or "") or "?",
            memory=says_bytes(health.memory_bytes),
            free=says_bytes(health.disk_free_bytes),
            running=health.jobs_running,
            waiting=health.jobs_waiting,
        )

    def show_log(self) -> None:
        """Show what the backend has written down."""
        self._log.setChecked(True)
        self._read_log()

    def _read_log(self) -> None:
        shown = self._log.isChecked()
        if shown:
            self._text.setPlainText(self._model.log() or self._texts.say(DialogWords.LOG_EMPTY))
            self._text.moveCursor(QtGui.QTextCursor.MoveOperation.End)
        self._text.setVisible(shown)

    def _use_local(self) -> None:
        if self._keeper.remote:
            self._model.use_local()

    def _use_remote(self) -> None:
        self._model.use_remote(self._place.text(), self._token.text(), self._certificate.text())

    def _choose_certificate(self) -> None:
        path, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, self._texts.say(DialogWords.CERTIFICATE), "", "*.pem *.crt *.cer"
        )
        if path:
            self._certificate.setText(path)
