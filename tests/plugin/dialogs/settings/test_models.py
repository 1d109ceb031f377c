"""Models: fetched, followed, checked, removed, made ready."""

from dataclasses import replace

import pytest

from dreammix.protocol import InvalidMessage, ModelDamaged
from dreammix.protocol.services import ListExtras, LoadModel, ManageModel, ModelOrder
from dreammix_krita.dialogs import open_settings
from dreammix_krita.dialogs.settings.dialog import SettingsDialog
from dreammix_krita.dialogs.settings.models import Doing, ModelsModel
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until
from tests.plugin.dialogs.scripted import EXTRAS, MODELS, scripted
from tests.plugin.dialogs.seen import click, says, shows

SANDBOX, SDXL = MODELS
HERE = (SANDBOX, replace(SDXL, installed=True))
COMING = (SANDBOX, replace(SDXL, fetched_bytes=1 << 30, fetching_bytes=4 << 30))


@pytest.fixture
def model(services: Services) -> ModelsModel:
    """As the window opens."""
    made = ModelsModel(services.client)
    made.refresh()
    until(lambda: bool(made.models))
    return made


def opened(services: Services) -> SettingsDialog:
    """The models' page, with the second one chosen."""
    dialog = open_settings(None, services)
    dialog.pages.setCurrentIndex(1)
    until(lambda: bool(dialog.models.models))
    dialog.findChild(QtWidgets.QListWidget, "settings_model_list").setCurrentRow(1)
    return dialog


@pytest.mark.parametrize(
    ("doing", "asked"),
    [
        (Doing.LOADING, LoadModel("sdxl")),
        (Doing.FETCHING, ManageModel("sdxl", ModelOrder.PULL)),
        (Doing.CHECKING, ManageModel("sdxl", ModelOrder.VERIFY)),
        (Doing.REMOVING, ManageModel("sdxl", ModelOrder.REMOVE)),
    ],
)
def test_each_order_is_given_once(
    services: Services, model: ModelsModel, doing: Doing, asked: LoadModel | ManageModel
) -> None:
    """However often it is clicked before the answer comes."""
    model.do("sdxl", doing)
    model.do("sdxl", doing)
    assert model.doing == {"sdxl": doing}
    until(lambda: not model.doing)
    assert scripted(services).of(type(asked)) == [asked]
    assert (doing is Doing.CHECKING) == ("sdxl" in model.sound)


def test_what_went_wrong_is_told(services: Services, model: ModelsModel) -> None:
    """A damaged model is not called sound any more."""
    model.do("sdxl", Doing.CHECKING)
    until(lambda: "sdxl" in model.sound)
    error = ModelDamaged("sdxl is damaged", "a file was changed", "Get it again")
    scripted(services).refusals[ManageModel] = error
    model.do("sdxl", Doing.CHECKING)
    until(lambda: not model.doing)
    assert model.trouble is error and "sdxl" not in model.sound


def test_a_fetch_is_followed_until_it_is_there(services: Services, model: ModelsModel) -> None:
    """Also one that another window, or an earlier start of Krita, has begun."""
    scripted(services).models = COMING
    model.refresh()
    until(lambda: model.state(model.models[1]) is Doing.FETCHING)
    scripted(services).models = HERE
    until(lambda: model.models[1].installed)
    assert model.state(model.models[1]) is None
    model.close()


def test_a_model_that_is_not_here_can_be_fetched(services: Services) -> None:
    """Its size and licence are said before; then how much has come."""
    dialog = opened(services)
    assert says(dialog, "settings_model_about").splitlines()[1:] == [
        "Takes 7.0 GB on the disk.",
        "Licence: OpenRAIL++-M",
    ]
    assert not shows(dialog, "settings_load") and not shows(dialog, "settings_remove")
    scripted(services).silent = {ManageModel}
    scripted(services).models = COMING
    click(dialog, "settings_get")
    until(lambda: says(dialog, "settings_model_about").endswith("1.0 GB of 4.0 GB"))
    bar = dialog.findChild(QtWidgets.QProgressBar, "settings_model_progress")
    assert bar.value() * 4 == bar.maximum()
    click(dialog, "settings_stop_fetch")
    assert scripted(services).of(ManageModel)[-1] == ManageModel("sdxl", ModelOrder.STOP)


