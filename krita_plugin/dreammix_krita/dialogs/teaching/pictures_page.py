"""The first page: the subject's pictures, where they come from, and what is wrong with one."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from dreammix_krita.dialogs.parts.flow import flowing
from dreammix_krita.dialogs.parts.making import Page, PictureList, icon
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.dialogs.teaching.shots import FEW, Shot, Shots, Stage
from dreammix_krita.qt import QAction, QtCore, QtGui, QtWidgets
from dreammix_krita.texts import Catalogue, DialogWords
from dreammix_krita.widgets import button, in_order, label, say, tip

ICON_PX: Final = 96
FILES: Final = "*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff"
"""What the file dialog offers."""
_NUMBER: Final = QtCore.Qt.ItemDataRole.UserRole
COPIED: Final = ("image/png", "image/jpeg", "image/webp")
"""Kinds in which a copied picture comes as a file does, to be decoded beside the interface."""
_STAGES: Final = {
    Stage.READING: DialogWords.PICTURE_READING,
    Stage.SENDING: DialogWords.PICTURE_SENDING,
    Stage.FINDING: DialogWords.PICTURE_FINDING,
    Stage.READY: DialogWords.PICTURE_READY,
    Stage.BAD: DialogWords.PICTURE_BAD,
}


class PicturesPage(Page):
    """Shows `Shots` and passes clicks on to it."""

    def __init__(self, shots: Shots, texts: Catalogue) -> None:
        super().__init__("teach_pictures")
        self.setAcceptDrops(True)
        self._shots = shots
        self._texts = texts
        self._drawn: dict[int, Shot] = {}
        layout = self.inside
        self._count = label("teach_pictures_count")
        self._trouble = TroubleBox("teach_pictures_trouble", texts)
        self.list = PictureList(
            "teach_pictures_list",
            texts.say(DialogWords.PICTURES),
            ICON_PX,
            texts.say(DialogWords.DROP_HERE),
        )
        self.list.setMinimumHeight(2 * ICON_PX)
        self.list.currentItemChanged.connect(self._show_chosen)
        sources = (
            button("teach_add_files", texts.say(DialogWords.ADD_FILES), self._choose_files),
            button("teach_paste", texts.say(DialogWords.PASTE), self.paste),
            button("teach_from_layer", texts.say(DialogWords.FROM_LAYER), shots.add_layer),
            button(
                "teach_from_selection",
                texts.say(DialogWords.FROM_SELECTION),
                shots.add_selection,
                texts.say(DialogWords.FROM_SELECTION_TIP),
            ),
        )
        self._about = label("teach_picture_about")
        self._wrong = TroubleBox("teach_picture_trouble", texts)
        self._use_selection = button(
            "teach_use_selection",
            texts.say(DialogWords.MASK_FROM_SELECTION),
            lambda: self._with_chosen(shots.mask_from_selection),
            texts.say(DialogWords.MASK_FROM_SELECTION_TIP),
        )
        self._find = button(
            "teach_find_mask",
            texts.say(DialogWords.FIND_MASK),
            lambda: self._with_chosen(shots.find_mask),
        )
        self._again = button(
            "teach_send_again",
            texts.say(DialogWords.SEND_AGAIN),
            lambda: self._with_chosen(shots.send_again),
        )
        self._remove = button(
            "teach_remove_picture",
            texts.say(DialogWords.REMOVE_PICTURE),
            lambda: self._with_chosen(shots.remove),
        )
        actions = (self._use_selection, self._find, self._again, self._remove)
        layout.addWidget(label("teach_pictures_hint", texts.say(DialogWords.PICTURES_HINT)))
        layout.addWidget(flowing("teach_sources", *sources))
        layout.addWidget(self._trouble)
        layout.addWidget(self._count)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._about)
        layout.addWidget(self._wrong)
        layout.addWidget(flowing("teach_picture_actions", *actions))
        in_order(*sources, self.list, *actions)
        for keys, act in (
            (QtGui.QKeySequence.StandardKey.Paste, self.paste),
            (QtGui.QKeySequence.StandardKey.Delete, lambda: self._with_chosen(shots.remove)),
        ):
            action = QAction(self)
            action.setShortcut(QtGui.QKeySequence(keys))
            action.setShortcutContext(QtCore.Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(act)
            self.addAction(action)
        shots.changed.connect(self._show)
        self._show()

    # --- what comes in ---

    def paste(self) -> None:
        """Take what was copied: pictures' files, or a picture."""
        clipboard = QtWidgets.QApplication.clipboard()
        if clipboard is not None:
            self._take(clipboard.mimeData())

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent | None) -> None:  # noqa: N802 - Qt's
        data = None if event is None else event.mimeData()
        if event is not None and data is not None and (data.hasUrls() or data.hasImage()):
            event.acceptProposedAction()

    def dropEvent(self, event: QtGui.QDropEvent | None) -> None:  # noqa: N802
        if event is not None:
            self._take(event.mimeData())
            event.acceptProposedAction()

    def _take(self, data: QtCore.QMimeData | None) -> None:
        paths = [] if data is None else [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if paths:
            self._shots.add_files(paths)
        else:
            self._shots.add_image(_copied(data), self._texts.say(DialogWords.CLIPBOARD))

    def _choose_files(self) -> None:
        caption = self._texts.say(DialogWords.ADD_FILES)
        kinds = f"{self._texts.say(DialogWords.PICTURES)} ({FILES})"
        paths, _ = QtWidgets.QFileDialog.getOpenFileNames(self, caption, "", kinds)
        self._shots.add_files([Path(path) for path in paths])

    # --- what is shown ---

    def _show(self) -> None:
        shots = self._shots.shots
        numbers = {shot.number for shot in shots}
        for row in reversed(range(self.list.count())):
            item = self.list.item(row)
            if item is not None and item.data(_NUMBER) not in numbers:
                self._drawn.pop(item.data(_NUMBER), None)
                self.list.takeItem(row)
        for row, shot in enumerate(shots):
            if self.list.item(row) is None:
                self.list.addItem(QtWidgets.QListWidgetItem())
            item = self.list.item(row)
            if item is not None and (
                item.data(_NUMBER) != shot.number or self._drawn.get(shot.number) is not shot
            ):
                self._drawn[shot.number] = shot
                self._draw(item, shot)
        if self.list.currentItem() is None and shots:
            self.list.setCurrentRow(0)
        few = DialogWords.PICTURES_FEW if self._shots.ready < FEW else DialogWords.PICTURES_ENOUGH
        say(self._count, self._texts.say(few, ready=self._shots.ready, all=len(shots)) if shots else "")
        self._trouble.show_error(self._shots.trouble)
        self._show_chosen()

    def _draw(self, item: QtWidgets.QListWidgetItem, shot: Shot) -> None:
        stage = self._texts.say(_STAGES[shot.stage])
        item.setData(_NUMBER, shot.number)
        item.setIcon(icon(shot.shown, ICON_PX))
        item.setText(stage)
        why = None if shot.trouble is None else self._texts.tell(shot.trouble).what
        item.setToolTip(tip(shot.name if why is None else f"{shot.name}: {why}"))
        item.setData(QtCore.Qt.ItemDataRole.AccessibleTextRole, f"{shot.name}: {stage}")
        colour = self.palette().color(QtGui.QPalette.ColorRole.Text)
        item.setForeground(colour)
        font = self.list.font()
        font.setBold(shot.stage is Stage.BAD)
        item.setFont(font)

    def _chosen(self) -> Shot | None:
        item = self.list.currentItem()
        return None if item is None else self._shots.shot(item.data(_NUMBER))

    def _show_chosen(self, *_: object) -> None:
        shot = self._chosen()
        held = shot is not None and shot.held
        busy = shot is not None and shot.stage is Stage.FINDING
        say(self._about, "" if shot is None else f"{shot.name} {_pixels(shot)}".strip())
        self._wrong.show_error(None if shot is None else shot.trouble)
        for widget in (self._use_selection, self._find):
            widget.setVisible(held)
            widget.setEnabled(not busy)
        self._again.setVisible(shot is not None and shot.stage is Stage.BAD and not held)
        self._remove.setVisible(shot is not None)

    def _with_chosen(self, act: Callable[[int], None]) -> None:
        shot = self._chosen()
        if shot is not None:
            act(shot.number)


def _copied(data: QtCore.QMimeData | None) -> QtGui.QImage | bytes:
    """A picture that was copied or is dragged; a null image where there is none."""
    for kind in COPIED:
        if data is not None and data.hasFormat(kind):
            return bytes(data.data(kind))
    image = data.imageData() if data is not None and data.hasImage() else None
    return image if isinstance(image, QtGui.QImage) else QtGui.QImage()


def _pixels(shot: Shot) -> str:
    return "" if shot.size is None else f"({shot.size.width} x {shot.size.height})"
