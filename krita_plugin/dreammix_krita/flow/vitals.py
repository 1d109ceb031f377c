"""What the backend says of itself: which model paints, and on what; asked anew after each job."""

from dreammix.protocol import DreamMixError
from dreammix.protocol.services import GetHealth, Health, ListLoras, ListModels, Loras, Models
from dreammix_krita.client.client import Client
from dreammix_krita.qt import QtCore


class Vitals(QtCore.QObject):
    """The last that was said.

    Signals:
        changed: `model`, `drafts`, `loras`, or `device`.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self, client: Client, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._health: Health | None = None
        self._models: Models | None = None
        self._loras: tuple[str, ...] = ()
        client.arrived.connect(self.refresh)

    @property
    def model(self) -> str | None:
        """The model that paints next: the loaded one, or the only one that is here; None: it is not known."""
        welcome, health = self._client.welcome, self._health
        loaded = (health and health.model) or (welcome and welcome.model)
        if loaded or self._models is None:
            return loaded or None
        installed = [known.model for known in self._models.models if known.installed]
        return installed[0] if len(installed) == 1 else None

    @property
    def drafts(self) -> bool:
        """Whether that model can paint drafts by a LoRA for few steps."""
        known = () if self._models is None else self._models.models
        return any(info.drafts for info in known if info.model == self.model)

    @property
    def loras(self) -> tuple[str, ...]:
        """The names of other people's LoRAs that can be painted with."""
        return self._loras

    @property
    def device(self) -> str:
        """What computes; empty while no worker has said so."""
        welcome, health = self._client.welcome, self._health
        return (health and health.device) or (welcome and welcome.device) or ""

    def refresh(self) -> None:
        """Ask again."""
        self._client.ask(GetHealth(), self._take_health, _nothing)
        self._client.ask(ListModels(), self._take_models, _nothing)
        if self._client.can("loras"):
            self._client.ask(ListLoras(), self._take_loras, _nothing)

    def _take_health(self, health: Health) -> None:
        self._health = health
        self.changed.emit()

    def _take_models(self, models: Models) -> None:
        self._models = models
        self.changed.emit()

    def _take_loras(self, loras: Loras) -> None:
        self._loras = tuple(known.lora for known in loras.loras)
        self.changed.emit()


def _nothing(_: DreamMixError) -> None:
    """What is only shown is not complained about: it is asked again."""
