"""An artist's own models: the folder that they are put into, opened in the system's file manager."""

from dreammix_krita.dialogs.settings.model import SettingsModel
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import DialogWords
from dreammix_krita.widgets import button, label


class OwnModelsBox(QtWidgets.QWidget):
    """Says how one is added, where the backend is this machine's; a studio's models are the studio's own."""

    def __init__(self, model: SettingsModel, services: Services) -> None:
        super().__init__()
        self.setObjectName("settings_own_models")
        texts = services.texts
        self._keeper = services.keeper
        open_folder = button(
            "settings_open_models",
            texts.say(DialogWords.OPEN_MODELS),
            model.open_own_models,
            tip=str(services.keeper.own_models),
        )
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label("settings_own_models_hint", texts.say(DialogWords.OWN_MODELS_HINT)))
        layout.addWidget(open_folder, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        model.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self.setVisible(not self._keeper.remote)
