"""Where models are fetched from: a mirror, or nothing at all."""

from typing import Final

from dreammix_krita.dialogs.parts.making import field, line
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.dialogs.settings.model import SettingsModel
from dreammix_krita.flow.fetching import USUAL
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import DialogWords
from dreammix_krita.widgets import button, in_order, label, named, say

MAX_FIELD_CHARACTERS: Final = 1024


class FetchingBox(QtWidgets.QWidget):
    """Chooses it for this machine's backend; a studio's is the studio's own."""

    def __init__(self, model: SettingsModel, services: Services) -> None:
        super().__init__()
        self.setObjectName("settings_fetching")
        texts = self._texts = services.texts
        self._model = model
        self._keeper = services.keeper
        preferences = services.settings.value
        self._mirror = line("settings_mirror", texts.say(DialogWords.MIRROR), MAX_FIELD_CHARACTERS)
        self._mirror.setPlaceholderText(USUAL)
        self._mirror.setText(preferences.mirror)
        self._offline = named(QtWidgets.QCheckBox(texts.say(DialogWords.OFFLINE)), "settings_offline")
        self._offline.setChecked(preferences.offline)
        self._save = button("settings_fetch_from", texts.say(DialogWords.SAVE), self._remember)
        self._after = label("settings_fetching_after")
        self._trouble = TroubleBox("settings_fetching_trouble", texts)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        field(texts.say(DialogWords.MIRROR), self._mirror, layout)
        layout.addWidget(self._offline)
        layout.addWidget(self._save, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._after)
        layout.addWidget(self._trouble)
        in_order(self._mirror, self._offline, self._save)
        model.changed.connect(self._show)
        self._show()

    def _remember(self) -> None:
        if self._model.fetch_from(self._mirror.text(), offline=self._offline.isChecked()):
            say(self._after, self._texts.say(DialogWords.SAVED_FOR_START))

    def _show(self) -> None:
        self.setVisible(not self._keeper.remote)
        self._trouble.show_error(self._model.trouble)
