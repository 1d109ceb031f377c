"""The settings' window, and its page for artist and language."""

from collections.abc import Callable, Mapping
from typing import Final

from dreammix.protocol.library import MAX_NAME_CHARACTERS
from dreammix_krita.dialogs.parts.making import Page, field, keep_room, line, tabs
from dreammix_krita.dialogs.settings.backend_page import BackendPage
from dreammix_krita.dialogs.settings.describing_page import DescribingPage
from dreammix_krita.dialogs.settings.fetching import FetchingBox
from dreammix_krita.dialogs.settings.model import SettingsModel
from dreammix_krita.dialogs.settings.models import ModelsModel
from dreammix_krita.dialogs.settings.models_page import ModelsPage
from dreammix_krita.dialogs.settings.own_models import OwnModelsBox
from dreammix_krita.legible import Legible
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import DialogWords, Words
from dreammix_krita.widgets import button, label, named, say

NAME: Final = "dreammix_settings_dialog"
SIZE_PX: Final = QtCore.QSize(500, 520)
NARROW_PX: Final = 400
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "de": "Deutsch"}
"""As those who speak them call them."""


class SettingsDialog(QtWidgets.QDialog):
    """Everything that is set once.

    Args:
        parent: the owner.
        services: the plugin's.
        set_up: opens the set-up.
    """

    def __init__(
        self, parent: QtWidgets.QWidget | None, services: Services, set_up: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        texts = services.texts
        Legible(self)
        self.setObjectName(NAME)
        self.setWindowTitle(texts.say(DialogWords.SETTINGS_TITLE))
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(SIZE_PX)
        self.model = SettingsModel(services)
        self.models = ModelsModel(services.client)
        self._left = False
        self.destroyed.connect(self.models.close)
        self.pages = tabs("settings_pages")
        self._backend = BackendPage(self.model, services, set_up)
        self._models_page = ModelsPage(
            self.models, texts, (OwnModelsBox(self.model, services), FetchingBox(self.model, services))
        )
        for made, title in (
            (self._backend, DialogWords.BACKEND_TAB),
            (self._models_page, DialogWords.MODELS_TAB),
            (DescribingPage(self.model, services), DialogWords.DESCRIBING_TAB),
            (PersonPage(services), DialogWords.PERSON_TAB),
        ):
            self.pages.addTab(made, texts.say(title))
        close = button("settings_close", texts.say(DialogWords.CLOSE), self.close)
        row = QtWidgets.QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self.pages, 1)
        layout.addLayout(row)
        keep_room(self, self.pages, NARROW_PX)
        self.model.refresh()
        self.models.refresh()

    def show_log(self) -> None:
        """Turn to what the backend has written down."""
        self.pages.setCurrentWidget(self._backend)
        self._backend.show_log()

    def show_models(self) -> None:
        """Turn to the models."""
        self.pages.setCurrentWidget(self._models_page)

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802 - Qt's
        """Ask for the models again at each return: meanwhile one may have been put into the folder."""
        super().changeEvent(event)
        if event is not None and event.type() == QtCore.QEvent.Type.ActivationChange:
            if self._left and self.isActiveWindow():
                self.models.refresh()
            self._left = not self.isActiveWindow()


class PersonPage(Page):
    """Whose library is open, and in which language the plugin speaks."""

    def __init__(self, services: Services) -> None:
        super().__init__("settings_person")
        texts = self._texts = services.texts
        self._shelf = services.shelf
        self._settings = services.settings
        layout = self.inside
        self._artist = named(QtWidgets.QComboBox(), "settings_artist", texts.say(Words.ARTIST))
        self._artist.activated.connect(self._open)
        self._new = line("settings_new_artist", texts.say(DialogWords.NEW_ARTIST), MAX_NAME_CHARACTERS)
        self._new.textChanged.connect(self._show)
        self._new.returnPressed.connect(self._make)
        self._make_new = button("settings_make_artist", texts.say(DialogWords.OPEN_LIBRARY), self._make)
        self._language = named(QtWidgets.QComboBox(), "settings_language", texts.say(DialogWords.LANGUAGE))
        self._language.addItem(texts.say(DialogWords.LANGUAGE_OF_KRITA), "")
        for code, name in LANGUAGES.items():
            self._language.addItem(name, code)
        self._language.setCurrentIndex(max(0, self._language.findData(self._settings.value.language)))
        self._language.activated.connect(self._speak)
        self._after = label("settings_language_after")
        field(texts.say(Words.ARTIST), self._artist, layout)
        layout.addWidget(label("settings_artist_hint", texts.say(DialogWords.ARTIST_HINT)))
        field(texts.say(DialogWords.NEW_ARTIST), self._new, layout)
        layout.addWidget(self._make_new, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        field(texts.say(DialogWords.LANGUAGE), self._language, layout)
        layout.addWidget(self._after)
        layout.addStretch(1)
        self._shelf.changed.connect(self._show)
        self._show()

    def _show(self, *_: object) -> None:
        names = self._shelf.artists
        if [self._artist.itemText(row) for row in range(self._artist.count())] != list(names):
            self._artist.clear()
            self._artist.addItems(list(names))
        self._artist.setCurrentText(self._shelf.artist)
        self._make_new.setEnabled(bool(self._new.text().strip()))
        changed = self._language.currentData() != self._texts.language and self._language.currentData()
        say(self._after, self._texts.say(DialogWords.LANGUAGE_AFTER) if changed else "")

    def _open(self, row: int) -> None:
        self._shelf.use_artist(self._artist.itemText(row))

    def _make(self) -> None:
        name = self._new.text().strip()
        if name:
            self._shelf.use_artist(name)
            self._new.clear()

    def _speak(self, row: int) -> None:
        self._settings.change(language=self._language.itemData(row))
        self._show()
