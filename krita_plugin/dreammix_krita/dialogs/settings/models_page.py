"""The base models: which there are, which are here, and which is ready to paint."""

from typing import Final

from dreammix_krita.dialogs.parts.flow import flowing
from dreammix_krita.dialogs.parts.making import button, in_order, label, named, say
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.dialogs.settings.model import SettingsModel
from dreammix_krita.protocol import ModelInfo
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.texts import Catalogue, DialogWords

_MODEL: Final = QtCore.Qt.ItemDataRole.UserRole


class ModelsPage(QtWidgets.QWidget):
    """Lists the backend's models and passes clicks on."""

    def __init__(self, model: SettingsModel, texts: Catalogue) -> None:
        super().__init__()
        self.setObjectName("settings_models")
        self._model = model
        self._texts = texts
        self._empty = label("settings_no_models", texts.say(DialogWords.NO_MODELS))
        self._list = named(QtWidgets.QListWidget(), "settings_model_list", texts.say(DialogWords.MODELS_TAB))
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentItemChanged.connect(self._show_chosen)
        self._about = label("settings_model_about")
        self._load = button("settings_load", texts.say(DialogWords.LOAD_MODEL), self._load_chosen)
        self._trouble = TroubleBox("settings_models_trouble", texts)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._about)
        layout.addWidget(flowing("settings_model_actions", self._load))
        layout.addWidget(self._trouble)
        in_order(self._list, self._load)
        self._drawn: tuple[object, ...] = ()
        model.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        model = self._model
        drawn = (*model.models, model.loading)
        if drawn != self._drawn:
            self._drawn = drawn
            row = max(0, self._list.currentRow())
            self._list.clear()
            for info in model.models:
                item = QtWidgets.QListWidgetItem(f"{info.model}: {self._says(info)}")
                item.setData(_MODEL, info.model)
                self._list.addItem(item)
            self._list.setCurrentRow(min(row, len(model.models) - 1))
        self._empty.setVisible(not model.models)
        self._trouble.show_error(model.trouble)
        self._show_chosen()

    def _says(self, info: ModelInfo) -> str:
        if info.model == self._model.loading:
            return self._texts.say(DialogWords.MODEL_LOADING)
        if info.loaded:
            return self._texts.say(DialogWords.MODEL_LOADED)
        return self._texts.say(DialogWords.MODEL_HERE if info.installed else DialogWords.MODEL_NOT_HERE)

    def _chosen(self) -> ModelInfo | None:
        item = self._list.currentItem()
        name = None if item is None else item.data(_MODEL)
        return next((info for info in self._model.models if info.model == name), None)

    def _show_chosen(self, *_: object) -> None:
        info = self._chosen()
        say(self._about, "" if info is None else info.summary)
        self._load.setEnabled(
            info is not None and info.installed and not info.loaded and self._model.loading is None
        )

    def _load_chosen(self) -> None:
        info = self._chosen()
        if info is not None:
            self._model.load(info.model)
