"""The library's window: subjects and the trash on one side, the chosen subject on the other."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from dreammix.protocol.library import MAX_NAME_CHARACTERS, SubjectCard
from dreammix_krita.dialogs.library.details import Details
from dreammix_krita.dialogs.library.model import SUFFIX, Doing, LibraryModel
from dreammix_krita.dialogs.parts.flow import flowing
from dreammix_krita.dialogs.parts.making import Page, PictureList, icon, keep_room, line, says_bytes, tabs
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.icons import Icons
from dreammix_krita.images import thumbnail
from dreammix_krita.legible import Legible
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import DialogWords, Words
from dreammix_krita.widgets import button, in_order, label, named, say, tip

NAME: Final = "dreammix_library_dialog"
SIZE_PX: Final = QtCore.QSize(720, 600)
NARROW_PX: Final = 400
BESIDE_PX: Final = 560
"""From this width on the chosen subject stands beside the list; below, under it."""
ICON_PX: Final = 88
_SUBJECT: Final = QtCore.Qt.ItemDataRole.UserRole


class LibraryDialog(QtWidgets.QDialog):
    """All of an artist's subjects.

    Args:
        parent: the owner.
        services: the plugin's.
        teach: opens the teaching dialog: for a subject, or (None) for a new one.
    """

    def __init__(
        self,
        parent: QtWidgets.QWidget | None,
        services: Services,
        teach: Callable[[str | None], object],
    ) -> None:
        super().__init__(parent)
        texts = services.texts
        Legible(self)
        self.setObjectName(NAME)
        self.setWindowTitle(texts.say(DialogWords.LIBRARY_TITLE, artist=services.artist))
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self._texts = texts
        self._shelf = services.shelf
        self.model = LibraryModel(services.client, services.shelf)
        self._search = line("library_search", texts.say(Words.SEARCH), MAX_NAME_CHARACTERS)
        self._search.setPlaceholderText(texts.say(Words.SEARCH))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._show)
        self.list = PictureList("library_list", texts.say(DialogWords.SUBJECTS), ICON_PX)
        self.list.setMinimumHeight(ICON_PX + 60)
        self.list.currentItemChanged.connect(self._choose)
        self._icons = Icons(lambda: icon(QtGui.QImage(), ICON_PX), self)
        self._icons.more.connect(self._draw_again)
        self._trash = named(QtWidgets.QListWidget(), "library_trash", texts.say(DialogWords.TRASH_TAB))
        self._trash.currentItemChanged.connect(self._show_restore)
        self._trash_empty = label("library_trash_empty", texts.say(DialogWords.TRASH_EMPTY))
        self._restore = button("library_restore", texts.say(DialogWords.RESTORE), self._restore_chosen)
        self._empty_trash = button("library_empty_trash", texts.say(DialogWords.EMPTY_TRASH), self._ask_first)
        self._sure = button("library_empty_sure", texts.say(DialogWords.EMPTY_SURE), self._empty_it)
        self._asked = False
        self.pages = tabs("library_pages")
        self.pages.addTab(self._subjects_page(services, teach), texts.say(DialogWords.SUBJECTS))
        self.pages.addTab(self._trash_page(), texts.say(DialogWords.TRASH_TAB))
        self._state = label("library_state")
        self._trouble = TroubleBox("library_trouble", texts)
        new = button("library_new", texts.say(DialogWords.NEW_DOTS), lambda: teach(None))
        bring = button("library_import", texts.say(DialogWords.IMPORT), self._import)
        close = button("library_close", texts.say(DialogWords.CLOSE), self.close)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self._trouble)
        layout.addWidget(self._state)
        layout.addWidget(flowing("library_window_actions", new, bring, close))
        in_order(self._trash, self._restore, self._empty_trash, self._sure, new, bring, close)
        keep_room(self, self.pages, NARROW_PX)
        self._drawn: tuple[object, ...] = ()
        self.model.changed.connect(self._show)
        self.resize(SIZE_PX)
        self.model.refresh()
        self._show()

    def _subjects_page(self, services: Services, teach: Callable[[str | None], object]) -> QtWidgets.QWidget:
        page = Page("library_subjects")
        self._sides = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight)
        left = QtWidgets.QVBoxLayout()
        left.addWidget(self._search)
        left.addWidget(self.list, 1)
        self._sides.addLayout(left, 1)
        self._sides.addWidget(Details(self.model, services.texts, teach), 1)
        page.inside.addLayout(self._sides)
        return page

    def _trash_page(self) -> QtWidgets.QWidget:
        inside = named(QtWidgets.QWidget(), "library_trash_page")
        layout = QtWidgets.QVBoxLayout(inside)
        layout.addWidget(self._trash_empty)
        layout.addWidget(self._trash, 1)
        layout.addWidget(flowing("library_trash_actions", self._restore, self._empty_trash, self._sure))
        return inside

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:  # noqa: N802 - Qt's
        super().resizeEvent(event)
        direction = QtWidgets.QBoxLayout.Direction
        beside = self.width() >= BESIDE_PX
        self._sides.setDirection(direction.LeftToRight if beside else direction.TopToBottom)

    # --- what is shown ---

    def _show(self) -> None:
        model = self.model
        cards = self._shelf.found(self._search.text())
        drawn = tuple((card, self._shelf.thumbnails.get(card.id)) for card in cards)
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw(cards)
        self.list.say_empty(self._says_empty())
        if [card.id for card in model.trash] != [item.data(_SUBJECT) for item in _items(self._trash)]:
            self._draw_trash(model.trash)
            self._asked = False
        self._trash_empty.setVisible(not model.trash)
        self._show_restore()
        self._trouble.show_error(model.trouble)
        say(self._state, self._says_state())

    def _draw_again(self) -> None:
        self._draw(self._shelf.found(self._search.text()))

    def _draw(self, cards: tuple[SubjectCard, ...]) -> None:
        chosen = self.model.chosen
        self.list.blockSignals(True)
        self.list.clear()
        self._icons.begin()
        for card in cards:
            star = "\u2605 " if card.favourite else ""
            item = QtWidgets.QListWidgetItem(self._icon(card), f"{star}{card.name}")
            item.setData(_SUBJECT, card.id)
            item.setToolTip(tip(f"{card.name}, {card.class_word}"))
            self.list.addItem(item)
            if chosen is not None and card.id == chosen.id:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        if self.list.currentItem() is None and cards:
            self.list.setCurrentRow(0)

    def _icon(self, card: SubjectCard) -> QtGui.QIcon:
        content = self._shelf.thumbnails.get(card.id)

        def make() -> QtGui.QIcon:
            image = QtGui.QImage() if content is None else thumbnail(content)
            return icon(image, ICON_PX, pale=not card.taught)

        return self._icons.get((content, card.taught), make)

    def _draw_trash(self, cards: tuple[SubjectCard, ...]) -> None:
        self._trash.clear()
        for card in cards:
            item = QtWidgets.QListWidgetItem(f"{card.name}, {card.class_word}")
            item.setData(_SUBJECT, card.id)
            self._trash.addItem(item)
        self._trash.setCurrentRow(0)

    def _says_empty(self) -> str:
        nothing = DialogWords.NOTHING_TO_SHOW if self._shelf.cards else DialogWords.LIBRARY_EMPTY
        return self._texts.say(nothing)

    def _says_state(self) -> str:
        model, said = self.model, []
        if model.doing is Doing.EXPORTING:
            said.append(self._texts.say(DialogWords.EXPORTING))
        elif model.doing is Doing.IMPORTING:
            said.append(self._texts.say(DialogWords.IMPORTING))
        elif model.exported is not None:
            said.append(self._texts.say(DialogWords.EXPORTED, file=model.exported.name))
        if model.damaged:
            said.append(self._texts.say(DialogWords.DAMAGED, count=model.damaged))
        if model.health is not None:
            free = says_bytes(model.health.disk_free_bytes)
            said.append(self._texts.say(DialogWords.DISK_FREE, size=free))
        return " ".join(said)

    def _show_restore(self, *_: object) -> None:
        self._restore.setEnabled(self._trash.currentItem() is not None)
        self._empty_trash.setVisible(self.model.can_empty and not self._asked)
        self._sure.setVisible(self.model.can_empty and self._asked)

    # --- what is done ---

    def _choose(self, item: QtWidgets.QListWidgetItem | None, *_: object) -> None:
        self.model.choose(None if item is None else item.data(_SUBJECT))

    def _restore_chosen(self) -> None:
        item = self._trash.currentItem()
        if item is not None:
            self.model.restore(item.data(_SUBJECT))

    def _ask_first(self) -> None:
        """What is removed for ever is not removed by one click."""
        self._asked = True
        self._show_restore()
        self._sure.setFocus()

    def _empty_it(self) -> None:
        self._asked = False
        self.model.empty_trash()

    def _import(self) -> None:
        path, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, self._texts.say(DialogWords.IMPORT), "", f"*{SUFFIX}"
        )
        if path:
            self.model.import_(Path(path))


def _items(made: QtWidgets.QListWidget) -> list[QtWidgets.QListWidgetItem]:
    items = (made.item(row) for row in range(made.count()))
    return [item for item in items if item is not None]
