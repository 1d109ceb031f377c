"""What Krita is given at its start: a docker, and an action with a shortcut."""

import os
from typing import TYPE_CHECKING, Final

from dreammix_krita.loading import Loader
from dreammix_krita.qt import QAction, QtCore, QtWidgets, sip
from krita import DockWidget, DockWidgetFactory, DockWidgetFactoryBase, Extension, Krita, Window

if TYPE_CHECKING:
    from dreammix_krita.flow.controller import Controller
    from dreammix_krita.services import Services

TITLE: Final = "DreamMix"
DOCKER: Final = "dreammix_docker"
ACTION: Final = "dreammix_insert"
"""As in `dreammix_krita.action`, which gives it its shortcut."""
ACTION_TEXT: Final = "Insert subject"
MENU: Final = "tools"


class Plugin(QtCore.QObject):
    """Everything that all of Krita's windows share, made when it has been imported.

    Attributes:
        services: the plugin's parts.
        controller: joins them.

    Signals:
        made: they are there.
    """

    made = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.services: Services | None = None
        self.controller: Controller | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._make)
        # Not by `atexit`: Krita ends without it.
        Krita.instance().notifier().applicationClosing.connect(self._close)
        self._loader.start()

    def _make(self) -> None:
        from dreammix.protocol.places import data_folder
        from dreammix_krita.canvas.host import KritaCanvas
        from dreammix_krita.client.client import Client
        from dreammix_krita.flow.controller import Controller
        from dreammix_krita.flow.keeper import Keeper
        from dreammix_krita.flow.shelf import Shelf
        from dreammix_krita.history import History
        from dreammix_krita.services import Services
        from dreammix_krita.settings import FILE, Settings
        from dreammix_krita.texts import catalogue

        settings = Settings(data_folder(os.environ) / FILE, self)
        client = Client(self, session=settings.value.session, artist=settings.value.artist)
        self.services = Services(
            client=client,
            keeper=Keeper(client, settings, os.environ, self),
            canvas=KritaCanvas(),
            shelf=Shelf(client, settings, self),
            texts=catalogue(settings.value.language or QtCore.QLocale().name()),
            settings=settings,
        )
        self.controller = Controller(self.services, History(), self)
        self.made.emit()
        self.services.keeper.begin()

    def _close(self) -> None:
        if self.controller is not None and self.services is not None:
            self.controller.close()
            self.services.keeper.close()


_plugins: list[Plugin] = []


def plugin() -> Plugin:
    """The one of this Krita."""
    if not _plugins:
        _plugins.append(Plugin())
    return _plugins[0]


class DreamMixDocker(DockWidget):
    """A window's docker; filled as soon as what it holds is there."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.setWidget(QtWidgets.QWidget())
        if plugin().controller is None:
            plugin().made.connect(self._fill)
        else:
            self._fill()

    def canvasChanged(self, canvas: object) -> None:  # noqa: N802 - Krita's
        """Another document: look at once."""
        controller = plugin().controller
        if controller is not None:
            controller.look()

    def _fill(self) -> None:
        from dreammix_krita.docker.panel import Panel

        made = plugin()
        if made.controller is not None and made.services is not None:
            self.setWidget(Panel(made.controller, made.services))


class DreamMix(Extension):
    """Gives each window its action."""

    def setup(self) -> None:
        """There is nothing to do before there is a window."""

    def createActions(self, window: Window) -> None:  # noqa: N802 - Krita's
        """The action, with the shortcut that the artist has chosen for it."""
        action = window.createAction(ACTION, ACTION_TEXT, MENU)
        action.triggered.connect(lambda: self._insert())
        if plugin().services is None:
            plugin().made.connect(lambda: self._translate(action))
        else:
            self._translate(action)

    def _translate(self, action: QAction) -> None:
        """Krita translates the words of `.action` files from catalogues that come with Krita alone."""
        from dreammix_krita.texts import Words

        services = plugin().services
        if services is not None and not sip.isdeleted(action):
            action.setText(services.texts.say(Words.INSERT))
            action.setToolTip(services.texts.say(Words.INSERT_TIP))

    def _insert(self) -> None:
        """Insert; where that is not possible, the docker says why."""
        for docker in Krita.instance().dockers():
            if docker.objectName() == DOCKER and not docker.isVisible():
                docker.show()
        controller = plugin().controller
        if controller is not None:
            controller.insert()


def register() -> None:
    """Tell Krita."""
    host = Krita.instance()
    right = DockWidgetFactoryBase.DockPosition.DockRight
    host.addDockWidgetFactory(DockWidgetFactory(DOCKER, right, DreamMixDocker))
    host.addExtension(DreamMix(host))
