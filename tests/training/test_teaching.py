"""Teaching as a whole: what it leaves, how it goes on after whatever ends it, who may stop it."""

import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from dreammix.files import png
from dreammix.models.base import BaseModel, load
from dreammix.models.lora import LoraWeights
from dreammix.models.wearing import wearing
from dreammix.protocol import (
    Cancelled,
    InvalidRequest,
    Mixing,
    NumericalFailure,
    Picture,
    SampleFormat,
    Size,
    TeachProgress,
    TeachSample,
    TeachSettings,
)
from dreammix.training import Learned, Lesson, Supervision, forget_lesson, teach
from dreammix.training.checkpoints import KEPT_LESSONS, checkpoints, forget_checkpoint, read_checkpoint
from dreammix.training.losses import reweighted
from dreammix.training.teaching import digest
from tests.tiny_model import save_tiny_model
from tests.training.conftest import QUICK

ALWAYS_KEEP = Supervision(keep_seconds=0)
_CHILD = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from dreammix.files import read_mask, read_scene
from dreammix.models.base import load
from dreammix.training import Example, Lesson, Supervision, teach, teaching
from tests.training.conftest import QUICK

teaching.POOL_PAIRS = 4
model, pictures, folder = sys.argv[1:]
def example(number, prompt):
    picture, mask = (Path(pictures) / f"{number}{part}.png" for part in ("", "-mask"))
    return Example(read_scene(picture).picture, read_mask(mask), prompt)
lesson = Lesson((example(0, "a q red"), example(1, "a q red")), (example(2, "a q red dot"),))
for event in teach(load(model), lesson, Path(folder), QUICK, seed=5, supervision=Supervision(keep_seconds=0)):
    print(event.step, flush=True)
"""


def finish(
    model: BaseModel,
    lesson: Lesson,
    folder: Path,
    settings: TeachSettings = QUICK,
    supervision: Supervision = ALWAYS_KEEP,
) -> tuple[list[TeachProgress | TeachSample], Learned]:
    """Teach to the end: the events, and what was learned."""
    events = []
    teaching = teach(model, lesson, folder, settings, seed=5, supervision=supervision)
    while True:
        try:
            events.append(next(teaching))
        except StopIteration as end:
            learned: Learned = end.value
            return events, learned


def same(one: LoraWeights, other: LoraWeights) -> bool:
    """Whether two LoRAs are equal to the bit."""
    return one.layers.keys() == other.layers.keys() and all(
        torch.equal(one.layers[name].down, other.layers[name].down)
        and torch.equal(one.layers[name].up, other.layers[name].up)
        for name in one.layers
    )


def test_every_step_is_reported_and_something_is_learned(
    model: BaseModel, lesson: Lesson, tmp_path: Path
) -> None:
    """One event a step, each with its loss; at the end both factors of every layer have moved."""
    events, learned = finish(model, lesson, tmp_path)
    assert [event.step for event in events] == [1, 2, 3, 4]
    assert all(isinstance(event, TeachProgress) and event.loss is not None for event in events)
    assert learned.steps == 4
    assert all(factors.up.abs().max() > 0 for factors in learned.lora.layers.values())


def test_the_same_seed_gives_the_same_numbers(model: BaseModel, lesson: Lesson, tmp_path: Path) -> None:
    """Twice from nothing: equal to the bit."""
    (_, first), (_, second) = (finish(model, lesson, tmp_path / name) for name in ("first", "second"))
    assert same(first.lora, second.lora)
    assert first.loss == second.loss


def test_a_teaching_killed_in_its_process_goes_on_to_the_same_bits(
    model: BaseModel, tiny_model: Path, lesson: Lesson, tmp_path: Path
) -> None:
    """A child is killed after its second step; gone on with, it ends as one that nobody touched."""
    for number, example in enumerate((*lesson.subject, *lesson.regular)):
        (tmp_path / f"{number}.png").write_bytes(png(example.picture))
        (tmp_path / f"{number}-mask.png").write_bytes(png(example.mask))
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", _CHILD, str(tiny_model), str(tmp_path), str(tmp_path / "killed")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as child:
        assert child.stdout is not None
        assert [child.stdout.readline().strip() for _ in range(2)] == ["1", "2"]
        child.kill()
    saved = read_checkpoint(tmp_path / "killed", digest(model, lesson, QUICK, 5))
    assert saved is not None
    assert 1 <= saved.step <= 3
    events, resumed = finish(model, lesson, tmp_path / "killed")
    assert events[0].step == saved.step + 1
    _, whole = finish(model, lesson, tmp_path / "whole")
    assert same(resumed.lora, whole.lora)
    assert resumed.loss == whole.loss


@pytest.mark.parametrize("mixing", Mixing)
def test_a_closed_teaching_goes_on_to_the_same_bits(
    model: BaseModel, lesson: Lesson, tmp_path: Path, mixing: Mixing
) -> None:
    """Whoever stops listening loses no step, even where no checkpoint was due."""
    settings = replace(QUICK, mixing=mixing, regular_share=0.5)
    teaching = teach(model, lesson, tmp_path / "closed", settings, seed=5)
    next(teaching)
    next(teaching)
    teaching.close()
    events, resumed = finish(model, lesson, tmp_path / "closed", settings)
    assert [event.step for event in events] == [3, 4]
    _, whole = finish(model, lesson, tmp_path / "whole", settings)
    assert same(resumed.lora, whole.lora)


def test_what_was_encoded_is_not_encoded_again(
    model: BaseModel, lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lesson that was put aside goes on at once; of one that is over nothing stays."""
    teaching = teach(model, lesson, tmp_path, QUICK, seed=5)
    next(teaching)
    teaching.close()
    monkeypatch.delattr("dreammix.training.teaching.encode")
    events, learned = finish(model, lesson, tmp_path)
    assert events[0].step == 2
    forget_lesson(tmp_path, learned.lesson)
    assert list(tmp_path.iterdir()) == []


