"""What a server's connections share: the model that is used where nobody names one, and sessions."""

import tracemalloc
from pathlib import Path

import pytest

from dreammix.models.registry import add
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.house import SANDBOX, SEAL_DIGITS, Furniture, House


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of the artist's, called `mine`."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    path = tmp_path / "mine.safetensors"
    path.touch()
    add("mine", path)
    return path


def house(folder: Path, model: str | None = None) -> House:
    """A server as it starts in a folder."""
    furniture = Furniture(library=folder, uploads=folder, chosen=folder / "model.txt", model=model)
    return House(Engine(folder / "jobs", EngineSettings()), furniture)


def test_what_was_loaded_last_is_used_after_a_restart(tmp_path: Path, own: Path) -> None:
    """Unless the server is told another one when it starts."""
    first = house(tmp_path)
    assert first.usual == SANDBOX
    first.settle_on("mine")
    assert first.usual == house(tmp_path).usual == "mine"
    assert house(tmp_path, SANDBOX).usual == SANDBOX


def test_a_model_that_has_gone_is_not_used(tmp_path: Path, own: Path) -> None:
    """Nor is what makes no sense in the file that keeps its name: the sandbox is always there."""
    house(tmp_path).settle_on("mine")
    own.unlink()
    assert house(tmp_path).usual == SANDBOX
    (tmp_path / "model.txt").write_bytes(b"\xff\x00")
    assert house(tmp_path).usual == SANDBOX


def test_row_16_a_session_is_resumed_by_its_own_user_alone(tmp_path: Path) -> None:
    """Row 16: and by its whole name, at the server that gave it: what somebody makes up is a new one."""
    here, elsewhere = house(tmp_path), house(tmp_path / "elsewhere")
    name, resumed = here.open_session("ana", None)
    assert not resumed and here.open_session("ana", name) == (name, True)
    for server, user, asked in (
        (here, "bo", name),
        (elsewhere, "ana", name),
        (here, "ana", name[:-1]),
        (here, "ana", name[:SEAL_DIGITS]),
        (here, "ana", name[SEAL_DIGITS:] + name[:SEAL_DIGITS]),
    ):
        opened, resumed = server.open_session(user, asked)
        assert opened != asked and not resumed


def test_clients_that_have_gone_leave_nothing(tmp_path: Path) -> None:
    """A thousand sessions take no memory: their names say by themselves that they were given."""
    here = house(tmp_path)
    tracemalloc.start()
    try:
        here.open_session("ana", here.open_session("ana", None)[0])
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(1000):
            here.open_session("ana", None)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1000 * SEAL_DIGITS