def test_what_models_need_besides_is_fetched_like_them(services: Services) -> None:
    """The drafts' LoRA stands behind the models; it can be fetched, checked and removed, and not loaded."""
    scripted(services).extras = (replace(EXTRAS[0], fetched_bytes=1 << 20, fetching_bytes=4 << 20),)
    dialog = opened(services)
    until(lambda: bool(dialog.models.extras))
    listed = dialog.findChild(QtWidgets.QListWidget, "settings_model_list")
    listed.setCurrentRow(2)
    assert "drafts" in says(dialog, "settings_model_about") and shows(dialog, "settings_stop_fetch")
    scripted(services).extras = EXTRAS
    until(lambda: shows(dialog, "settings_get"))
    click(dialog, "settings_get")
    until(lambda: not dialog.models.doing)
    assert scripted(services).of(ManageModel) == [ManageModel("hyper-sdxl", ModelOrder.PULL)]
    scripted(services).extras = (replace(EXTRAS[0], installed=True),)
    dialog.models.refresh()
    until(lambda: shows(dialog, "settings_check"))
    assert shows(dialog, "settings_remove") and not shows(dialog, "settings_load")


def test_an_older_backend_has_no_such_list(services: Services) -> None:
    """That it does not know the question is no trouble: its models are shown."""
    scripted(services).refusals[ListExtras] = InvalidMessage("No such request", "it is newer", "Update")
    dialog = opened(services)
    until(lambda: ListExtras() in scripted(services).of(ListExtras))
    assert dialog.models.models and not dialog.models.extras and dialog.models.trouble is None


def test_gigabytes_are_not_removed_by_one_click(services: Services) -> None:
    """The second button asks; choosing another model takes the question back."""
    scripted(services).models = HERE
    dialog = opened(services)
    click(dialog, "settings_remove")
    assert not scripted(services).of(ManageModel)
    listed = dialog.findChild(QtWidgets.QListWidget, "settings_model_list")
    listed.setCurrentRow(0)
    listed.setCurrentRow(1)
    click(dialog, "settings_remove")
    click(dialog, "settings_remove_sure")
    assert scripted(services).of(ManageModel) == [ManageModel("sdxl", ModelOrder.REMOVE)]


def test_the_built_in_model_stays(services: Services) -> None:
    """It came with the backend; it is ready and has nothing to be made ready."""
    dialog = opened(services)
    dialog.findChild(QtWidgets.QListWidget, "settings_model_list").setCurrentRow(0)
    assert not shows(dialog, "settings_remove")
    assert not dialog.findChild(QtWidgets.QPushButton, "settings_load").isEnabled()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the file manager was asked to show."""
    asked: list[str] = []

    def show(url: QtCore.QUrl) -> bool:
        asked.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QtGui.QDesktopServices, "openUrl", show)
    return asked


def test_the_folder_of_own_models_is_made_and_opened(services: Services, shown: list[str]) -> None:
    """It lies where the backend of this machine looks."""
    dialog, folder = opened(services), services.keeper.own_models
    assert not folder.exists()
    click(dialog, "settings_open_models")
    click(dialog, "settings_open_models")
    assert folder.is_dir() and shown == [str(folder), str(folder)]
    assert not shows(dialog, "settings_fetching_trouble")


def test_a_folder_that_cannot_be_opened_is_named(
    services: Services, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it cannot be made, or nothing shows it."""
    dialog, folder = opened(services), services.keeper.own_models
    folder.parent.touch()
    click(dialog, "settings_open_models")
    assert shown == [] and dialog.model.trouble is not None and str(folder) in dialog.model.trouble.why
    folder.parent.unlink()
    monkeypatch.setattr(QtGui.QDesktopServices, "openUrl", lambda url: False)
    click(dialog, "settings_open_models")
    assert str(folder) in dialog.model.trouble.remedy
    assert shows(dialog, "settings_fetching_trouble")


def test_a_studios_models_are_not_put_into_a_folder_here(services: Services) -> None:
    """Nothing is said of it then."""
    dialog = opened(services)
    assert shows(dialog, "settings_own_models")
    assert dialog.model.use_remote("studio.lan:8443", "code", "")
    assert not shows(dialog, "settings_own_models")
    services.client.close()


def test_the_models_are_asked_for_again_when_the_window_is_looked_at(services: Services) -> None:
    """What was put into the folder meanwhile is on the list."""
    dialog = opened(services)
    other = QtWidgets.QDialog()
    other.show()
    other.activateWindow()
    until(lambda: not dialog.isActiveWindow())
    scripted(services).models = (*MODELS, replace(SDXL, model="ink", installed=True, size_bytes=None))
    assert len(dialog.models.models) == len(MODELS)
    dialog.activateWindow()
    until(lambda: len(dialog.models.models) > len(MODELS))
    dialog.findChild(QtWidgets.QListWidget, "settings_model_list").setCurrentRow(2)
    assert shows(dialog, "settings_check") and not shows(dialog, "settings_remove")
