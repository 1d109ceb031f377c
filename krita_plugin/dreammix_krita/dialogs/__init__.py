"""The dialogs: teaching a subject, the library, the settings, setting up the backend.

Each is a model without widgets, which the tests ask, and a thin view of it. Their windows are modeless: the
artist goes on painting. What is under way when its window is closed goes on, and is shown again when the
window is asked for.
"""

import os
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from dreammix_krita.client.installed import setup_command
from dreammix_krita.dialogs.library.dialog import LibraryDialog
from dreammix_krita.dialogs.setting_up.dialog import SetUpDialog, says_state
from dreammix_krita.dialogs.setting_up.model import SetUpModel
from dreammix_krita.dialogs.settings.dialog import SettingsDialog
from dreammix_krita.dialogs.teaching.dialog import TeachDialog
from dreammix_krita.qt import QtWidgets
from dreammix_krita.services import Services

__all__ = ["open_library", "open_set_up", "open_settings", "open_teach"]

Tried: TypeAlias = Callable[[str], None]
"""Takes a subject's id."""
DialogT = TypeVar("DialogT", bound=QtWidgets.QDialog)


def open_teach(
    parent: QtWidgets.QWidget | None,
    services: Services,
    subject: str | None = None,
    tried: Tried | None = None,
) -> TeachDialog:
    """Teach a new subject, or go on with one of the library; a teaching that runs is shown instead.

    Args:
        parent: the owner, above which the window stays.
        services: the plugin's.
        subject: one of the library; None: a new one.
        tried: inserts a subject into the current document.
    """
    there = _there(parent, TeachDialog)
    if there is not None and (there.busy or (there.isVisible() and subject in (None, there.draft.subject))):
        return _shown(there)
    if there is not None:
        there.close()
    dialog = TeachDialog(parent, services, subject)
    if tried is not None:
        dialog.tried.connect(tried)
    return _shown(dialog)


def open_library(
    parent: QtWidgets.QWidget | None, services: Services, tried: Tried | None = None
) -> LibraryDialog:
    """Show all of the artist's subjects; `tried` as for `open_teach`, which can be opened from there."""
    there = _there(parent, LibraryDialog)
    return _shown(
        there or LibraryDialog(parent, services, lambda subject: open_teach(parent, services, subject, tried))
    )


def open_settings(parent: QtWidgets.QWidget | None, services: Services) -> SettingsDialog:
    """Show what is set once."""
    there = _there(parent, SettingsDialog)
    return _shown(there or SettingsDialog(parent, services, lambda: open_set_up(parent, services)))


def open_set_up(parent: QtWidgets.QWidget | None, services: Services) -> SetUpDialog:
    """Set up the backend of this machine, and start it then."""
    there = _there(parent, SetUpDialog)
    if there is None:
        model, keeper, texts = SetUpModel(setup_command, os.environ), services.keeper, services.texts
        model.changed.connect(lambda: keeper.tell_step(says_state(model, texts) if model.running else None))
        model.installed.connect(keeper.start)
        there = SetUpDialog(parent, model, texts)
    return _shown(there)


def _there(parent: QtWidgets.QWidget | None, kind: type[DialogT]) -> DialogT | None:
    """The dialog of that kind that the parent has already."""
    return None if parent is None else parent.findChild(kind)


def _shown(dialog: DialogT) -> DialogT:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
