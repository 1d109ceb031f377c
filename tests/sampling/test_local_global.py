"""The two stages, pinned with models that know the answer."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dreammix.geometry import View, local_view, resample, to_bytes, whole_view, window_view
from dreammix.protocol import Box, Harmonisation, InsertSettings, Size, Solver, Stage
from dreammix.sampling import (
    Finished,
    Noise,
    Pasted,
    Step,
    Views,
    local_global,
    local_steps,
    trajectory,
)
from dreammix.sampling.canvas import fine
from tests.sampling.oracle import (
    CANVAS,
    FEW,
    LEVELS,
    LOCAL,
    MASKED,
    SCENE,
    TARGET,
    VIEWS,
    WHOLE,
    WINDOW,
    Dreamer,
    Oracle,
    cut,
    insert,
    latent,
    mask_of,
    picture,
    result_of,
)

sides = st.integers(1, 100) | st.integers(1, 1000)


@pytest.mark.parametrize("solver", Solver)
@pytest.mark.parametrize("steps", [1, 2, 3, 30])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize(("seeds", "global_"), [((7,), WHOLE), ((1, 2, 3), WINDOW)])
def test_oracle(solver: Solver, steps: int, share: float, seeds: tuple[int, ...], global_: View) -> None:
    """A model that knows the answer gives it, whatever the solver, steps, lambda, variants and views."""
    settings = InsertSettings(steps=steps, local_share=share, solver=solver)
    records = insert(None, settings, seeds=seeds, views=Views(LOCAL, global_))
    last = records[-1]
    assert isinstance(last, Finished)
    assert last.box == MASKED
    assert last.pictures.shape == (len(seeds), MASKED.height, MASKED.width, 3)
    for variant in last.pictures:
        np.testing.assert_allclose(variant, cut(TARGET, MASKED), atol=1e-6)


@dataclass
class Painter(Oracle):
    """A model that paints everything in one colour, with latent cells of 4 * 4 pixels."""

    answers: dict[Size, Tensor] = field(default_factory=dict)
    scale: int = 4

    def answer(self, x: Tensor, sigma: Tensor, size: Size) -> Tensor:
        assert x.shape[2:] == (size.height // self.scale, size.width // self.scale)
        return torch.tensor([-0.5, 0.0, 0.5])[:, None, None].expand_as(x)


@given(data=st.data(), harmonisation=st.sampled_from(Harmonisation))
@settings(max_examples=40)
def test_any_canvas(data: st.DataObject, harmonisation: Harmonisation) -> None:
    """On a canvas of any size and aspect, a mask anywhere is filled by LCG to its last pixel, and by GCH."""
    width, height = data.draw(st.tuples(sides, sides), "canvas")
    left, top = data.draw(st.tuples(st.integers(0, width - 1), st.integers(0, height - 1)), "corner")
    masked = Box(
        left,
        top,
        data.draw(st.integers(1, width - left), "width"),
        data.draw(st.integers(1, height - top), "height"),
    )
    scene, mask = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    cut(mask, masked)[:] = 1
    canvas = Size(width, height)
    local = local_view(masked, canvas, 32, 8)
    whole = harmonisation is Harmonisation.WHOLE
    global_ = whole_view(canvas, 32, 8) if whole else window_view(local, 1.6, canvas, 32, 8)
    records = list(local_global(scene, mask, Views(local, global_), Painter(), FEW, Noise([1])))
    pasted, harmonised = (record for record in records if not isinstance(record, Step))
    colours = np.broadcast_to(np.array([0.25, 0.5, 0.75], np.float32), (1, masked.height, masked.width, 3))
    np.testing.assert_allclose(pasted.pictures, colours, atol=1e-6)
    assert harmonised.pictures.shape == colours.shape
    assert harmonised.pictures.mean() > 0.15  # Its edges mix with the black scene, at the view's resolution.


@pytest.mark.parametrize(
    ("share", "steps", "local"),
    [(0.7, 30, 21), (0.0, 30, 0), (1.0, 30, 30), (0.5, 5, 3), (0.3, 1, 0), (0.7, 1, 1), (0.333, 1000, 333)],
)
def test_local_steps(share: float, steps: int, local: int) -> None:
    """LCG takes the first lambda * T steps, rounded, halves up."""
    assert local_steps(InsertSettings(steps=steps, local_share=share)) == local


@pytest.mark.parametrize(("share", "local"), [(0.0, 0), (0.4, 4), (1.0, 10)])
def test_order(share: float, local: int) -> None:
    """LCG's steps on the crop come first, then the paste, then GCH's on the whole, down one schedule."""
    model = Oracle()
    records = insert(model, InsertSettings(steps=10, local_share=share))
    steps = [(each.stage, each.step, each.steps, each.box) for each in records if isinstance(each, Step)]
    assert steps == [
        *((Stage.LOCAL, step, local, LOCAL.box) for step in range(1, local + 1)),
        *((Stage.GLOBAL, step, 10 - local, WHOLE.box) for step in range(1, 11 - local)),
    ]
    assert [size for size, _, _ in model.shown] == [LOCAL.size] * local + [WHOLE.size] * (10 - local)
    sigmas = trajectory(InsertSettings().solver, LEVELS, 10).sigmas[:-1]
    assert [sigma for _, sigma, _ in model.shown] == sigmas.tolist()
    pastes = [at for at, record in enumerate(records) if isinstance(record, Pasted)]
    assert pastes == ([local] if 0 < local < 10 else [])


def test_predicted() -> None:
    """A step reports the clean latents of every variant: what the model expects, and in GCH what is known."""
    records = insert(seeds=(1, 2))
    local, global_ = (
        next(each for each in records if isinstance(each, Step) and each.stage is stage) for stage in Stage
    )
    expected = SCENE.copy()
    cut(expected, MASKED)[:] = cut(TARGET, MASKED)
    torch.testing.assert_close(local.predicted, latent(cut(TARGET, LOCAL.box)).expand(2, -1, -1, -1))
    torch.testing.assert_close(global_.predicted, latent(expected).expand(2, -1, -1, -1))


def test_pasted() -> None:
    """Between the stages the pixels that go into the scene are LCG's."""
    other = Oracle()
    other.answers[WHOLE.size] = latent(picture(5))
    pasted = next(record for record in insert(other) if isinstance(record, Pasted))
    assert pasted.box == MASKED
    np.testing.assert_allclose(pasted.pictures[0], cut(TARGET, MASKED), atol=1e-6)


