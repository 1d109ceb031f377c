"""The settings' window."""

from dataclasses import replace
from pathlib import Path

from dreammix.protocol import OutOfMemory, Profile
from dreammix.protocol.library import UseArtist
from dreammix.protocol.services import ChooseProfile
from dreammix_krita.client.client import Phase
from dreammix_krita.dialogs import open_settings
from dreammix_krita.dialogs.setting_up.dialog import SetUpDialog
from dreammix_krita.dialogs.settings.dialog import SettingsDialog
from dreammix_krita.qt import QtWidgets
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until
from tests.plugin.dialogs.scripted import scripted
from tests.plugin.dialogs.seen import click, says, shows, write


def opened(services: Services, parent: QtWidgets.QWidget | None = None) -> SettingsDialog:
    """The window, once it knows the backend."""
    dialog = open_settings(parent, services)
    until(lambda: bool(dialog.models.models) or services.client.phase is not Phase.READY)
    return dialog


def test_a_connected_backend_says_how_it_is(services: Services) -> None:
    """And can be stopped, not started."""
    dialog = opened(services)
    assert says(dialog, "settings_state") == "Connected"
    assert "900 MB of memory" in says(dialog, "settings_health")
    assert shows(dialog, "settings_stop") and not shows(dialog, "settings_start")


def test_how_models_lie_in_a_cards_memory_is_chosen(services: Services) -> None:
    """The backend hears it at once; what it refuses is said. On the processor there is nothing to choose."""
    assert not shows(opened(services), "settings_memory")
    backend = scripted(services)
    backend.health = replace(backend.health, device="cuda:0", chosen_profile=Profile.OFFLOAD)
    dialog = opened(services)
    choices = dialog.findChild(QtWidgets.QComboBox, "settings_profile")
    until(lambda: shows(dialog, "settings_memory"))
    assert choices.currentText().startswith("One part at a time")
    choices.activated.emit(1)
    until(lambda: backend.health.chosen_profile is Profile.FULL and choices.currentIndex() == 1)
    choices.activated.emit(0)
    until(lambda: backend.health.chosen_profile is None and choices.currentIndex() == 0)
    backend.refusals[ChooseProfile] = OutOfMemory(
        "There is too little memory", "it ran out", "Choose another"
    )
    choices.activated.emit(1)
    until(lambda: says(dialog, "settings_backend_trouble_what") == "There is too little memory")


def test_without_a_backend_the_set_up_is_offered(services: Services) -> None:
    """Its button opens the set-up's window."""
    services.client.phase = Phase.IDLE
    parent = QtWidgets.QWidget()
    dialog = opened(services, parent)
    click(dialog, "settings_set_up")
    assert parent.findChild(SetUpDialog) is not None


def test_a_studio_is_connected_to(services: Services) -> None:
    """Its fields come with the choice; what is wrong with them is said beside them."""
    dialog = opened(services)
    assert not shows(dialog, "settings_studio")
    click(dialog, "settings_remote")
    write(dialog, "settings_address", "studio")
    click(dialog, "settings_connect")
    assert says(dialog, "settings_backend_trouble_what") == "The address cannot be used"
    write(dialog, "settings_address", "studio.lan:8443")
    write(dialog, "settings_token", "code")
    click(dialog, "settings_connect")
    assert services.settings.value.remote == "studio.lan:8443"
    assert not shows(dialog, "settings_stop")
    services.client.close()


def test_where_models_come_from_is_chosen(services: Services) -> None:
    """With the models; the backend learns it at its next start."""
    dialog = opened(services)
    write(dialog, "settings_mirror", "hf-mirror.example")
    click(dialog, "settings_fetch_from")
    assert says(dialog, "settings_fetching_trouble_what") == "The address cannot be used"
    write(dialog, "settings_mirror", "https://hf-mirror.example")
    click(dialog, "settings_offline")
    click(dialog, "settings_fetch_from")
    assert "next start" in says(dialog, "settings_fetching_after")
    value = services.settings.value
    assert (value.mirror, value.offline) == ("https://hf-mirror.example", True)


def test_secrets_are_not_shown(services: Services) -> None:
    """Neither the code nor the key."""
    dialog = opened(services)
    hidden = QtWidgets.QLineEdit.EchoMode.Password
    for name in ("settings_token", "settings_key"):
        assert dialog.findChild(QtWidgets.QLineEdit, name).echoMode() == hidden


def test_a_service_says_that_pictures_leave(services: Services) -> None:
    """Before it is saved."""
    dialog = opened(services)
    assert not shows(dialog, "settings_leaves")
    describer = dialog.findChild(QtWidgets.QComboBox, "settings_describer")
    describer.setCurrentIndex(describer.findData("openai"))
    assert shows(dialog, "settings_leaves") and not shows(dialog, "settings_own_vlm")
    write(dialog, "settings_endpoint", "http://localhost:11434/v1")
    write(dialog, "settings_vlm", "llava")
    click(dialog, "settings_describe_with")
    assert services.settings.value.describer == "openai"
    assert says(dialog, "settings_describer_after") == "Saved. It counts from the backend's next start."


def test_a_model_on_this_computer_is_chosen_by_its_folder(services: Services, tmp_path: Path) -> None:
    """No address and no key are asked for, and nothing leaves."""
    (tmp_path / "config.json").write_text("{}")
    dialog = opened(services)
    describer = dialog.findChild(QtWidgets.QComboBox, "settings_describer")
    describer.setCurrentIndex(describer.findData("local"))
    assert shows(dialog, "settings_own_vlm")
    assert not shows(dialog, "settings_service") and not shows(dialog, "settings_leaves")
    write(dialog, "settings_vlm_folder", str(tmp_path))
    click(dialog, "settings_describe_with")
    assert services.settings.value.describer_folder == str(tmp_path)
    assert says(dialog, "settings_describer_after") == "Saved. It counts from the backend's next start."


def test_a_key_can_be_forgotten(services: Services) -> None:
    """Where one is kept; here in the plugin's own file."""
    services.settings.change(
        describer="openai", describer_endpoint="http://x/v1", describer_model="llava", describer_key="secret"
    )
    dialog = opened(services)
    assert shows(dialog, "settings_forget_key")
    click(dialog, "settings_forget_key")
    assert services.settings.value.describer_key == ""
    assert dialog.findChild(QtWidgets.QLineEdit, "settings_key").text() == ""
    assert says(dialog, "settings_describer_after").startswith("The key is forgotten.")
    assert not shows(dialog, "settings_forget_key")


def test_another_artist_is_opened(services: Services) -> None:
    """By a new name; the shelf is theirs then."""
    dialog = opened(services)
    write(dialog, "settings_new_artist", "Ben")
    click(dialog, "settings_make_artist")
    until(lambda: services.shelf.artist == "Ben")
    assert [body.artist for body in scripted(services).of(UseArtist)] == ["Ben"]


def test_the_language_is_remembered(services: Services) -> None:
    """And it is said from when on it is spoken."""
    dialog = opened(services)
    box = dialog.findChild(QtWidgets.QComboBox, "settings_language")
    box.setCurrentIndex(box.findData("de"))
    box.activated.emit(box.currentIndex())
    assert services.settings.value.language == "de"
    assert says(dialog, "settings_language_after") == "It is spoken from Krita's next start."