def test_a_lesson_that_is_put_aside_ever_so_often_begins_all_the_same(
    model: BaseModel, lesson: Lesson, tmp_path: Path
) -> None:
    """What was encoded by then is kept: eight pairs and a step are too much for one time, and not for two."""

    def five_times() -> Generator[TeachProgress | TeachSample, None, Learned]:
        supervision = Supervision(cancelled=partial(next, iter([False] * 5), True))
        return teach(model, lesson, tmp_path / "disturbed", QUICK, seed=5, supervision=supervision)

    with pytest.raises(Cancelled):
        next(five_times())
    teaching = five_times()
    assert next(teaching).step == 1
    teaching.close()
    _, disturbed = finish(model, lesson, tmp_path / "disturbed")
    _, whole = finish(model, lesson, tmp_path / "whole")
    assert same(disturbed.lora, whole.lora)


def test_steps_cannot_be_taken_back(model: BaseModel, lesson: Lesson, tmp_path: Path) -> None:
    """Fewer than were taken are refused, and cost nothing; as many end it."""
    finish(model, lesson, tmp_path)
    with pytest.raises(InvalidRequest, match="3 steps cannot be taken"):
        finish(model, lesson, tmp_path, replace(QUICK, steps=3))
    events, learned = finish(model, lesson, tmp_path)
    assert (events, learned.steps) == ([], 4)


def test_cancelling_keeps_the_state(model: BaseModel, lesson: Lesson, tmp_path: Path) -> None:
    """After the step in which it was asked for, with a checkpoint of that step."""
    asked: list[int] = []
    teaching = teach(
        model, lesson, tmp_path, QUICK, seed=5, supervision=Supervision(cancelled=lambda: bool(asked))
    )
    asked.append(next(teaching).step)
    with pytest.raises(Cancelled):
        next(teaching)
    saved = read_checkpoint(tmp_path, digest(model, lesson, QUICK, 5))
    assert saved is not None
    assert saved.step == 1


def test_a_pause_waits_between_steps_with_the_state_kept(
    model: BaseModel, lesson: Lesson, tmp_path: Path
) -> None:
    """While it is paused nothing is computed; what was learned is on disk meanwhile."""
    encoding = 2 * 4  # Pairs of `small_pool`, of the subject and of regular pictures: there it asks, too.
    answers = iter([False] * (encoding + 1) + [True, True])
    kept: list[bool] = []
    supervision = Supervision(
        paused=lambda: next(answers, False), rest=lambda _: kept.append(bool(checkpoints(tmp_path)))
    )
    events, paused = finish(model, lesson, tmp_path, supervision=supervision)
    assert kept == [True, True]
    assert len(events) == QUICK.steps
    _, whole = finish(model, lesson, tmp_path / "whole")
    assert same(paused.lora, whole.lora)


def test_another_lesson_begins_anew(model: BaseModel, lesson: Lesson, tmp_path: Path) -> None:
    """A checkpoint of other pictures, settings or another seed is not gone on from; more steps are."""
    finish(model, lesson, tmp_path)
    other = Lesson(lesson.subject[:1], lesson.regular)
    assert finish(model, other, tmp_path)[0][0].step == 1
    longer = replace(QUICK, steps=6)
    assert finish(model, other, tmp_path, longer)[0][0].step == 5
    assert finish(model, other, tmp_path, replace(longer, rate=1e-3))[0][0].step == 1


