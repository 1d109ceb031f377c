"""The settings beside the preferences."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dreammix_krita.client.client import Phase
from dreammix_krita.dialogs.settings.model import MAX_LOG_BYTES, SettingsModel
from dreammix_krita.flow.describing import DescriberKind, describer_environment, describer_options
from dreammix_krita.flow.fetching import fetching_environment
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until

KEY = "sk-secret"


@pytest.fixture
def model(services: Services) -> SettingsModel:
    """As the window opens."""
    made = SettingsModel(services)
    made.refresh()
    until(lambda: made.health is not None)
    return made


@pytest.mark.parametrize("place", ["", "studio", "studio:0", "studio:99999", "https://studio:1", "a b:1"])
def test_an_address_that_is_none_is_told(services: Services, model: SettingsModel, place: str) -> None:
    """Nothing is changed by it."""
    assert not model.use_remote(place, "code", "")
    assert model.trouble is not None and services.settings.value.remote == ""


def test_a_studio_is_remembered_with_its_code(
    services: Services, model: SettingsModel, tmp_path: Path
) -> None:
    """In a file that only its owner may read."""
    certificate = tmp_path / "studio.pem"
    certificate.touch()
    assert model.use_remote(" studio.lan:8443 ", "code", str(certificate))
    value = services.settings.value
    assert (value.remote, value.token, value.certificate) == ("studio.lan:8443", "code", str(certificate))
    assert (services.settings.folder / "plugin.json").stat().st_mode & 0o077 == 0
    model.use_local()
    assert services.settings.value.remote == ""
    services.client.close()


@pytest.mark.parametrize(("token", "certificate"), [("", ""), ("code", "/none.pem")])
def test_what_a_studio_needs_is_asked_for(model: SettingsModel, token: str, certificate: str) -> None:
    """A code, and a certificate that is there."""
    assert not model.use_remote("studio.lan:8443", token, certificate)


def test_the_end_of_the_log_is_shown(services: Services, model: SettingsModel) -> None:
    """Of its start, where it never came to have one of its own; of a long one the end."""
    assert model.log() == ""
    folder = services.keeper.folder
    folder.mkdir(parents=True)
    (folder / "start.log").write_text("no module named torch")
    assert model.log() == "no module named torch"
    (folder / "server.log").write_text("x" * MAX_LOG_BYTES + "listening")
    assert model.log().endswith("listening") and len(model.log()) == MAX_LOG_BYTES


def test_a_service_is_told_to_the_backend_without_its_key(services: Services, model: SettingsModel) -> None:
    """The key is in the environment, where there is no keyring: a command line can be read by everybody."""
    assert model.describe_with(DescriberKind.OPENAI, "http://localhost:11434/v1", "llava", KEY)
    until(lambda: bool(services.settings.value.describer_key))
    value = services.settings.value
    options = describer_options(value)
    assert options == (
        "--describer", "openai", "--endpoint", "http://localhost:11434/v1", "--vlm", "llava",
    )  # fmt: skip
    assert describer_environment(value) == {"DREAMMIX_DESCRIBER_KEY": KEY}
    assert KEY not in repr(value)
    assert (services.settings.folder / "plugin.json").stat().st_mode & 0o077 == 0


def test_a_key_in_the_keyring_is_nowhere_else(
    services: Services, model: SettingsModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backend takes it out by itself; here it is only known whose it is."""
    put: list[tuple[str, str]] = []

    def keep(host: str, key: str, done: Callable[[bool], None]) -> None:
        put.append((host, key))
        done(True)

    monkeypatch.setattr(services.keeper.keyring, "put", keep)
    assert model.describe_with(DescriberKind.OPENAI, "https://vlm.example/v1", "llava", KEY)
    assert put == [("vlm.example", KEY)]
    assert KEY not in (services.settings.folder / "plugin.json").read_text()
    assert describer_environment(services.settings.value) == {}
    assert model.has_key("https://vlm.example:8443/v1") and not model.has_key("https://other.example/v1")


