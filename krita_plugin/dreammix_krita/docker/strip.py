"""This document's results, newest first: a click shows one on the canvas, a star marks a layer."""

from typing import Final

from dreammix.protocol import Picture
from dreammix_krita.docker.parts import column, quiet, row, stretch, tile
from dreammix_krita.flow.controller import Controller
from dreammix_krita.flow.outcomes import Outcome
from dreammix_krita.flow.shelf import Shelf
from dreammix_krita.icons import Icons
from dreammix_krita.images import thumbnail
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.texts import Catalogue, Words
from dreammix_krita.widgets import button, named

THUMBNAIL_PX: Final = 48
TILE_PX: Final = QtCore.QSize(54, 54)
_ID: Final = QtCore.Qt.ItemDataRole.UserRole


class ResultStrip(QtWidgets.QWidget):
    """Shows the results, and what can be done with the one that is looked at.

    Args:
        controller: has them.
        shelf: has thumbnails of subjects, for a result of which there is only the layer.
        texts: what is said.
    """

    def __init__(self, controller: Controller, shelf: Shelf, texts: Catalogue) -> None:
        super().__init__()
        self._controller = controller
        self._shelf = shelf
        self._texts = texts
        self._shown: tuple[tuple[str, bool, Picture | bytes | None], ...] = ()
        self._list = named(QtWidgets.QListWidget(), "dreammix_results", texts.say(Words.RESULTS))
        self._list.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self._list.setMovement(QtWidgets.QListView.Movement.Static)
        self._list.setFlow(QtWidgets.QListView.Flow.LeftToRight)
        self._list.setWrapping(False)
        self._list.setIconSize(QtCore.QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        self._list.setUniformItemSizes(True)
        self._list.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bar = self._list.horizontalScrollBar()
        room = 0 if bar is None else bar.sizeHint().height()
        self._list.setFixedHeight(TILE_PX.height() + 2 * self._list.frameWidth() + room)
        self._list.itemSelectionChanged.connect(self._pick)
        self._icons = Icons(lambda: tile(QtGui.QImage(), THUMBNAIL_PX, self._list), self)
        self._icons.more.connect(self._draw_again)
        stretch(self._list)
        self._apply = button("dreammix_apply", texts.say(Words.APPLY), controller.apply)
        self._again = button("dreammix_try_again", texts.say(Words.TRY_AGAIN), controller.try_again)
        self._discard = button("dreammix_discard", texts.say(Words.DISCARD), controller.discard)
        for made in (self._apply, self._again, self._discard):
            stretch(quiet(made))
        column(self, self._list, self._apply, row(self._again, self._discard))

    def refresh(self) -> None:
        """Show the results as they are now."""
        controller = self._controller
        outcomes, picked = controller.outcomes, controller.picked_outcome
        shown = tuple((outcome.id, outcome.used, self._content(outcome)) for outcome in outcomes)
        with QtCore.QSignalBlocker(self._list):
            if shown != self._shown:
                self._shown = shown
                self._list.clear()
                self._icons.begin()
                for number, outcome in enumerate(outcomes):
                    self._list.addItem(self._tile(outcome, len(outcomes) - number))
            for place in range(self._list.count()):
                item = self._list.item(place)
                if item is not None:
                    item.setSelected(picked is not None and item.data(_ID) == picked.id)
        self.setVisible(bool(outcomes))
        unused = picked is not None and not picked.used
        self._apply.setEnabled(unused)
        self._discard.setEnabled(unused)
        self._again.setEnabled(picked is not None)
        why = Words.ALREADY_USED if picked is not None else Words.PICK_RESULT
        for made in (self._apply, self._discard, self._again):
            made.setToolTip("" if made.isEnabled() else self._texts.say(why))

    def _content(self, outcome: Outcome) -> Picture | bytes | None:
        """What its tile shows."""
        return outcome.picture or self._shelf.thumbnails.get(outcome.wish.subject or "")

    def _draw_again(self) -> None:
        self._shown = ()
        self.refresh()

    def _tile(self, outcome: Outcome, number: int) -> QtWidgets.QListWidgetItem:
        content, shown = self._content(outcome), self._list

        def make() -> QtGui.QIcon:
            image = thumbnail(content) if content else QtGui.QImage()
            return tile(image, THUMBNAIL_PX, shown, star=outcome.used)

        look = shown.devicePixelRatioF(), shown.palette().cacheKey()
        item = QtWidgets.QListWidgetItem()
        # And no text, not even an empty one: it would be drawn as selected.
        item.setIcon(self._icons.get((outcome.id, outcome.used, content is None, *look), make))
        name = outcome.title or self._texts.say(Words.VARIANT, number=number)
        said = self._texts.say(Words.USED, name=name) if outcome.used else name
        item.setToolTip(said)
        item.setData(QtCore.Qt.ItemDataRole.AccessibleTextRole, said)
        item.setData(_ID, outcome.id)
        item.setSizeHint(TILE_PX)
        return item

    def _pick(self) -> None:
        chosen = self._list.selectedItems()
        self._controller.pick(chosen[0].data(_ID) if chosen else None)
