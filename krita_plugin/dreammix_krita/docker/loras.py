"""Other people's LoRAs that are painted with: chosen by name, each with its weight."""

from dataclasses import replace

from dreammix.protocol import LoraUse
from dreammix.protocol.requests import MAX_LORA_WEIGHT, MAX_LORAS
from dreammix_krita.docker.parts import GAP_PX, Keys, stretch
from dreammix_krita.flow.controller import Controller
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.texts import Catalogue, Words
from dreammix_krita.widgets import Flat, label, tip


class Loras(QtWidgets.QWidget):
    """A list to add from, and a row for each that is worn; nothing where the backend has none.

    Args:
        controller: holds the wish, and knows which there are.
        texts: what is said.
        keys: keeps what is typed from Krita.
    """

    def __init__(self, controller: Controller, texts: Catalogue, keys: Keys) -> None:
        super().__init__()
        self.setObjectName("dreammix_loras")
        self._controller = controller
        self._texts = texts
        self._keys = keys
        self._shown: tuple[str, ...] = ()
        self._weights: list[QtWidgets.QDoubleSpinBox] = []
        self._add = QtWidgets.QComboBox()
        self._add.setObjectName("dreammix_lora_add")
        self._add.setAccessibleName(texts.say(Words.LORAS))
        self._add.setToolTip(texts.say(Words.LORAS_TIP))
        self._add.activated.connect(self._take)
        self._grid = QtWidgets.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP_PX)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(stretch(self._add), 0, 0, 1, 3)

    def refresh(self) -> None:
        """Show the wish, and what there is to choose from, as they are now."""
        worn = self._controller.wish.loras
        names = tuple(use.lora for use in worn)
        left = [name for name in self._controller.loras if name not in names]
        offered = [self._texts.say(Words.ADD_LORA), *left]
        if offered != [self._add.itemText(place) for place in range(self._add.count())]:
            self._add.clear()
            self._add.addItems(offered)
        self._add.setCurrentIndex(0)
        self._add.setEnabled(bool(left) and len(worn) < MAX_LORAS)
        if names != self._shown:
            self._rebuild(names)
        for field, use in zip(self._weights, worn, strict=True):
            with QtCore.QSignalBlocker(field):
                field.setValue(use.weight)
        self.setVisible(bool(left or worn))

    def _take(self, place: int) -> None:
        if place > 0:
            self._change((*self._controller.wish.loras, LoraUse(self._add.itemText(place))))

    def _change(self, loras: tuple[LoraUse, ...]) -> None:
        self._controller.change(loras=loras)

    def _weigh(self, place: int, weight: float) -> None:
        loras = list(self._controller.wish.loras)
        loras[place] = replace(loras[place], weight=weight)
        self._change(tuple(loras))

    def _drop(self, name: str) -> None:
        self._change(tuple(use for use in self._controller.wish.loras if use.lora != name))

    def _rebuild(self, names: tuple[str, ...]) -> None:
        for place in reversed(range(1, self._grid.count())):
            item = self._grid.takeAt(place)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._shown, self._weights = names, []
        for place, name in enumerate(names):
            title = label(f"dreammix_lora_{place}", name)
            title.setToolTip(tip(name))
            weight = QtWidgets.QDoubleSpinBox()
            weight.setObjectName(f"dreammix_lora_weight_{place}")
            weight.setAccessibleName(name)
            weight.setRange(-MAX_LORA_WEIGHT, MAX_LORA_WEIGHT)
            weight.setSingleStep(0.1)
            weight.setDecimals(2)
            weight.setKeyboardTracking(False)
            weight.valueChanged.connect(lambda value, place=place: self._weigh(place, value))
            self._keys.guard(weight)
            drop = Flat(f"dreammix_lora_drop_{place}", self._texts.say(Words.DROP_LORA, name=name))
            drop.setText("\N{MULTIPLICATION SIGN}")
            drop.clicked.connect(lambda _checked=False, name=name: self._drop(name))
            for column, widget in enumerate((stretch(title), weight, drop)):
                self._grid.addWidget(widget, place + 1, column)
            self._weights.append(weight)
