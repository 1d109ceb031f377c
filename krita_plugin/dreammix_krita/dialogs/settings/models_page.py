"""The models, and what they need besides: which are here, which is ready; what can be done about one."""

from collections.abc import Iterable
from typing import Final

from dreammix.protocol.services import ModelInfo
from dreammix_krita.dialogs.parts.flow import flowing
from dreammix_krita.dialogs.parts.making import says_bytes
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.dialogs.settings.models import Doing, ModelsModel
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.texts import Catalogue, DialogWords
from dreammix_krita.widgets import button, in_order, label, named, say

PARTS: Final = 1000
"""Into how many the bar is divided: bytes are too many for it."""
_MODEL: Final = QtCore.Qt.ItemDataRole.UserRole
_DOING: Final = {
    Doing.LOADING: DialogWords.MODEL_LOADING,
    Doing.FETCHING: DialogWords.MODEL_FETCHING,
    Doing.CHECKING: DialogWords.MODEL_CHECKING,
    Doing.REMOVING: DialogWords.MODEL_REMOVING,
}


class ModelsPage(QtWidgets.QWidget):
    """Lists the backend's models and passes clicks on.

    Args:
        model: asks the backend.
        texts: the plugin's.
        sources: say where they come from.
    """

    def __init__(self, model: ModelsModel, texts: Catalogue, sources: Iterable[QtWidgets.QWidget]) -> None:
        super().__init__()
        self.setObjectName("settings_models")
        self._model = model
        self._texts = texts
        self._empty = label("settings_no_models", texts.say(DialogWords.NO_MODELS))
        self._list = named(QtWidgets.QListWidget(), "settings_model_list", texts.say(DialogWords.MODELS_TAB))
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentItemChanged.connect(self._choose)
        self._about = label("settings_model_about")
        self._bar = named(
            QtWidgets.QProgressBar(), "settings_model_progress", texts.say(DialogWords.MODEL_FETCHING)
        )
        self._bar.setTextVisible(False)
        self._get = button("settings_get", texts.say(DialogWords.GET_MODEL), lambda: self._do(Doing.FETCHING))
        self._stop = button("settings_stop_fetch", texts.say(DialogWords.STOP_FETCH), self._stop_chosen)
        self._load = button(
            "settings_load", texts.say(DialogWords.LOAD_MODEL), lambda: self._do(Doing.LOADING)
        )
        self._check = button(
            "settings_check", texts.say(DialogWords.CHECK_MODEL), lambda: self._do(Doing.CHECKING)
        )
        self._remove = button("settings_remove", texts.say(DialogWords.REMOVE_MODEL), self._ask_first)
        self._sure = button(
            "settings_remove_sure", texts.say(DialogWords.REMOVE_SURE), lambda: self._do(Doing.REMOVING)
        )
        self._asked = False
        actions = (self._load, self._get, self._stop, self._check, self._remove, self._sure)
        self._trouble = TroubleBox("settings_models_trouble", texts)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._about)
        layout.addWidget(self._bar)
        layout.addWidget(flowing("settings_model_actions", *actions))
        layout.addWidget(self._trouble)
        for source in sources:
            layout.addWidget(source)
        in_order(self._list, *actions)
        self._drawn: list[str] = []
        model.changed.connect(self._show)
        self._show()

    # --- what is shown ---

    def _show(self) -> None:
        models = self._listed()
        drawn = [f"{info.model}: {self._says_state(info)}" for info in models]
        if [info.model for info in models] != self._names():
            row = max(0, self._list.currentRow())
            self._list.clear()
            for info in models:
                item = QtWidgets.QListWidgetItem()
                item.setData(_MODEL, info.model)
                self._list.addItem(item)
            self._list.setCurrentRow(min(row, len(models) - 1))
        for row, text in enumerate(drawn):
            item_there = self._list.item(row)
            if item_there is not None:
                item_there.setText(text)
        self._empty.setVisible(not models)
        self._trouble.show_error(self._model.trouble)
        self._show_chosen()

    def _listed(self) -> tuple[ModelInfo, ...]:
        return (*self._model.models, *self._model.extras)

    def _names(self) -> list[str]:
        items = (self._list.item(row) for row in range(self._list.count()))
        return [item.data(_MODEL) for item in items if item is not None]

    def _says_state(self, info: ModelInfo) -> str:
        doing = self._model.state(info)
        if doing is not None:
            return self._texts.say(_DOING[doing])
        if info.loaded:
            return self._texts.say(DialogWords.MODEL_LOADED)
        if info.model in self._model.sound:
            return self._texts.say(DialogWords.MODEL_SOUND)
        return self._texts.say(DialogWords.MODEL_HERE if info.installed else DialogWords.MODEL_NOT_HERE)

    def _show_chosen(self) -> None:
        info = self._chosen()
        doing = None if info is None else self._model.state(info)
        free = info is not None and doing is None
        here = info is not None and info.installed
        say(self._about, "" if info is None else self._says_about(info))
        self._show_bar(info if doing is Doing.FETCHING else None)
        self._get.setVisible(info is not None and not here and doing is not Doing.FETCHING)
        self._stop.setVisible(doing is Doing.FETCHING)
        self._load.setVisible(here and info in self._model.models)
        self._load.setEnabled(free and info is not None and not info.loaded)
        # Of what nobody fetched (the built-in model, the artist's own) the size is not told, and it stays.
        kept = here and info is not None and info.size_bytes is not None
        self._check.setVisible(here)
        self._check.setEnabled(free)
        self._remove.setVisible(kept and not self._asked)
        self._remove.setEnabled(free)
        self._sure.setVisible(kept and self._asked)

    def _says_about(self, info: ModelInfo) -> str:
        said = [info.summary]
        if info.size_bytes is not None:
            said.append(self._texts.say(DialogWords.MODEL_SIZE, size=says_bytes(info.size_bytes)))
        if info.licence is not None:
            said.append(self._texts.say(DialogWords.MODEL_LICENCE, licence=info.licence))
        if info.fetched_bytes is not None and info.fetching_bytes:
            done, all_ = says_bytes(info.fetched_bytes), says_bytes(info.fetching_bytes)
            said.append(self._texts.say(DialogWords.DONE_OF, done=done, all=all_))
        return "\n".join(said)

    def _show_bar(self, info: ModelInfo | None) -> None:
        self._bar.setVisible(info is not None)
        if info is None or info.fetched_bytes is None or not info.fetching_bytes:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, PARTS)
            self._bar.setValue(min(PARTS, PARTS * info.fetched_bytes // info.fetching_bytes))

    # --- what is done ---

    def _chosen(self) -> ModelInfo | None:
        item = self._list.currentItem()
        name = None if item is None else item.data(_MODEL)
        return next((info for info in self._listed() if info.model == name), None)

    def _choose(self, *_: object) -> None:
        self._asked = False
        self._show_chosen()

    def _ask_first(self) -> None:
        """Gigabytes are not removed by one click."""
        self._asked = True
        self._show_chosen()
        self._sure.setFocus()

    def _do(self, doing: Doing) -> None:
        info = self._chosen()
        self._asked = False
        if info is not None:
            self._model.do(info.model, doing)

    def _stop_chosen(self) -> None:
        info = self._chosen()
        if info is not None:
            self._model.stop(info.model)
