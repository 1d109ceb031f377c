"""How it stands with the backend, in the docker's words; starts it, stops it, and connects to it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dreammix.protocol import DreamMixError
from dreammix.protocol.places import backend_folder, own_models_folder
from dreammix_krita.client.address import Address, Find, find_local
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.client.errors import Refused, VersionMismatch
from dreammix_krita.client.installed import installed_python
from dreammix_krita.client.starter import Command, Starter
from dreammix_krita.facts import Backend
from dreammix_krita.flow.describing import describer_environment, describer_options
from dreammix_krita.flow.fetching import fetching_environment
from dreammix_krita.flow.keyring import Keyring
from dreammix_krita.qt import QtCore
from dreammix_krita.settings import Preferences, Settings

PYTHON_VARIABLE: Final = "DREAMMIX_PYTHON"
"""Names a Python that has the backend, before the settings and the set-up are asked."""
MODULE: Final = ("-m", "dreammix_backend")


def backend_python(preferences: Preferences, environment: Mapping[str, str]) -> Path | None:
    """The Python that runs the backend on this machine; None: it was never set up."""
    named = environment.get(PYTHON_VARIABLE) or preferences.python
    if not named:
        return installed_python(environment)
    return Path(named) if Path(named).is_file() else None


class Keeper(QtCore.QObject):
    """Keeps the client connected to the backend that the settings name.

    Args:
        client: is told where the backend is.
        settings: say where that is, and keep the session.
        environment: Krita's own.
        parent: the owner.

    Attributes:
        keyring: where the backend of this machine looks for keys.
        trouble: why the backend could not be started or reached; None while nothing is wrong.

    Signals:
        changed: `state`, or `trouble`.
    """

    changed = QtCore.pyqtSignal()

    def __init__(
        self,
        client: Client,
        settings: Settings,
        environment: Mapping[str, str] = os.environ,
        parent: QtCore.QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.trouble: DreamMixError | None = None
        self._client = client
        self._settings = settings
        self._environment = environment
        self.keyring = Keyring(lambda: self.python, environment, self)
        self._step: str | None = None
        self._starter: Starter | None = None
        client.changed.connect(self._see)

    @property
    def folder(self) -> Path:
        """The backend's own: its endpoint, its log."""
        return backend_folder(self._environment)

    @property
    def own_models(self) -> Path:
        """Where this machine's backend looks for the artist's own models; it need not exist."""
        return own_models_folder(self._environment)

    @property
    def python(self) -> Path | None:
        """The Python that runs the backend on this machine; None: it was never set up."""
        return backend_python(self._settings.value, self._environment)

    @property
    def remote(self) -> bool:
        """Whether the backend is elsewhere: then it can be neither started nor stopped from here."""
        return bool(self._settings.value.remote)

    @property
    def step(self) -> str:
        """What a set-up is doing, in words; empty: there is none under way."""
        return self._step or ""

    @property
    def state(self) -> Backend:
        """How it stands."""
        phase, error = self._client.phase, self._client.error
        if self._step is not None:
            return Backend.SETTING_UP
        if phase is Phase.READY:
            return Backend.READY
        if phase is Phase.REFUSED:
            return Backend.OUTDATED if isinstance(error, VersionMismatch) else Backend.REFUSED
        if self._starter is not None:
            return Backend.STARTING
        if phase is Phase.LOST:
            return Backend.LOST
        if self.remote:
            return Backend.STARTING if self.trouble is None else Backend.LOST
        return Backend.MISSING if self.python is None else Backend.STOPPED

    def begin(self) -> None:
        """Connect, as soon as there is anything to connect to; on this machine one that runs already."""
        self.trouble = None
        self._client.connect_to(self._find())
        self.changed.emit()

    def start(self) -> None:
        """Make sure that the backend runs, and connect to it."""
        python = self.python
        if self.remote or python is None:
            self.begin()
            return
        self._drop_starter()
        self.trouble = None
        preferences = self._settings.value
        command = Command(python, MODULE, self.folder, describer_options(preferences))
        told = describer_environment(preferences) | fetching_environment(preferences)
        environment = {**self._environment, **told}
        starter = Starter(command, environment, self)
        starter.listening.connect(self.begin)
        starter.failed.connect(self._fail)
        self._starter = starter
        starter.start()
        self.changed.emit()

    def stop(self) -> None:
        """Let the backend of this machine end; its jobs are kept."""
        self._client.close()
        Starter(
            Command(self.python or Path(sys.executable), MODULE, self.folder), self._environment, self
        ).stop(self._fail)
        self._drop_starter()
        self.changed.emit()

    def tell_step(self, step: str | None) -> None:
        """A set-up says what it is doing; None: it has ended."""
        self._step = step
        self.changed.emit()

    def close(self) -> None:
        """Say goodbye: Krita ends."""
        self._drop_starter()
        self._client.close()

    def _find(self) -> Find:
        preferences = self._settings.value
        if not preferences.remote:
            folder = self.folder
            return lambda: find_local(folder)

        def find() -> Address:
            host, _, port = preferences.remote.rpartition(":")
            if not host or not port.isdecimal():
                raise Refused(
                    "The backend cannot be found",
                    f"{preferences.remote} is no host and port",
                    "Name it as host:port in the settings",
                )
            certificate = Path(preferences.certificate) if preferences.certificate else None
            return Address(
                host=host.strip("[]"), port=int(port), token=preferences.token, certificate=certificate
            )

        return find

    def _fail(self, error: DreamMixError) -> None:
        self._drop_starter()
        self.trouble = error
        self.changed.emit()

    def _drop_starter(self) -> None:
        if self._starter is not None:
            self._starter.close()
            self._starter.deleteLater()
            self._starter = None

    def _see(self) -> None:
        tried = self._client.phase is Phase.READY or self._client.error is not None
        if tried and self._starter is not None and not self._starter.starting:
            self._drop_starter()
        if self._client.phase is Phase.READY:
            self.trouble = None
            self._settings.change(session=self._client.session)
        elif self._client.phase is Phase.REFUSED or self.remote:
            self.trouble = self._client.error
        self.changed.emit()
