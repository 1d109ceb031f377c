"""The backend's models and what they need besides: what is done about one, how far a fetch has come."""

from typing import Final

from dreammix.protocol import DreamMixError
from dreammix.protocol.services import (
    ListExtras,
    ListModels,
    LoadModel,
    ManageModel,
    ModelInfo,
    ModelOrder,
    Models,
)
from dreammix.protocol.words import Word
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.qt import QtCore

LOOK_INTERVAL_MS: Final = 1000
"""How often it is asked how far a fetch has come."""


class Doing(Word):
    """What is done about a model while the artist waits."""

    LOADING = "loading"
    FETCHING = "fetching"
    CHECKING = "checking"
    REMOVING = "removing"


_ORDERS: Final = {
    Doing.FETCHING: ModelOrder.PULL,
    Doing.CHECKING: ModelOrder.VERIFY,
    Doing.REMOVING: ModelOrder.REMOVE,
}


class ModelsModel(QtCore.QObject):
    """The models, kept up to date while one is being fetched. It has no owner in Qt.

    Attributes:
        models: all that are known.
        extras: what paints nothing by itself, and lets models do more; none of an older backend.
        doing: what this window has asked for and has no answer to yet, by model.
        sound: the models whose files were found to be whole.
        trouble: what went wrong last.

    Signals:
        changed: any of these.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.models: tuple[ModelInfo, ...] = ()
        self.extras: tuple[ModelInfo, ...] = ()
        self.doing: dict[str, Doing] = {}
        self.sound: frozenset[str] = frozenset()
        self.trouble: DreamMixError | None = None
        self._client = client
        self._look = QtCore.QTimer(self)
        self._look.setInterval(LOOK_INTERVAL_MS)
        self._look.timeout.connect(self.refresh)
        client.changed.connect(self._see)

    def state(self, info: ModelInfo) -> Doing | None:
        """What is done about a model, by this window or since an earlier one."""
        return self.doing.get(info.model) or (Doing.FETCHING if info.fetched_bytes is not None else None)

    def refresh(self) -> None:
        """Ask which there are."""
        if self._client.phase is Phase.READY:
            self._client.ask(ListModels(), self._take, self._quiet)
            self._client.ask(ListExtras(), self._take_extras, self._quiet)

    def do(self, model: str, doing: Doing) -> None:
        """Do something about a model, if nothing is done about it yet."""
        if model in self.doing:
            return

        def done(_: ModelInfo) -> None:
            self.trouble = None
            self.sound = self.sound | {model} if doing is Doing.CHECKING else self.sound - {model}
            self._end(model)

        def failed(error: DreamMixError) -> None:
            self.trouble = error
            self.sound -= {model}
            self._end(model)

        self.doing[model] = doing
        order = _ORDERS.get(doing)
        ask = LoadModel(model) if order is None else ManageModel(model, order)
        self._client.ask(ask, done, failed)
        if doing is Doing.FETCHING:
            self._look.start()
        self.changed.emit()

    def stop(self, model: str) -> None:
        """End a fetch; what has come is kept."""
        self._client.ask(ManageModel(model, ModelOrder.STOP), lambda _: self.refresh(), self._fail)

    def close(self) -> None:
        """The window is gone: ask no more. A fetch goes on."""
        self._look.stop()

    def _take(self, models: Models) -> None:
        self.models = models.models
        self._follow()

    def _take_extras(self, models: Models) -> None:
        self.extras = models.models
        self._follow()

    def _follow(self) -> None:
        """Look again as long as something is being fetched."""
        if any(info.fetched_bytes is not None for info in (*self.models, *self.extras)):
            self._look.start()
        elif Doing.FETCHING not in self.doing.values():
            self._look.stop()
        self.changed.emit()

    def _end(self, model: str) -> None:
        self.doing.pop(model, None)
        self.refresh()
        self.changed.emit()

    def _see(self) -> None:
        if self._client.phase is not Phase.READY:
            self.models = self.extras = ()
            self.changed.emit()
        elif not self.models:
            self.refresh()

    def _fail(self, error: DreamMixError) -> None:
        self.trouble = error
        self.changed.emit()

    def _quiet(self, error: DreamMixError) -> None:
        """What nobody clicked for is not complained about."""
