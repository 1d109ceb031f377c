"""What should be different: the edit field with its history, chips of what it replaces, and how strongly."""

from typing import Final

from dreammix.protocol import Replacement
from dreammix.protocol.attributes import MAX_EDIT_CHARACTERS
from dreammix_krita.docker.parts import Keys, column, lines, row, stretch
from dreammix_krita.flow.controller import Controller
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import KINDS, Catalogue, Words
from dreammix_krita.widgets import embolden, label, named, say

CHIP_ROWS: Final = 2
"""So many rows of chips have a place of their own; more are scrolled."""
CHIP_ROOM_PX: Final = 8
"""What a row of chips takes beside the height of its letters."""
_FULL: Final = 100


class WordsPart(QtWidgets.QWidget):
    """Shows and takes the words.

    Args:
        controller: holds the wish.
        services: for texts and what was said before.
        keys: keeps what is typed from Krita.
    """

    def __init__(self, controller: Controller, services: Services, keys: Keys) -> None:
        super().__init__()
        texts = services.texts
        self._controller = controller
        self._texts = texts
        self._headline = label("dreammix_headline")
        self._edit = SaidEdit(services)
        self._edit.textEdited.connect(lambda text: controller.change(words=text))
        self._edit.recalled.connect(lambda text: controller.change(words=text))
        self._edit.returnPressed.connect(controller.insert)
        # The next key is for the canvas: what is undone then is the insert, not what was typed.
        controller.began.connect(self._edit.clearFocus)
        self._headline.setBuddy(self._edit)
        self._chips = _Chips(texts)
        self._chips.itemChanged.connect(self._keep)
        self._replacements: tuple[Replacement, ...] = ()
        self._strength = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self._strength.setObjectName("dreammix_strength")
        self._strength.setRange(0, _FULL)
        self._strength.setPageStep(10)
        self._strength.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self._strength.setToolTip(texts.say(Words.STRENGTH_TIP))
        self._strength.setAccessibleName(texts.say(Words.STRENGTH_TIP))
        # To the left the words are followed wholly: strength 1.
        self._strength.valueChanged.connect(lambda value: controller.change(strength=1 - value / _FULL))
        follow = label("dreammix_follow", texts.say(Words.FOLLOW_WORDS))
        keep = label("dreammix_keep", texts.say(Words.KEEP_SUBJECT))
        keep.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight)
        self._strengthened = (follow, keep, self._strength)
        stretch(self._strength)
        column(self, self._headline, self._edit, self._chips, row(follow, keep), self._strength)
        keys.guard(self._edit)

    def refresh(self) -> None:
        """Show the wish as it is now."""
        controller, wish = self._controller, self._controller.wish
        embolden(self._headline, controller.editing is not None)
        say(self._headline, self._texts.say(self._title()))
        self._edit.setPlaceholderText("" if wish.subject is None else self._texts.say(Words.OPTIONAL))
        if self._edit.text() != wish.words:
            self._edit.setText(wish.words)
        with QtCore.QSignalBlocker(self._strength):
            self._strength.setValue(round(_FULL * (1 - wish.strength)))
        for widget in self._strengthened:
            widget.setEnabled(wish.subject is not None)
        self._show_chips()

    def _title(self) -> Words:
        if self._controller.editing is not None:
            return Words.EDIT_THIS
        return Words.DESCRIBE_PICTURE if self._controller.wish.subject is None else Words.DESCRIBE_CHANGE

    def _show_chips(self) -> None:
        replacements, wish = self._controller.replacements, self._controller.wish
        with QtCore.QSignalBlocker(self._chips):
            if replacements != self._replacements:
                self._replacements = replacements
                self._chips.fill([self._say(one) for one in replacements])
            for index, replacement in enumerate(replacements):
                item = self._chips.item(index)
                state = QtCore.Qt.CheckState
                if item is not None:
                    item.setCheckState(state.Unchecked if wish.keeps(replacement) else state.Checked)

    def _say(self, replacement: Replacement) -> str:
        words = Words.CHIP if replacement.old else Words.CHIP_ADDS
        return self._texts.say(words, kind=KINDS[replacement.kind], old=replacement.old, new=replacement.new)

    def _keep(self, item: QtWidgets.QListWidgetItem) -> None:
        replacement = self._replacements[self._chips.row(item)]
        self._controller.keep_original(replacement, item.checkState() == QtCore.Qt.CheckState.Unchecked)