@pytest.mark.parametrize("solver", Solver)
def test_same_seed_same_picture(solver: Solver) -> None:
    """A variant is the same alone and in a batch, and differs from the others."""
    settings = InsertSettings(steps=6, solver=solver)
    together = result_of(insert(Dreamer(), settings, seeds=(3, 4, 5)))
    alone = result_of(insert(Dreamer(), settings, seeds=(4,)))
    np.testing.assert_allclose(together[1], alone[0], atol=1e-6)
    assert np.abs(together[0] - together[1]).max() > 0.01


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_detail(share: float) -> None:
    """What GCH sees at half the size is as fine as LCG painted it, by the share that is asked for."""
    half = View(WHOLE.box, Size(20, 16))
    answer = SCENE.copy()
    cut(answer, MASKED)[:] = cut(TARGET, MASKED)
    reduced = resample(answer, half.box, half.size)
    model = Oracle({LOCAL.size: latent(cut(answer, LOCAL.box)), half.size: latent(reduced)})
    found = result_of(insert(model, InsertSettings(steps=6, detail=share), views=Views(LOCAL, half)))[0]
    coarse = cut(resample(reduced, Box.of(half.size), CANVAS), MASKED)
    assert np.abs(coarse - cut(answer, MASKED)).max() > 0.1
    sharper = fine((cut(answer, MASKED) - coarse)[None], MASKED, half)[0]
    np.testing.assert_allclose(found, np.clip(coarse + share * sharper, 0, 1), atol=1e-5)


def test_bytes() -> None:
    """Scenes and masks may be bytes."""
    scene, mask = to_bytes(SCENE), to_bytes(mask_of())
    *_, last = local_global(scene, mask, VIEWS, Dreamer(), FEW, Noise([7]))
    assert isinstance(last, Finished)
    np.testing.assert_allclose(last.pictures, result_of(insert(Dreamer())), atol=0.01)


@pytest.mark.parametrize("read", [0, 1, 3, 5])
def test_cancel(read: int) -> None:
    """A closed generator calls the model no more, and leaves torch's gradients as they were."""
    model = Oracle()
    records = local_global(SCENE, mask_of(), VIEWS, model, InsertSettings(steps=6), Noise([7]))
    seen = [next(records) for _ in range(read)]
    assert torch.is_grad_enabled()
    records.close()
    assert len(model.shown) == sum(isinstance(record, Step) for record in seen)
    assert list(records) == []