def test_a_key_is_forgotten_in_the_keyring(
    services: Services, model: SettingsModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where the keyring has let it go; another service's stays."""
    services.settings.change(describer_keyed="vlm.example")
    lets_go, asked, told = [False, True], list[str](), list[str]()

    def forget(host: str, done: Callable[[bool], None]) -> None:
        asked.append(host)
        done(lets_go.pop(0))

    monkeypatch.setattr(services.keeper.keyring, "forget", forget)
    model.forget_key("https://other.example/v1", lambda: told.append("other"))
    assert asked == [] and model.has_key("https://vlm.example/v1")
    model.forget_key("https://vlm.example/v1", lambda: told.append("locked"))
    troubled = model.trouble is not None
    assert troubled and model.knows_key("https://vlm.example/v1")
    model.forget_key("https://vlm.example/v1", lambda: told.append("open"))
    troubled = model.trouble is not None
    assert not troubled and not model.knows_key("https://vlm.example/v1")
    assert (asked, told) == (["vlm.example", "vlm.example"], ["other", "open"])


def test_a_model_on_this_computer_is_told_by_its_folder(
    services: Services, model: SettingsModel, tmp_path: Path
) -> None:
    """One that has a model in it, from the root on; a service's model and key stay what they were."""
    services.settings.change(describer_model="llava")
    for nothing in (str(tmp_path), "", "relative"):
        assert not model.describe_in(nothing)
        assert model.trouble is not None and services.settings.value.describer == ""
    (tmp_path / "config.json").write_text("{}")
    assert model.describe_in(f" {tmp_path} ")
    assert services.settings.value.describer_model == "llava"
    options = describer_options(services.settings.value)
    assert options == ("--describer", "local", "--vlm", str(tmp_path))
    assert describer_environment(services.settings.value) == {}


def test_without_a_service_there_is_no_key_to_tell(services: Services, model: SettingsModel) -> None:
    """A key that is left from before stays at home."""
    assert model.describe_with(DescriberKind.CLIP, "", "", KEY)
    assert describer_options(services.settings.value) == ("--describer", "clip")
    assert describer_environment(services.settings.value) == {}


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("", "llava"),
        ("ftp://x/v1", "llava"),
        ("http://user:key@x/v1", "llava"),
        ("http://x/v1?key=1", "llava"),
        ("http://x:y", "llava"),
        ("http://x/v1", ""),
    ],
)
def test_a_service_that_cannot_be_asked_is_told(
    services: Services, model: SettingsModel, endpoint: str, name: str
) -> None:
    """No address, one with a key in it, or no model's name."""
    assert not model.describe_with(DescriberKind.OPENAI, endpoint, name, "")
    assert model.trouble is not None and services.settings.value.describer == ""


def test_a_mirror_counts_from_the_next_start(services: Services, model: SettingsModel) -> None:
    """The backend is told by the hub's own variables; where nothing was chosen, it is told nothing."""
    assert fetching_environment(services.settings.value) == {}
    assert model.fetch_from(" https://hf-mirror.example ", offline=False)
    assert fetching_environment(services.settings.value) == {"HF_ENDPOINT": "https://hf-mirror.example"}
    assert model.fetch_from("", offline=True)
    assert fetching_environment(services.settings.value) == {"HF_HUB_OFFLINE": "1"}


@pytest.mark.parametrize(
    "mirror",
    [
        "http://a.example",
        "a.example",
        "https://",
        "https://me:secret@a.example",
        "https://a.example/?q",
        "a b",
    ],
)
def test_a_mirror_that_is_none_is_told(services: Services, model: SettingsModel, mirror: str) -> None:
    """Nothing is changed by it; over http anybody on the way could change what comes."""
    assert not model.fetch_from(mirror, offline=True)
    assert model.trouble is not None
    assert (services.settings.value.mirror, services.settings.value.offline) == ("", False)


def test_without_a_backend_nothing_is_known(services: Services, model: SettingsModel) -> None:
    """What was true of the last one is not shown as true now."""
    services.client.phase = Phase.LOST
    services.client.changed.emit()
    assert model.health is None
