"""How it is computed: what is the background, and, folded away, the field's own terms."""

from dataclasses import replace
from typing import Any, Final

from dreammix.protocol import InsertSettings
from dreammix.protocol.requests import (
    MAX_DRAFT_STEPS,
    MAX_FEATHER_PX,
    MAX_GUIDANCE,
    MAX_STEPS,
    MIN_GUIDANCE,
    drafted,
)
from dreammix_krita.canvas import Background
from dreammix_krita.docker.loras import Loras
from dreammix_krita.docker.parts import GAP_PX, Keys, column, stretch
from dreammix_krita.flow.controller import Controller
from dreammix_krita.flow.wish import MAX_SHOWN_SEED, draw_seed
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import Catalogue, Words
from dreammix_krita.widgets import Flat, label

QUALITIES: Final = ((Words.DRAFT, 12), (Words.NORMAL, 30), (Words.BEST, 50))
"""What most artists choose between, and the steps that it means; a draft takes fewer where the model can."""
FIELD_PX: Final = 60
"""A field may be made this narrow."""


class Ground(QtWidgets.QWidget):
    """The switch between this layer and what is seen."""

    def __init__(self, controller: Controller, texts: Catalogue) -> None:
        super().__init__()
        self._controller = controller
        self._choices = {
            Background.LAYER: QtWidgets.QRadioButton(texts.say(Words.THIS_LAYER)),
            Background.VISIBLE: QtWidgets.QRadioButton(texts.say(Words.WHAT_I_SEE)),
        }
        for background, choice in self._choices.items():
            choice.setObjectName(f"dreammix_background_{background}")
            choice.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
            choice.clicked.connect(
                lambda _checked, background=background: controller.change(background=background)
            )
            stretch(choice)
        title = QtWidgets.QLabel(texts.say(Words.BACKGROUND))
        title.setObjectName("dreammix_background")
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setHorizontalSpacing(2 * GAP_PX)
        grid.setColumnStretch(1, 1)
        grid.addWidget(title, 0, 0)
        for place, choice in enumerate(self._choices.values()):
            grid.addWidget(choice, place, 1)

    def refresh(self) -> None:
        """Show the wish as it is now."""
        self._choices[self._controller.wish.background].setChecked(True)


