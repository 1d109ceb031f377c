"""What the settings dialog does beside changing preferences: the backend's health and log."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dreammix.protocol import DreamMixError, InvalidRequest, OutputFailure, Profile
from dreammix.protocol.services import ChooseProfile, GetHealth, Health
from dreammix_krita.client.client import Phase
from dreammix_krita.flow.addresses import is_address
from dreammix_krita.flow.describing import DescriberKind
from dreammix_krita.flow.fetching import is_mirror
from dreammix_krita.flow.keyring import host_of
from dreammix_krita.flow.logs import log_ends
from dreammix_krita.qt import QtCore, QtGui
from dreammix_krita.services import Services

PROCESSOR: Final = "cpu"
"""What a backend calls it that has no card."""
MAX_LOG_BYTES: Final = 64 * 1024
"""So much of a log's end is shown."""
_PLACE: Final = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")


class SettingsModel(QtCore.QObject):
    """What the settings dialog shows beside the preferences. It has no owner in Qt.

    Attributes:
        health: how the backend is; None while there is none.
        trouble: what went wrong last.
        forgetting: whether the keyring is letting a key go.

    Signals:
        changed: any of these, or how it stands with the backend.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.health: Health | None = None
        self.trouble: DreamMixError | None = None
        self.forgetting = False
        self._services = services
        services.keeper.changed.connect(self._see)

    @property
    def ready(self) -> bool:
        """Whether there is a backend to ask."""
        return self._services.client.phase is Phase.READY

    def refresh(self) -> None:
        """Ask the backend how it is."""
        if self.ready:
            self._services.client.ask(GetHealth(), self._take_health, self._fail)

    # --- the backend ---

    @property
    def chooses_profile(self) -> bool:
        """Whether there is something to choose: on the processor nothing can wait elsewhere."""
        device = self.health.device if self.health is not None else None
        return self.ready and device not in (None, PROCESSOR) and self._services.client.can("profiles")

    def choose_profile(self, profile: Profile | None) -> None:
        """Have models lie so in the card's memory; None: as fits."""

        def chosen(health: Health) -> None:
            self.trouble = None
            self._take_health(health)

        self._services.client.ask(ChooseProfile(profile), chosen, self._fail)

    def use_local(self) -> None:
        """Work with the backend of this machine."""
        self._services.settings.change(remote="")
        self._done()
        self._services.keeper.begin()

    def use_remote(self, place: str, token: str, certificate: str) -> bool:
        """Work with a backend elsewhere; whether it can be tried."""
        place, token, certificate = place.strip(), token.strip(), certificate.strip()
        found = _PLACE.fullmatch(place)
        if found is None or not 0 < int(found[2]) < 1 << 16:
            return self._refuse(
                "The address cannot be used", f"{place!r} is no host and port", "Write it as studio.lan:8443"
            )
        if not token:
            return self._refuse(
                "The access code is missing", "a studio lets nobody in without", "Ask whoever runs it"
            )
        if certificate and not Path(certificate).is_file():
            return self._refuse(
                "The certificate cannot be found", f"there is no file {certificate}", "Choose the file again"
            )
        self._services.settings.change(remote=place, token=token, certificate=certificate)
        self._done()
        self._services.keeper.begin()
        return True

    def log(self) -> str:
        """The end of the backend's log; of its start, where there is no other."""
        return next(iter(log_ends(self._services.keeper.folder, MAX_LOG_BYTES).values()), "")

    # --- who describes ---

    def describe_with(self, kind: str, endpoint: str, model: str, key: str) -> bool:
        """Remember who describes pictures; whether that is possible. The backend learns it at its start.

        A key goes into the system's keyring; where there is none, into the plugin's own file.
        """
        endpoint, model, key = endpoint.strip(), model.strip(), key.strip()
        if kind == DescriberKind.OPENAI:
            if not is_address(endpoint, "http", "https"):
                return self._refuse(
                    "The service's address cannot be used",
                    "it must look like https://server.example/v1",
                    "Correct the address",
                )
            if not model:
                return self._refuse(
                    "The service's model is missing", "there is no usual one", "Name the model to ask"
                )
        self._services.settings.change(
            describer=kind, describer_endpoint=endpoint, describer_model=model, describer_key=""
        )
        if kind == DescriberKind.OPENAI and key:
            self._services.keeper.keyring.put(host_of(endpoint), key, lambda kept: self._keep(key, kept))
        self._done()
        return True

    def describe_in(self, folder: str) -> bool:
        """Remember that a model in a folder of this machine describes pictures; whether that is possible."""
        place = Path(folder.strip())
        if not (place.is_absolute() and (place / "config.json").is_file()):
            return self._refuse(
                "There is no model in that folder",
                "it has no config.json",
                "Choose the folder of a vision-language model",
            )
        self._services.settings.change(describer=DescriberKind.LOCAL.value, describer_folder=str(place))
        self._done()
        return True

    def _keep(self, key: str, kept: bool) -> None:
        settings = self._services.settings
        if kept:
            settings.change(describer_keyed=host_of(settings.value.describer_endpoint))
        else:
            settings.change(describer_key=key)
        self.changed.emit()

    def forget_key(self, endpoint: str, forgotten: Callable[[], None]) -> None:
        """Keep no key for that service; `forgotten` follows where that was possible."""
        settings, keyed = self._services.settings, self.has_key(endpoint)

        def end(gone: bool) -> None:
            self.forgetting = False
            if not gone:
                self._refuse(
                    "The key could not be forgotten",
                    "the system's keyring did not let it go",
                    "Unlock the keyring and try again, or delete the key with the system's own program",
                )
                return
            settings.change(describer_key="", describer_keyed="" if keyed else settings.value.describer_keyed)
            self._done()
            forgotten()

        if keyed:
            self.forgetting = True
            self._services.keeper.keyring.forget(host_of(endpoint.strip()), end)
            self.changed.emit()
        else:
            end(True)

    def knows_key(self, endpoint: str) -> bool:
        """Whether one is kept for that service, in the keyring or in the plugin's own file."""
        return self.has_key(endpoint) or bool(self._services.settings.value.describer_key)

    def has_key(self, endpoint: str) -> bool:
        """Whether the keyring keeps a key for that service."""
        keyed = self._services.settings.value.describer_keyed
        return bool(keyed) and keyed == host_of(endpoint.strip())

    # --- where models come from ---

    def open_own_models(self) -> None:
        """Show the folder of the artist's own models, made if it is missing, in the system's file manager."""
        folder = self._services.keeper.own_models
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._fail(OutputFailure("The folder cannot be made", str(error), "See that you may write there"))
            return
        if QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(folder))):
            self._done()
        else:
            self._refuse(
                "The folder could not be opened", "the system has nothing to open it with", f"It is {folder}"
            )

    def fetch_from(self, mirror: str, *, offline: bool) -> bool:
        """Remember whom models are fetched from; whether that is possible. It counts from the next start."""
        mirror = mirror.strip()
        if mirror and not is_mirror(mirror):
            return self._refuse(
                "The address cannot be used",
                "it must look like https://mirror.example",
                "Correct the address",
            )
        self._services.settings.change(mirror=mirror, offline=offline)
        self._done()
        return True

    # --- answers ---

    def _see(self) -> None:
        if not self.ready:
            self.health = None
        elif self.health is None:
            self.refresh()
        self.changed.emit()

    def _take_health(self, health: Health) -> None:
        self.health = health
        self.changed.emit()

    def _refuse(self, what: str, why: str, remedy: str) -> bool:
        self._fail(InvalidRequest(what, why, remedy))
        return False

    def _done(self) -> None:
        self.trouble = None
        self.changed.emit()

    def _fail(self, error: DreamMixError) -> None:
        self.trouble = error
        self.changed.emit()