class SaidEdit(QtWidgets.QLineEdit):
    """The edit field; arrow up brings earlier edits back.

    Signals:
        recalled: an earlier edit is in the field now.
    """

    recalled = QtCore.pyqtSignal(str)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setObjectName("dreammix_edit")
        self.setMaxLength(MAX_EDIT_CHARACTERS)
        self.setAccessibleName(services.texts.say(Words.DESCRIBE_CHANGE))
        self._settings = services.settings
        self._back = 0
        self._begun = ""
        self.textEdited.connect(self._forget)

    def keyPressEvent(self, event: QtGui.QKeyEvent | None) -> None:  # noqa: N802 - Qt's
        """Up and down go through what was said; Escape gives the keys back to the canvas."""
        key = None if event is None else event.key()
        if key == QtCore.Qt.Key.Key_Up:
            self._go(1)
        elif key == QtCore.Qt.Key.Key_Down:
            self._go(-1)
        elif key == QtCore.Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def _go(self, by: int) -> None:
        said = self._settings.value.said
        back = min(max(self._back + by, 0), len(said))
        if back == self._back:
            return
        if self._back == 0:
            self._begun = self.text()
        self._back = back
        self.setText(said[-back] if back else self._begun)
        self.recalled.emit(self.text())

    def _forget(self) -> None:
        self._back = 0


class _Chips(QtWidgets.QListWidget):
    """Chips that are switched with a click, or the space bar."""

    def __init__(self, texts: Catalogue) -> None:
        super().__init__()
        named(self, "dreammix_chips", texts.say(Words.CHIPS))
        self._texts = texts
        self.setFlow(QtWidgets.QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setSpacing(1)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self._fit()
        self._stand_on_the_window()
        viewport = self.viewport()
        if viewport is not None:
            viewport.setAutoFillBackground(False)

    def fill(self, chips: list[str]) -> None:
        """Show these."""
        self.clear()
        for text in chips:
            item = QtWidgets.QListWidgetItem(text)
            item.setFlags(item.flags() | QtCore.Qt.ItemFlag.ItemIsUserCheckable)
            item.setToolTip(f"{text}\n{self._texts.say(Words.CHIP_TIP)}")
            self.addItem(item)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent | None) -> None:  # noqa: N802 - Qt's
        """A click anywhere on a chip switches it, not only one on its box."""
        item = None if event is None else self.itemAt(event.pos())
        if item is not None:
            on = item.checkState() == QtCore.Qt.CheckState.Checked
            item.setCheckState(QtCore.Qt.CheckState.Unchecked if on else QtCore.Qt.CheckState.Checked)

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802 - Qt's
        """Larger letters take more room, and another theme has other colours."""
        super().changeEvent(event)
        kind = None if event is None else event.type()
        if kind == QtCore.QEvent.Type.FontChange:
            self._fit()
        elif kind == QtCore.QEvent.Type.PaletteChange:
            self._stand_on_the_window()

    def _stand_on_the_window(self) -> None:
        """Without a ground of its own it is written as on a window, not as in a field."""
        role, usual = QtGui.QPalette.ColorRole, self.palette()
        ink = usual.color(role.WindowText)
        if usual.color(role.Text) != ink:
            palette = QtGui.QPalette()
            palette.setColor(role.Text, ink)
            self.setPalette(palette)

    def _fit(self) -> None:
        self.setFixedHeight(CHIP_ROWS * (lines(self, 1) + CHIP_ROOM_PX))
