"""The artist's subjects: cards with thumbnails, a search where they are many, and what can be done."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from dreammix.protocol.library import SubjectCard
from dreammix_krita.docker.parts import (
    GAP_PX,
    Keys,
    icon,
    lines,
    paint_plus,
    row,
    stretch,
    tile,
)
from dreammix_krita.flow.shelf import Shelf
from dreammix_krita.icons import Icons
from dreammix_krita.images import thumbnail
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.texts import Catalogue, DialogWords, Words
from dreammix_krita.widgets import named

SEARCH_FROM: Final = 8
"""So many cards are searched rather than looked through."""
MAX_ROWS: Final = 2
"""So many rows of cards are seen; more are scrolled."""
THUMBNAIL_PX: Final = 46
CARD_ROOM_PX: Final = QtCore.QSize(5, 6)
"""What a card takes beside its thumbnail and its name."""
CARD_LETTERS: Final = 7
"""So much of a name is to be seen, in letters."""
NEW_PX: Final = 46
MAX_NAME_CHARACTERS: Final = 80
_ID: Final = QtCore.Qt.ItemDataRole.UserRole


class SubjectCards(QtWidgets.QWidget):
    """Shows the shelf, and changes it.

    Args:
        shelf: the subjects.
        texts: what is said.
        keys: keeps what is typed from Krita.
        teach: opens the dialog for a new subject; with what was dropped on it.
        library: opens the library.
    """

    def __init__(
        self,
        shelf: Shelf,
        texts: Catalogue,
        keys: Keys,
        *,
        teach: Callable[[QtGui.QDropEvent | None], None],
        library: Callable[[], None],
    ) -> None:
        super().__init__()
        self._shelf = shelf
        self._texts = texts
        self._library = library
        self._shown: object = None
        self._artist = named(QtWidgets.QComboBox(), "dreammix_artist", texts.say(Words.ARTIST))
        self._artist.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self._artist.activated.connect(self._use_artist)
        stretch(self._artist)
        self._search = named(QtWidgets.QLineEdit(), "dreammix_search", texts.say(Words.SEARCH))
        self._search.setPlaceholderText(texts.say(Words.SEARCH))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self.refresh)
        self._cards = _Cards(texts.say(DialogWords.SUBJECTS))
        self._icons = Icons(lambda: tile(QtGui.QImage(), THUMBNAIL_PX, self._cards), self)
        self._icons.more.connect(self._draw_again)
        self._cards.itemSelectionChanged.connect(self._choose)
        self._cards.itemChanged.connect(self._rename)
        self._cards.asked.connect(self._open_menu)
        self._empty = QtWidgets.QLabel(self._cards)
        self._empty.setObjectName("dreammix_no_subjects")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        self._new = _New(texts, teach)
        self._artist_label = QtWidgets.QLabel(f"{texts.say(Words.ARTIST)}:")
        self._artist_label.setBuddy(self._artist)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row(self._artist_label, self._artist))
        layout.addWidget(self._search)
        layout.addLayout(row(self._cards, self._new))
        keys.guard(self._search, self._cards)
        self.refresh()

    def refresh(self) -> None:
        """Show the shelf as it is now."""
        shelf = self._shelf
        self._search.setVisible(len(shelf.cards) >= SEARCH_FROM)
        search = self._search.text() if self._search.isVisibleTo(self) else ""
        shown = shelf.found(search)
        state = (shown, shelf.artists, shelf.artist, shelf.chosen, tuple(shelf.thumbnails.items()), search)
        if state == self._shown:
            return
        self._shown = state
        self._show_artists()
        self._show_cards(shown)
        missing = Words.NO_SUBJECTS if not shelf.cards else Words.NOTHING_FOUND
        self._empty.setText("" if shown else self._texts.say(missing))
        self._empty.setVisible(not shown)
        self._fit()

    def _draw_again(self) -> None:
        self._shown = None
        self.refresh()

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:  # noqa: N802 - Qt's
        """A wider docker has more cards in a row."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:  # noqa: N802 - Qt's
        """The widths are known now."""
        super().showEvent(event)
        self._fit()

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802 - Qt's
        """Larger letters take more room."""
        super().changeEvent(event)
        if event is not None and event.type() == QtCore.QEvent.Type.FontChange:
            self._draw_again()

    def _fit(self) -> None:
        """One row of cards or two, and the words of an empty shelf in its middle."""
        frame, bar, card = 2 * self._cards.frameWidth(), self._cards.verticalScrollBar(), self._cards.card()
        self._new.setFixedWidth(max(NEW_PX, self._new.sizeHint().width()))
        inside = self.width() - self._new.width() - GAP_PX - frame
        a_row = max(1, (inside - (0 if bar is None else bar.sizeHint().width())) // card.width())
        rows = 1 if len(self._shelf.cards) <= a_row else MAX_ROWS
        height = rows * card.height()
        if not self._empty.isHidden():
            height = max(height, self._empty.heightForWidth(inside - 2 * GAP_PX))
        for widget in (self._cards, self._new):
            widget.setFixedHeight(height + frame)
        self._empty.setGeometry(GAP_PX + frame // 2, frame // 2, inside - 2 * GAP_PX, height)

    # --- what is shown ---

    def _show_artists(self) -> None:
        with QtCore.QSignalBlocker(self._artist):
            self._artist.clear()
            self._artist.addItems(self._shelf.artists)
            self._artist.insertSeparator(self._artist.count())
            self._artist.addItem(f"{self._texts.say(Words.LIBRARY)}…")
            self._artist.setCurrentIndex(self._artist.findText(self._shelf.artist))

    def _show_cards(self, cards: tuple[SubjectCard, ...]) -> None:
        with QtCore.QSignalBlocker(self._cards):
            scrolled = self._cards.verticalScrollBar()
            at = 0 if scrolled is None else scrolled.value()
            before = self._cards.currentItem()
            current = self._shelf.chosen or (before and before.data(_ID))
            self._cards.clear()
            self._icons.begin()
            for card in cards:
                item = QtWidgets.QListWidgetItem(self._thumbnail(card), card.name)
                item.setData(_ID, card.id)
                item.setSizeHint(self._cards.card())
                item.setFlags(item.flags() | QtCore.Qt.ItemFlag.ItemIsEditable)
                tip = card.name if card.taught else self._texts.say(Words.NOT_TAUGHT, name=card.name)
                item.setToolTip(tip)
                self._cards.addItem(item)
                if card.id == current:
                    # From here the arrow keys go on.
                    self._cards.setCurrentItem(item, QtCore.QItemSelectionModel.SelectionFlag.NoUpdate)
                item.setSelected(card.id == self._shelf.chosen)
            if scrolled is not None:
                scrolled.setValue(at)

    def _thumbnail(self, card: SubjectCard) -> QtGui.QIcon:
        data, cards = self._shelf.thumbnails.get(card.id), self._cards

        def make() -> QtGui.QIcon:
            image = QtGui.QImage() if data is None else thumbnail(data)
            # Paler: it cannot be inserted yet.
            return tile(image, THUMBNAIL_PX, cards, star=card.favourite, pale=not card.taught)

        look = cards.devicePixelRatioF(), cards.palette().cacheKey()
        return self._icons.get((data, card.favourite, card.taught, *look), make)

    # --- what the artist does ---

    def _choose(self) -> None:
        chosen = self._cards.selectedItems()
        self._shelf.choose(chosen[0].data(_ID) if chosen else None)

    def _use_artist(self, index: int) -> None:
        if index < len(self._shelf.artists):
            self._shelf.use_artist(self._shelf.artists[index])
        else:
            self._artist.setCurrentIndex(self._artist.findText(self._shelf.artist))
            self._library()

    def _rename(self, item: QtWidgets.QListWidgetItem) -> None:
        card = self._shelf.card(item.data(_ID))
        name = " ".join(item.text().split())[:MAX_NAME_CHARACTERS]
        if card is not None and name and name != card.name:
            self._shelf.rename(card.id, name)
        elif card is not None and item.text() != card.name:
            item.setText(card.name)

    def _open_menu(self, item: QtWidgets.QListWidgetItem, place: QtCore.QPoint) -> None:
        card = self._shelf.card(item.data(_ID))
        if card is not None:
            self.menu(card, item).popup(place)

    def menu(self, card: SubjectCard, item: QtWidgets.QListWidgetItem) -> QtWidgets.QMenu:
        """What can be done with a subject."""
        menu = QtWidgets.QMenu(self)
        menu.setObjectName("dreammix_subject_menu")
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        done: tuple[tuple[Words, Callable[[], None]], ...] = (
            (Words.FAVOUR, lambda: self._shelf.favour(card.id, not card.favourite)),
            (Words.RENAME, lambda: self._cards.editItem(item)),
            (Words.DUPLICATE, lambda: self._shelf.duplicate(card.id)),
            (Words.EXPORT, lambda: self._export(card)),
            (Words.TRASH, lambda: self._shelf.trash(card.id)),
        )
        for words, do in done:
            action = menu.addAction(self._texts.say(words))
            assert action is not None
            if words is Words.FAVOUR:
                action.setCheckable(True)
                action.setChecked(card.favourite)
            action.triggered.connect(lambda _checked, do=do: do())
        return menu

    def _export(self, card: SubjectCard) -> None:
        dialog = QtWidgets.QFileDialog(self, self._texts.say(Words.EXPORT))
        dialog.setObjectName("dreammix_export")
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QtWidgets.QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.selectFile(f"{card.name}.zip")
        dialog.fileSelected.connect(lambda path: self._shelf.export(card.id, Path(path)))
        dialog.open()


class _Cards(QtWidgets.QListWidget):
    """The cards; a click on the chosen one chooses none, and so does the space bar.

    Signals:
        asked: an item's menu is wanted, at a place of the screen: by mouse, or by the menu key.
    """

    asked = QtCore.pyqtSignal(QtWidgets.QListWidgetItem, QtCore.QPoint)

    def __init__(self, says: str) -> None:
        super().__init__()
        named(self, "dreammix_subjects", says)
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setIconSize(QtCore.QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        self.setUniformItemSizes(True)
        self.setTextElideMode(QtCore.Qt.TextElideMode.ElideRight)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)

    def card(self) -> QtCore.QSize:
        """How large a card is: its thumbnail, and its name below."""
        letters = self.fontMetrics()
        size = QtCore.QSize(
            max(THUMBNAIL_PX + CARD_ROOM_PX.width(), CARD_LETTERS * letters.averageCharWidth()),
            THUMBNAIL_PX + lines(self, 1) + CARD_ROOM_PX.height(),
        )
        if size != self.gridSize():
            self.setGridSize(size)
            self.setMinimumWidth(size.width())
        return size

    def mousePressEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802 - Qt's
        """Choose, or choose no more."""
        item = None if event is None else self.itemAt(event.pos())
        left = event is not None and event.button() == QtCore.Qt.MouseButton.LeftButton
        if item is not None and item.isSelected() and left:
            self.clearSelection()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802 - Qt's
        """The space bar clicks."""
        item = self.currentItem()
        if event is not None and event.key() == QtCore.Qt.Key.Key_Space and item is not None:
            item.setSelected(not item.isSelected())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent | None) -> None:  # noqa: N802 - Qt's
        """Of the card that the mouse is on, or of the current one."""
        if event is None:
            return
        mouse = event.reason() == QtGui.QContextMenuEvent.Reason.Mouse
        item = self.itemAt(event.pos()) if mouse else self.currentItem()
        viewport = self.viewport()
        if item is not None and viewport is not None:
            beneath = viewport.mapToGlobal(self.visualItemRect(item).bottomLeft())
            self.asked.emit(item, event.globalPos() if mouse else beneath)


class _New(QtWidgets.QToolButton):
    """Begins a new subject, with pictures that are dropped on it."""

    def __init__(self, texts: Catalogue, begin: Callable[[QtGui.QDropEvent | None], None]) -> None:
        super().__init__()
        self._begin = begin
        self.setAcceptDrops(True)
        self.setObjectName("dreammix_new_subject")
        self.setText(texts.say(Words.NEW_SUBJECT))
        self.setToolTip(texts.say(Words.NEW_SUBJECT_TIP))
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.clicked.connect(lambda: begin(None))
        self._paint()

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent | None) -> None:  # noqa: N802 - Qt's
        """Files and pictures may be dropped."""
        data = None if event is None else event.mimeData()
        if event is not None and data is not None and (data.hasUrls() or data.hasImage()):
            event.acceptProposedAction()

    def dropEvent(self, event: QtGui.QDropEvent | None) -> None:  # noqa: N802 - Qt's
        """Hand it on to the dialog."""
        self._begin(event)

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802 - Qt's
        """Another theme has other colours."""
        super().changeEvent(event)
        if event is not None and event.type() == QtCore.QEvent.Type.PaletteChange:
            self._paint()

    def _paint(self) -> None:
        self.setIcon(icon(paint_plus, self.palette().color(QtGui.QPalette.ColorRole.ButtonText), 16))
