"""The set-up's window."""

import sys

from dreammix_krita.dialogs import open_set_up
from dreammix_krita.dialogs.setting_up.dialog import PARTS, SetUpDialog
from dreammix_krita.dialogs.setting_up.model import SetUpModel, SetUpState
from dreammix_krita.qt import QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import Catalogue
from tests.krita_plugin.loop import until
from tests.plugin.dialogs.seen import click, says, shows

HALF = '{"stage": "download", "done": 104857600, "total": 209715200, "message": "torch"}'
WAITS = f"print('{HALF}', flush=True); input()"


def opened(program: str) -> SetUpDialog:
    """A window around such a set-up."""
    model = SetUpModel(lambda order: (sys.executable, ["-c", program]), {})
    dialog = SetUpDialog(None, model, Catalogue("en"))
    dialog.show()
    return dialog


def test_it_says_what_will_happen_before_it_does() -> None:
    """How much, and that nothing else is changed; nothing runs yet."""
    dialog = opened("")
    assert "about 3 GB" in says(dialog, "set_up_state")
    assert not dialog.busy and not shows(dialog, "set_up_cancel")


def test_it_shows_how_far_it_is_and_may_be_left_alone() -> None:
    """Closed, it goes on; and it is this window that comes back."""
    dialog = opened(WAITS)
    click(dialog, "set_up_start")
    until(lambda: says(dialog, "set_up_state") == "Downloading: 100 MB of 200 MB")
    bar = dialog.findChild(QtWidgets.QProgressBar, "set_up_progress")
    assert (bar.value(), bar.maximum()) == (PARTS // 2, PARTS)
    assert says(dialog, "set_up_message") == "torch"
    dialog.close()
    assert dialog.busy and not dialog.isVisible()
    dialog.model.close()
    until(lambda: not dialog.busy)


def test_the_docker_is_told_the_same(services: Services) -> None:
    """As long as it runs."""
    dialog = open_set_up(None, services)
    dialog.model.state = SetUpState.RUNNING
    dialog.model.changed.emit()
    assert services.keeper.step == says(dialog, "set_up_state") == "The set-up begins"
    dialog.model.state = SetUpState.STOPPED
    dialog.model.changed.emit()
    assert services.keeper.step == ""


def test_a_failure_has_a_button_to_try_again() -> None:
    """What, why, and the one thing to do."""
    dialog = opened("import sys; sys.exit('no room')")
    click(dialog, "set_up_start")
    until(lambda: not dialog.busy)
    assert says(dialog, "set_up_trouble_what") == "The backend could not be set up"
    assert dialog.findChild(QtWidgets.QPushButton, "set_up_start").text() == "Try again"


def test_a_success_needs_nothing_more() -> None:
    """The backend starts by itself."""
    dialog = opened("pass")
    click(dialog, "set_up_start")
    until(lambda: not dialog.busy)
    assert says(dialog, "set_up_state") == "The backend is set up, and starts now."
    assert not shows(dialog, "set_up_start")