class Advanced(QtWidgets.QWidget):
    """The folded part.

    Args:
        controller: holds the wish.
        services: for texts, and whether it was folded out before.
        keys: keeps what is typed from Krita.
    """

    def __init__(self, controller: Controller, services: Services, keys: Keys) -> None:
        super().__init__()
        texts = services.texts
        self._controller = controller
        self._settings = services.settings
        self._fold = Flat("dreammix_advanced")
        self._fold.setText(texts.say(Words.ADVANCED_PART))
        self._fold.setCheckable(True)
        self._fold.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fold.toggled.connect(self._unfold)
        self._body = QtWidgets.QWidget()
        self._body.setObjectName("dreammix_advanced_body")
        self._quality = QtWidgets.QComboBox()
        self._quality.setObjectName("dreammix_quality")
        for words, _ in QUALITIES:
            self._quality.addItem(texts.say(words))
        self._quality.addItem(texts.say(Words.OTHER_QUALITY))
        self._quality.activated.connect(self._choose_quality)
        self._steps = _number("dreammix_steps", 1, MAX_STEPS)
        self._steps.valueChanged.connect(self._take_steps)
        self._blend = _number("dreammix_blend", 0, 100, " %")
        self._blend.valueChanged.connect(lambda value: self._set(local_share=value / 100))
        self._guidance = QtWidgets.QDoubleSpinBox()
        self._guidance.setObjectName("dreammix_guidance")
        self._guidance.setRange(MIN_GUIDANCE, MAX_GUIDANCE)
        self._guidance.setSingleStep(0.5)
        self._guidance.setDecimals(1)
        self._guidance.valueChanged.connect(lambda value: self._set(guidance=value))
        self._feather = _number("dreammix_feather", 0, MAX_FEATHER_PX, " px")
        self._feather.valueChanged.connect(lambda value: self._set(feather=value))
        self._seed = _number("dreammix_seed", 0, MAX_SHOWN_SEED)
        self._seed.valueChanged.connect(lambda value: controller.change(seed=value))
        self._new_seed = QtWidgets.QCheckBox(texts.say(Words.SEED_NEW))
        self._new_seed.setObjectName("dreammix_seed_new")
        self._new_seed.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self._new_seed.clicked.connect(lambda new: controller.change(seed=None if new else draw_seed()))
        grid = QtWidgets.QGridLayout(self._body)
        grid.setContentsMargins(12, 0, 0, 0)
        grid.setSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        fields: tuple[tuple[Words, Words | None, QtWidgets.QWidget], ...] = (
            (Words.QUALITY, None, self._quality),
            (Words.STEPS, Words.STEPS_TIP, self._steps),
            (Words.BLEND, Words.BLEND_TIP, self._blend),
            (Words.GUIDANCE, Words.GUIDANCE_TIP, self._guidance),
            (Words.FEATHER, Words.FEATHER_TIP, self._feather),
            (Words.SEED, Words.SEED_TIP, self._seed),
        )
        for place, (title, tip, field) in enumerate(fields):
            text = label(f"{field.objectName()}_label", texts.say(title))
            text.setBuddy(field)
            field.setMinimumWidth(FIELD_PX)
            field.setAccessibleName(texts.say(title))
            if tip is not None:
                text.setToolTip(texts.say(tip))
                field.setToolTip(texts.say(tip))
            if field is not self._quality:
                keys.guard(field)
            stretch(field)
            grid.addWidget(text, place, 0)
            grid.addWidget(field, place, 1)
        grid.addWidget(self._new_seed, len(fields), 1)
        self._loras = Loras(controller, texts, keys)
        grid.addWidget(self._loras, len(fields) + 1, 0, 1, 2)
        column(self, self._fold, self._body)
        self._fold.setChecked(services.settings.value.advanced)
        self._unfold(services.settings.value.advanced)

    def refresh(self) -> None:
        """Show the wish as it is now."""
        wish = self._controller.wish
        settings = wish.settings
        steps = [steps for _, steps in QUALITIES]
        chosen = steps.index(settings.steps) if settings.steps in steps else len(steps)
        if settings == drafted(settings):
            chosen = 0
        self._quality.setCurrentIndex(chosen)
        _show(self._steps, settings.steps)
        _show(self._blend, round(100 * settings.local_share))
        _show(self._guidance, settings.guidance)
        _show(self._feather, settings.feather)
        if wish.seed is not None:
            _show(self._seed, min(wish.seed, MAX_SHOWN_SEED))
        self._seed.setEnabled(wish.seed is not None)
        self._new_seed.setChecked(wish.seed is None)
        self._loras.refresh()

    def _set(self, **changes: Any) -> None:
        self._controller.change(settings=replace(self._controller.wish.settings, **changes))

    def _choose_quality(self, index: int) -> None:
        if index < len(QUALITIES):
            words, steps = QUALITIES[index]
            if words is Words.DRAFT and self._controller.drafts:
                self._controller.change(settings=drafted(self._controller.wish.settings))
            else:
                self._set(steps=steps, draft=False, solver=InsertSettings().solver)

    def _take_steps(self, steps: int) -> None:
        if steps > MAX_DRAFT_STEPS and self._controller.wish.settings.draft:
            self._set(steps=steps, draft=False, solver=InsertSettings().solver)
        else:
            self._set(steps=steps)

    def _unfold(self, out: bool) -> None:
        arrow = QtCore.Qt.ArrowType
        self._fold.setArrowType(arrow.DownArrow if out else arrow.RightArrow)
        self._body.setVisible(out)
        self._settings.change(advanced=out)


def _number(name: str, least: int, most: int, unit: str = "") -> QtWidgets.QSpinBox:
    made = QtWidgets.QSpinBox()
    made.setObjectName(name)
    made.setRange(least, most)
    made.setSuffix(unit)
    # While the artist types, half a number is none.
    made.setKeyboardTracking(False)
    return made


def _show(field: QtWidgets.QSpinBox | QtWidgets.QDoubleSpinBox, value: float) -> None:
    """Show a value without telling of it."""
    with QtCore.QSignalBlocker(field):
        if isinstance(field, QtWidgets.QSpinBox):
            field.setValue(int(value))
        else:
            field.setValue(value)