def test_other_settings_do_not_cost_what_was_learned(
    model: BaseModel, lesson: Lesson, tmp_path: Path
) -> None:
    """Each lesson has a checkpoint of its own, up to so many; forgetting one leaves the others."""
    rates = [1e-3 * (1 + k) for k in range(KEPT_LESSONS + 1)]
    one = replace(QUICK, steps=1)
    _, first = finish(model, lesson, tmp_path, replace(one, rate=rates[0]))
    _, second = finish(model, lesson, tmp_path, replace(one, rate=rates[1]))
    assert finish(model, lesson, tmp_path, replace(one, steps=2, rate=rates[0]))[0][0].step == 2
    for rate in rates[2:]:
        finish(model, lesson, tmp_path, replace(one, rate=rate))
    assert len(checkpoints(tmp_path)) == KEPT_LESSONS
    assert read_checkpoint(tmp_path, second.lesson) is None  # The one that was gone on with least.
    forget_checkpoint(tmp_path, first.lesson)
    assert len(checkpoints(tmp_path)) == KEPT_LESSONS - 1
    assert read_checkpoint(tmp_path, first.lesson) is None


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: b"junk", lambda data: b""])
def test_a_damaged_checkpoint_costs_the_steps_not_the_teaching(
    model: BaseModel, lesson: Lesson, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    """What cannot be read is as if it were not there."""
    finish(model, lesson, tmp_path, replace(QUICK, steps=1))
    (path,) = checkpoints(tmp_path)
    path.write_bytes(spoil(path.read_bytes()))
    assert finish(model, lesson, tmp_path)[0][0].step == 1


def test_the_model_is_bare_between_steps_and_afterwards(
    model: BaseModel, lesson: Lesson, tmp_path: Path
) -> None:
    """Whoever uses it in between meets the base model, to the bit."""
    before = {name: weight.clone() for name, weight in model.unet.state_dict().items()}
    for _ in teach(model, lesson, tmp_path, QUICK):
        assert all(getattr(module, "worn", None) is None for module in model.unet.modules())
    after = model.unet.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not any(weight.requires_grad for weight in model.unet.parameters())


def test_samples_are_painted_with_what_was_learned_so_far(
    model: BaseModel, lesson: Lesson, tmp_path: Path
) -> None:
    """As many as asked for, evenly spread, each given the LoRA of its moment."""
    picture = Picture(Size(1, 1), SampleFormat.RGBA8, bytes(4))
    given: list[LoraWeights] = []

    def sample(lora: LoraWeights) -> Picture:
        given.append(lora)
        with wearing(model.unet, lora.layers):
            return picture

    settings = replace(QUICK, samples=2)
    events, _ = finish(model, lesson, tmp_path, settings, Supervision(sample=sample))
    assert [event.step for event in events if isinstance(event, TeachSample)] == [2, 4]
    assert not same(*given)
    _, without = finish(model, lesson, tmp_path / "without")
    assert same(given[1], without.lora)


def test_a_loss_that_is_no_number_ends_it(
    model: BaseModel, lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is learned from it."""
    monkeypatch.setattr(
        "dreammix.training.pupil.reweighted", lambda errors, masks, settings: errors.mean() * float("nan")
    )
    with pytest.raises(NumericalFailure):
        finish(model, lesson, tmp_path)
    assert checkpoints(tmp_path) == ()


def test_checkpointing_activations_changes_no_bit(
    model: BaseModel, lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Computing them twice costs time, not exactness; afterwards the model is as before."""
    passes: list[int] = []
    part = model.unet.mid_block.resnets[-1]
    with part.register_forward_pre_hook(lambda _module, _inputs: passes.append(1)):
        _, plain = finish(model, lesson, tmp_path / "plain")
        once = len(passes)
        monkeypatch.setattr("dreammix.training.memory.free_bytes", lambda device: 0)
        _, careful = finish(model, lesson, tmp_path / "careful")
    assert len(passes) - once == 2 * once  # Each pass runs again when its gradient is asked for.
    assert same(plain.lora, careful.lora)
    assert not model.unet.is_gradient_checkpointing


def test_the_plain_loss_on_whole_pictures_alone_can_be_asked_for(
    model: BaseModel, lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DreamBooth without class pictures: with weights of 1 a loss is the mean of its squared errors."""
    means: list[float] = []

    def watched(errors: Tensor, masks: Tensor, settings: TeachSettings) -> Tensor:
        means.append(float(errors.detach().mean()))
        return reweighted(errors, masks, settings)

    monkeypatch.setattr("dreammix.training.pupil.reweighted", watched)
    settings = replace(QUICK, inside=1.0, outside=1.0, crops=0.0, regular_pictures=0)
    events, learned = finish(model, Lesson(lesson.subject), tmp_path, settings)
    assert [event.loss for event in events if isinstance(event, TeachProgress)] == pytest.approx(means)
    assert learned.loss == pytest.approx(np.mean(means))
    assert len(means) == QUICK.steps


def test_a_nine_channel_model_learns_too(lesson: Lesson, tmp_path: Path) -> None:
    """Told about the masked picture through its input instead of a head."""
    save_tiny_model(tmp_path / "nine", in_channels=9)
    _, learned = finish(load(tmp_path / "nine"), lesson, tmp_path, replace(QUICK, steps=2))
    assert all(factors.up.abs().max() > 0 for factors in learned.lora.layers.values())
