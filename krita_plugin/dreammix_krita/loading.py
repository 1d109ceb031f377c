"""Imports beside Krita's start: most of the plugin, in a thread, so that neither waits for the other."""

import importlib
import threading
from typing import Final

from dreammix_krita.qt import QtCore

MODULES: Final = (
    "dreammix_krita.docker.panel",
    "dreammix_krita.canvas.host",
    "dreammix_krita.texts",
)
"""They bring all that a docker is made of; the dialogs come when one is opened."""


class Loader(QtCore.QObject):
    """Imports `MODULES` once.

    Signals:
        loaded: it has; or it has failed, and importing the same again says why.
    """

    loaded = QtCore.pyqtSignal()

    def start(self) -> None:
        """Begin; `loaded` follows, in the thread of whoever is connected to it."""
        threading.Thread(target=self._load, name="dreammix-loading", daemon=True).start()

    def _load(self) -> None:
        try:
            for name in MODULES:
                importlib.import_module(name)
        finally:
            self.loaded.emit()
