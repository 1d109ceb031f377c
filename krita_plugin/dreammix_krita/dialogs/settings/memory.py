"""How models lie in the memory of the backend's card: as fits, or as the artist chooses."""

from collections.abc import Mapping
from typing import Final

from dreammix.protocol import Profile
from dreammix_krita.dialogs.parts.making import field
from dreammix_krita.dialogs.settings.model import SettingsModel
from dreammix_krita.qt import QtWidgets
from dreammix_krita.texts import Catalogue, DialogWords
from dreammix_krita.widgets import named

PROFILES: Final[Mapping[Profile | None, DialogWords]] = {
    None: DialogWords.AS_FITS,
    Profile.FULL: DialogWords.PROFILE_FULL,
    Profile.PARKED: DialogWords.PROFILE_PARKED,
    Profile.OFFLOAD: DialogWords.PROFILE_OFFLOAD,
    Profile.GROUP: DialogWords.PROFILE_GROUP,
    Profile.TILED: DialogWords.PROFILE_TILED,
    Profile.FP8: DialogWords.PROFILE_FP8,
}
"""What is offered, in this order."""


class Memory(QtWidgets.QWidget):
    """A list to choose from; not there where the backend has no card, or is too old to be told.

    Args:
        model: asks the backend.
        texts: what is said.
    """

    def __init__(self, model: SettingsModel, texts: Catalogue) -> None:
        super().__init__()
        self.setObjectName("settings_memory")
        self._model = model
        self._choices = named(QtWidgets.QComboBox(), "settings_profile", texts.say(DialogWords.PROFILE))
        for words in PROFILES.values():
            self._choices.addItem(texts.say(words))
        # Its list is as wide as its words, the field as wide as the page.
        narrow = QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self._choices.setSizeAdjustPolicy(narrow)
        self._choices.activated.connect(lambda place: model.choose_profile(tuple(PROFILES)[place]))
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        field(texts.say(DialogWords.PROFILE), self._choices, layout)

    def refresh(self) -> None:
        """Show what was chosen."""
        health = self._model.health
        self.setVisible(self._model.chooses_profile)
        if health is not None:
            self._choices.setCurrentIndex(tuple(PROFILES).index(health.chosen_profile))
