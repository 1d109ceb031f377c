"""A subject's attributes as chips, in the order of their kinds; each can be changed or taken away."""

from functools import partial
from typing import Final

from dreammix.protocol import Attribute, AttributeKind, DreamMixError
from dreammix.protocol.attributes import MAX_ATTRIBUTE_CHARACTERS
from dreammix_krita.dialogs.parts.flow import flowing
from dreammix_krita.dialogs.parts.making import line
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.texts import KINDS, Catalogue, DialogWords
from dreammix_krita.widgets import Flat, button, named, tip

SHOWN_CHARACTERS: Final = 30
"""A longer chip is cut: it must fit into a narrow window."""


class Chips(QtWidgets.QWidget):
    """Chips, and beneath them a line to add one.

    Signals:
        added: an Attribute.
        removed: an Attribute.
        refused: the DreamMixError that says why what was written is none.
    """

    added = QtCore.pyqtSignal(object)
    removed = QtCore.pyqtSignal(object)
    refused = QtCore.pyqtSignal(object)

    def __init__(self, name: str, texts: Catalogue) -> None:
        super().__init__()
        self.setObjectName(name)
        self._name = name
        self._texts = texts
        self._shown: tuple[Attribute, ...] | None = None
        self._row: QtWidgets.QWidget | None = None
        self.kind = named(QtWidgets.QComboBox(), f"{name}_kind", texts.say(DialogWords.KIND))
        for kind, words in KINDS.items():
            self.kind.addItem(texts.say(words), kind)
        self.words = line(f"{name}_words", texts.say(DialogWords.ATTRIBUTE), MAX_ATTRIBUTE_CHARACTERS)
        self.words.setPlaceholderText(texts.say(DialogWords.ATTRIBUTE_EXAMPLE))
        self.words.returnPressed.connect(self._add)
        self.add = button(f"{name}_add", texts.say(DialogWords.ADD), self._add)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.kind)
        row.addWidget(self.words, 1)
        row.addWidget(self.add)
        self._layout = QtWidgets.QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addLayout(row)
        self.show_attributes(())

    def show_attributes(self, attributes: tuple[Attribute, ...]) -> None:
        """Show these."""
        if attributes == self._shown:
            return
        self._shown = attributes
        order = list(KINDS)
        sorted_by_kind = sorted(attributes, key=lambda attribute: order.index(attribute.kind))
        row = flowing(f"{self._name}_row", *(self._chip(i, one) for i, one in enumerate(sorted_by_kind)))
        row.setVisible(bool(attributes))
        if self._row is not None:
            self._layout.removeWidget(self._row)
            self._row.hide()
            self._row.deleteLater()
        self._layout.insertWidget(0, row)
        self._row = row

    def _chip(self, index: int, attribute: Attribute) -> QtWidgets.QWidget:
        chip = named(QtWidgets.QFrame(), f"{self._name}_chip_{index}")
        chip.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        kind = self._texts.say(KINDS[attribute.kind])
        told = f"{kind}: {attribute.words}"
        change = Flat(f"{self._name}_change_{index}", told)
        change.setText(told if len(told) <= SHOWN_CHARACTERS else f"{told[: SHOWN_CHARACTERS - 1]}\u2026")
        change.setToolTip(tip(f"{told}\n{self._texts.say(DialogWords.CHANGE_TIP)}"))
        change.clicked.connect(partial(self._change, attribute))
        away = self._texts.say(DialogWords.REMOVE_ATTRIBUTE, words=attribute.words)
        gone = Flat(f"{self._name}_remove_{index}", away)
        gone.setText("\u00d7")
        gone.setToolTip(tip(away))
        gone.clicked.connect(partial(self._remove, attribute))
        layout = QtWidgets.QHBoxLayout(chip)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setSpacing(0)
        layout.addWidget(change)
        layout.addWidget(gone)
        return chip

    def _change(self, attribute: Attribute, _: bool = False) -> None:
        """Put it into the line, to be written anew."""
        self.kind.setCurrentIndex(self.kind.findData(attribute.kind))
        self.words.setText(attribute.words)
        self.words.setFocus()
        self.removed.emit(attribute)

    def _add(self) -> None:
        try:
            attribute = Attribute(AttributeKind(self.kind.currentData()), self.words.text().strip())
        except DreamMixError as error:
            self.refused.emit(error)
            return
        self.words.clear()
        self.added.emit(attribute)

    def _remove(self, attribute: Attribute, _: bool = False) -> None:
        self.removed.emit(attribute)
