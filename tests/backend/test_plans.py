"""What a plan and the server's health say of memory, before anything is loaded."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dreammix.models.memory import AUTO, PROCESSOR, SDXL, Device, DeviceKind, Precision
from dreammix.models.usual import usual_settings
from dreammix.protocol import (
    Box,
    DescriberFailure,
    InsertSettings,
    InvalidRequest,
    Picture,
    Profile,
    Progress,
    Size,
    Stage,
    TeachProgress,
    TeachRequest,
    TeachStage,
)
from dreammix.protocol.services import PlanInsert, PlanTeach
from dreammix.subjects import Subject
from dreammix_backend.aide import Aides, Question, Solved, Survey, Surveyed
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.house import Furniture, House
from dreammix_backend.services.models import Measures, measures
from dreammix_backend.services.plans import Footing, Pace, plan_insert, plan_teach
from dreammix_backend.workers import WorkerState
from tests.backend.conversing import conversing

GIB = 1 << 30
CARD = Device(
    name="cuda:0",
    kind=DeviceKind.CUDA,
    title="a card",
    precision=Precision.FP16,
    total_bytes=24 * GIB,
    free_bytes=24 * GIB,
)
PROCESSOR_ITSELF = replace(CARD, name=PROCESSOR, kind=DeviceKind.CPU, title="the processor")
NOW = "2026-01-01T00:00:00Z"
SUBJECT = Subject(id="0" * 16, name="Pip", class_word="teapot", created=NOW, modified=NOW)
ASKED = PlanInsert(canvas=Size(2048, 2048), region=Box(512, 512, 512, 512), settings=InsertSettings())


def footing(device: Device, loaded: Profile | None = None) -> Footing:
    """SDXL on a device."""
    return Footing("sdxl", Measures(SDXL, 64), device, loaded)


def test_what_has_room_fits() -> None:
    """A large model on a large card."""
    plan = plan_insert(ASKED, footing(CARD), Pace())
    assert plan.fits and plan.hints == ()


def test_what_has_no_room_is_said_with_the_reason() -> None:
    """The sentence names the device, and how much would be needed of how much."""
    plan = plan_insert(ASKED, footing(replace(CARD, free_bytes=GIB // 4)), Pace())
    assert not plan.fits
    assert "a card" in plan.hints[-1] and plan.hints[-1].endswith("too little.")


def test_a_profile_that_was_chosen_is_planned_with() -> None:
    """Where another one would have room, too, it is not taken."""
    small = replace(CARD, free_bytes=3 * GIB)
    assert plan_insert(ASKED, footing(small), Pace()).fits
    plan = plan_insert(ASKED, replace(footing(small), profile=Profile.FULL), Pace())
    assert not plan.fits and "profile full" in plan.hints[-1]


def test_what_is_loaded_needs_no_room_again() -> None:
    """The machine's own memory is what is free while the model holds its part of it."""
    there = replace(CARD, name="cpu", kind=DeviceKind.CPU, precision=Precision.FP32, free_bytes=8 * GIB)
    assert not plan_insert(ASKED, footing(there), Pace()).fits
    assert plan_insert(ASKED, footing(there, Profile.FULL), Pace()).fits


def test_the_built_in_model_is_measured() -> None:
    """From the headers of its files."""
    found = measures("sandbox")
    assert found.size.native_side % found.multiple == 0 and found.size.unet > 1_000_000


def test_a_later_start_knows_how_long_steps_took(tmp_path: Path) -> None:
    """On the same device; and what does not make sense in the file is as if it were not there."""
    path, pace = tmp_path / "pace.json", Pace()
    for step, now in ((1, 10.0), (2, 12.0)):
        pace.note("sdxl", "job", Progress(Stage.LOCAL, step, 3, 0.0), 1, now)
    pace.keep(path, "cuda:0")
    assert five_steps(recalled(path, "cuda:0")) == five_steps(pace) == 10.0
    assert five_steps(recalled(path, "cpu")) is None
    for nonsense in (
        b"",
        b"\xff",
        b"[]",
        b'{"device": "cuda:0", "steps": []}',
        b'{"device": "cuda:0", "steps": {"sdxl": -1}}',
        b'{"device": "cuda:0", "steps": {"sdxl": NaN}}',
        b'{"device": "cuda:0", "steps": {"sdxl": []}}',
    ):
        path.write_bytes(nonsense)
        assert five_steps(recalled(path, "cuda:0")) is None


def five_steps(pace: Pace) -> float | None:
    """How long five steps of an insert take, in seconds."""
    return pace.seconds("sdxl", Stage.GLOBAL, 5)


def taught_before(pace: Pace, stage: TeachStage, step_s: float) -> None:
    """A teaching was seen to take so long for a step of this stage."""
    for step in (1, 2):
        pace.note("sandbox", "job", TeachProgress(stage=stage, step=step, steps=9), 1, step * step_s)


def test_a_teaching_is_estimated_as_the_model_is_usually_taught() -> None:
    """The sandbox's 24 regular pictures and 300 steps, each at its own pace; not before both are known."""
    pace, usual = Pace(), usual_settings("sandbox")
    asked = PlanTeach(TeachRequest(subject=SUBJECT.id, seed=0))
    taught_before(pace, TeachStage.TEACHING, 0.25)
    assert plan_teach(asked, SUBJECT, pace, "sandbox").seconds is None
    taught_before(pace, TeachStage.REGULAR, 1.0)
    wanted = usual.regular_pictures * 1.0 + usual.steps * 0.25
    assert plan_teach(asked, SUBJECT, pace, "sandbox").seconds == wanted


