"""What a server's connections share: the model that is used where nobody names one, and sessions."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from dreammix.models.registry import add
from dreammix.protocol import InvalidRequest, OutOfMemory, Profile
from dreammix.protocol.services import ChooseProfile, ManageModel, ModelOrder
from dreammix_backend.answers import Visitor, answer
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.house import SANDBOX, SEAL_DIGITS, Furniture, House
from dreammix_backend.uploads import Uploads
from dreammix_backend.workers import WorkerState


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of the artist's, called `mine`."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    path = tmp_path / "mine.safetensors"
    path.touch()
    add("mine", path)
    return path


def furniture(folder: Path, model: str | None = None, profile: Profile | None = None) -> Furniture:
    """Of a server whose things are in a folder."""
    chosen = folder / "model.txt"
    return Furniture(library=folder, uploads=folder, chosen=chosen, model=model, profile=profile)


def house(folder: Path, model: str | None = None, profile: Profile | None = None) -> House:
    """A server as it starts in a folder."""
    return House(Engine(folder / "jobs", EngineSettings()), furniture(folder, model, profile))


class Crowded(Engine):
    """Holds a model, and has no room to load it anew."""

    def workers(self) -> tuple[WorkerState, ...]:
        return tuple(replace(state, model="sandbox") for state in super().workers())

    async def load(self, model: str) -> None:
        raise OutOfMemory(f"There is not enough memory for {model}", "it is too large", "Choose another")


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


async def test_a_profile_that_was_chosen_is_used_after_a_restart(tmp_path: Path) -> None:
    """Beside the model, also where that has gone; unless the server is told another one when it starts."""
    first = house(tmp_path)
    assert first.health().chosen_profile is None
    await first.choose(Profile.TILED)
    assert first.health().chosen_profile is house(tmp_path).engine.profile is Profile.TILED
    assert house(tmp_path, profile=Profile.FULL).engine.profile is Profile.FULL
    first.settle_on(SANDBOX)
    assert house(tmp_path).usual == SANDBOX and house(tmp_path).engine.profile is Profile.TILED
    await first.choose(None)
    assert house(tmp_path).engine.profile is None
    (tmp_path / "model.txt").write_text("gone\nhuge", encoding="utf-8")
    assert house(tmp_path).usual == SANDBOX and house(tmp_path).engine.profile is None


async def test_a_profile_that_means_nothing_is_not_chosen(tmp_path: Path) -> None:
    """The processor's memory is the machine's: nothing can wait elsewhere."""
    here = house(tmp_path)
    with pytest.raises(InvalidRequest, match="means nothing"):
        await here.choose(Profile.OFFLOAD)
    assert here.engine.profile is None and not (tmp_path / "model.txt").exists()


async def test_a_profile_in_which_the_loaded_model_has_no_room_is_not_chosen(tmp_path: Path) -> None:
    """The one before is in force again."""
    here = House(Crowded(tmp_path / "jobs", EngineSettings()), furniture(tmp_path))
    with pytest.raises(OutOfMemory):
        await here.choose(Profile.FULL)
    assert here.engine.profile is None and not (tmp_path / "model.txt").exists()


@pytest.mark.parametrize("ask", [ManageModel("sdxl", ModelOrder.REMOVE), ChooseProfile(Profile.TILED)])
async def test_row_16_what_all_share_is_not_one_users_to_change(
    tmp_path: Path, ask: ManageModel | ChooseProfile
) -> None:
    """Row 16: models and how they lie in memory are the owner's of the machine, not a studio's user's."""
    here, ana = house(tmp_path), Visitor(user="ana", session="s", artist="ana")
    with pytest.raises(InvalidRequest, match="not yours to change"):
        await answer(ask, ana, here, Uploads(tmp_path))
    assert here.engine.profile is None


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
