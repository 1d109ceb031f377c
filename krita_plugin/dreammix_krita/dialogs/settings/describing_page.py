"""Who looks at a subject's pictures and says what they show; and whether they leave this computer for it."""

from typing import Final

from dreammix_krita.dialogs.parts.making import Page, field, line
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.dialogs.settings.model import SettingsModel
from dreammix_krita.flow.describing import DescriberKind
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import DialogWords
from dreammix_krita.widgets import button, in_order, label, named, say

MAX_FIELD_CHARACTERS: Final = 1024
_KINDS: Final = {
    DescriberKind.CLIP: DialogWords.DESCRIBER_CLIP,
    DescriberKind.LOCAL: DialogWords.DESCRIBER_LOCAL,
    DescriberKind.OPENAI: DialogWords.DESCRIBER_OPENAI,
    DescriberKind.BY_HAND: DialogWords.DESCRIBER_BY_HAND,
}


class DescribingPage(Page):
    """Chooses the describer of this machine's backend; a studio's is the studio's own."""

    def __init__(self, model: SettingsModel, services: Services) -> None:
        super().__init__("settings_describing")
        texts = self._texts = services.texts
        self._model = model
        self._keeper = services.keeper
        preferences = services.settings.value
        layout = self.inside
        self._now = label("settings_describer_now")
        self._kind = named(QtWidgets.QComboBox(), "settings_describer", texts.say(DialogWords.DESCRIBER))
        for kind, words in _KINDS.items():
            self._kind.addItem(texts.say(words), str(kind))
        self._kind.setSizeAdjustPolicy(
            QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._kind.setCurrentIndex(max(0, self._kind.findData(preferences.describer)))
        self._endpoint = line("settings_endpoint", texts.say(DialogWords.ADDRESS), MAX_FIELD_CHARACTERS)
        self._endpoint.setPlaceholderText("http://localhost:11434/v1")
        self._endpoint.setText(preferences.describer_endpoint)
        self._name = line("settings_vlm", texts.say(DialogWords.MODEL), MAX_FIELD_CHARACTERS)
        self._name.setText(preferences.describer_model)
        self._key = line("settings_key", texts.say(DialogWords.KEY), MAX_FIELD_CHARACTERS)
        self._key.setEchoMode(QtWidgets.QLineEdit.EchoMode.Password)
        self._key.setText(preferences.describer_key)
        self._choose = button(
            "settings_choose_vlm", texts.say(DialogWords.CHOOSE_FOLDER), self._choose_folder
        )
        self._folder = line("settings_vlm_folder", texts.say(DialogWords.MODEL), MAX_FIELD_CHARACTERS)
        self._folder.setText(preferences.describer_folder)
        self._own = named(QtWidgets.QWidget(), "settings_own_vlm")
        own = QtWidgets.QVBoxLayout(self._own)
        own.setContentsMargins(20, 0, 0, 0)
        field(texts.say(DialogWords.MODEL), self._folder, own)
        own.addWidget(self._choose, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        self._service = named(QtWidgets.QWidget(), "settings_service")
        service = QtWidgets.QVBoxLayout(self._service)
        service.setContentsMargins(20, 0, 0, 0)
        field(texts.say(DialogWords.ADDRESS), self._endpoint, service)
        field(texts.say(DialogWords.MODEL), self._name, service)
        field(texts.say(DialogWords.KEY), self._key, service)
        service.addWidget(label("settings_key_kept", texts.say(DialogWords.KEY_KEPT)))
        self._forget = button("settings_forget_key", texts.say(DialogWords.KEY_FORGET), self._forget_key)
        service.addWidget(self._forget, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        self._warning = label("settings_leaves", texts.say(DialogWords.PICTURES_LEAVE))
        self._save = button("settings_describe_with", texts.say(DialogWords.SAVE), self._remember)
        self._after = label("settings_describer_after")
        self._trouble = TroubleBox("settings_describing_trouble", texts)
        layout.addWidget(label("settings_describing_hint", texts.say(DialogWords.DESCRIBING_HINT)))
        layout.addWidget(self._now)
        field(texts.say(DialogWords.DESCRIBER), self._kind, layout)
        layout.addWidget(self._own)
        layout.addWidget(self._service)
        layout.addWidget(self._warning)
        layout.addWidget(self._save, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._after)
        layout.addWidget(self._trouble)
        layout.addStretch(1)
        in_order(
            self._kind,
            self._folder,
            self._choose,
            self._endpoint,
            self._name,
            self._key,
            self._forget,
            self._save,
        )
        self._kind.currentIndexChanged.connect(self._show)
        self._endpoint.textChanged.connect(self._show_key)
        model.changed.connect(self._show)
        self._show()

    def _remember(self) -> None:
        kind = str(self._kind.currentData())
        if kind == DescriberKind.LOCAL:
            saved = self._model.describe_in(self._folder.text())
        else:
            told = (self._endpoint.text(), self._name.text(), self._key.text())
            saved = self._model.describe_with(kind, *told)
        if saved:
            say(self._after, self._texts.say(DialogWords.SAVED_FOR_START))

    def _choose_folder(self) -> None:
        path = QtWidgets.QFileDialog.getExistingDirectory(self, self._texts.say(DialogWords.CHOOSE_FOLDER))
        if path:
            self._folder.setText(path)

    def _forget_key(self) -> None:
        def forgotten() -> None:
            self._key.clear()
            say(self._after, self._texts.say(DialogWords.KEY_FORGOTTEN))

        self._model.forget_key(self._endpoint.text(), forgotten)

    def _show_key(self, *_: object) -> None:
        """One in the keyring is not shown again; another one may be written."""
        kept = self._model.has_key(self._endpoint.text())
        self._key.setPlaceholderText(self._texts.say(DialogWords.KEY_IN_RING) if kept else "")
        self._forget.setVisible(self._model.knows_key(self._endpoint.text()))
        self._forget.setEnabled(not self._model.forgetting)

    def _show(self, *_: object) -> None:
        remote, health = self._keeper.remote, self._model.health
        service = self._kind.currentData() == DescriberKind.OPENAI
        told = health is not None and health.describer_remote
        if remote:
            now = self._texts.say(DialogWords.DESCRIBER_OF_STUDIO)
        elif health is not None and told:
            now = self._texts.say(DialogWords.SUGGEST_REMOTE, where=health.describer)
        else:
            now = "" if health is None else self._texts.say(DialogWords.SUGGEST_LOCAL)
        say(self._now, now)
        self._own.setVisible(self._kind.currentData() == DescriberKind.LOCAL)
        self._service.setVisible(service)
        self._warning.setVisible(service)
        for widget in (self._kind, self._own, self._service, self._save):
            widget.setEnabled(not remote)
        self._trouble.show_error(self._model.trouble)
        self._show_key()