def test_regular_pictures_that_are_there_take_no_time() -> None:
    """Neither in the estimate, nor as what painting one takes, whether they come first or later."""
    pace, usual = Pace(), usual_settings("sandbox")
    asked = PlanTeach(TeachRequest(subject=SUBJECT.id, seed=0))
    taught_before(pace, TeachStage.TEACHING, 0.25)
    for step_s in (0.01, 1.0, 0.01):
        taught_before(pace, TeachStage.REGULAR, step_s)
    assert pace.seconds("sandbox", TeachStage.REGULAR, 1) == 1.0
    steps = usual.steps * 0.25
    for painted, more in ((0, usual.regular_pictures), (usual.regular_pictures - 3, 3), (99, 0)):
        assert plan_teach(asked, SUBJECT, pace, "sandbox", painted).seconds == steps + more


def recalled(path: Path, device: str) -> Pace:
    """The pace of a server that starts now."""
    pace = Pace()
    pace.recall(path, device)
    return pace


class Cramped(House):
    """Its device has no room for anything."""

    async def device_now(self) -> Device:
        return replace(CARD, title="a small card", free_bytes=1 << 20)


async def test_a_client_hears_that_it_will_not_fit(tmp_path: Path) -> None:
    """Over the wire, before the insert begins: that it has no room, where, and how much it takes."""
    async with conversing(tmp_path, Cramped) as (_, client, _):
        plan = await client.ask(ASKED)
        assert not plan.fits and "on a small card" in plan.hints[-1]


class Seer(Aides):
    """Sees a device, without torch."""

    def __init__(self, device: Device = CARD) -> None:
        super().__init__()
        self.asked: list[Question] = []
        self._device = device

    async def ask(
        self, question: Question, pictures: Sequence[Picture] = ()
    ) -> tuple[Solved, tuple[Picture, ...]]:
        self.asked.append(question)
        return Solved(device=Surveyed.of(self._device)), ()


class Blind(Aides):
    """Sees nothing."""

    async def ask(
        self, question: Question, pictures: Sequence[Picture] = ()
    ) -> tuple[Solved, tuple[Picture, ...]]:
        raise DescriberFailure("It could not be looked at", "its process ended", "Try again")


class Outspoken(Engine):
    """Its worker has said what the card has left."""

    said: int | None = None

    def workers(self) -> tuple[WorkerState, ...]:
        return tuple(replace(state, free_bytes=self.said) for state in super().workers())


async def test_health_says_what_a_card_has_left(tmp_path: Path) -> None:
    """What was seen before anything was loaded there; then what its worker says after each errand."""
    engine = Outspoken(tmp_path / "jobs", EngineSettings(devices=("cuda:0",)))
    async with engine:
        house = House(engine, Furniture(library=tmp_path, uploads=tmp_path, chosen=tmp_path / "model.txt"))
        house.aides = Seer()
        assert house.health().device_free_bytes is None
        await house.device_now()
        assert house.health().device_free_bytes == CARD.free_bytes
        engine.said = 5
        assert house.health().device_free_bytes == 5


@pytest.mark.parametrize("best", [CARD, PROCESSOR_ITSELF])
async def test_where_nobody_names_a_device_the_best_one_is_told(tmp_path: Path, best: Device) -> None:
    """The server has a process find it; until that has answered nobody is told a name."""
    async with Engine(tmp_path / "jobs", EngineSettings(devices=(AUTO,))) as engine:
        house = House(engine, Furniture(library=tmp_path, uploads=tmp_path, chosen=tmp_path / "model.txt"))
        house.aides = Seer(best)
        assert house.health().device is None and house.health().device_free_bytes is None
        await house.look()
        health, now = house.health(), await house.device_now()
        assert (health.device, now.name, now.kind) == (best.name, best.name, best.kind)
        assert house.aides.asked == [Survey(AUTO)]
        assert (health.device_free_bytes == best.free_bytes) is (best is CARD)  # The machine's is as now.


async def test_health_is_told_also_where_nobody_can_say_what_computes(tmp_path: Path) -> None:
    """An aide that fails leaves the device unknown, and is asked again the next time."""
    async with Engine(tmp_path / "jobs", EngineSettings(devices=(AUTO,))) as engine:
        house = House(engine, Furniture(library=tmp_path, uploads=tmp_path, chosen=tmp_path / "model.txt"))
        house.aides = Blind()
        await house.look()
        assert house.health().device is None
        house.aides = Seer()
        await house.look()
        assert house.health().device == CARD.name


async def test_a_device_is_looked_at_in_a_process_of_its_own() -> None:
    """The server asks torch without loading it; a device that is not there is an error."""
    solved, _ = await Aides().ask(Survey("cpu"))
    assert solved.device is not None
    device = solved.device.device()
    assert (device.name, device.kind) == ("cpu", DeviceKind.CPU) and device.free_bytes > 0
    with pytest.raises(InvalidRequest, match="There is no device"):
        await Aides().ask(Survey("cuda:99"))
