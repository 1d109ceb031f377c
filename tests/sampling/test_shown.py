"""What each stage tells the model, and the noisy latents that it shows it: Eq. 3, 5 and 6."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dreammix.geometry import View
from dreammix.protocol import InsertSettings, Solver, Stage
from dreammix.sampling import Draw, Noise, trajectory
from tests.sampling.oracle import (
    CANVAS,
    LEVELS,
    LOCAL,
    MASKED,
    SCENE,
    TARGET,
    WHOLE,
    Dreamer,
    Oracle,
    cut,
    insert,
    latent,
    mask_of,
)


def test_a_model_is_asked_for_each_stage() -> None:
    """Who binds the words can give each stage its own."""
    model = Oracle({each.size: torch.zeros(1, 3, 1, 1) for each in (LOCAL, WHOLE)})
    insert(model)
    assert model.stages == [Stage.LOCAL, Stage.GLOBAL]


@pytest.mark.parametrize("scale", [1, 4])
@pytest.mark.parametrize("local", [True, False], ids=["crop", "whole"])
def test_told(scale: int, local: bool) -> None:
    """Both stages tell the model of the scene without the subject: touched pixels grey, touched cells 1."""
    view = LOCAL if local else WHOLE
    answers = {each.size: torch.zeros(1, 3, 1, 1) for each in (LOCAL, WHOLE)}
    model = Oracle(answers, scale=scale)
    insert(model, mask=mask_of(value=0.2))
    told = model.told[0 if local else 1]
    emptied = SCENE.copy()
    cut(emptied, MASKED)[:] = 0.5
    torch.testing.assert_close(told.masked_latent, model.encode(latent(cut(emptied, view.box))))
    touched = F.max_pool2d(torch.from_numpy(cut(mask_of(), view.box))[None, None], scale)
    assert torch.equal(told.mask, touched)


def outside(view: View) -> Tensor:
    """(h, w): the cells of a view that the mask leaves alone."""
    return torch.from_numpy(cut(mask_of(), view.box) == 0)


def blend_noise_of(model: Oracle, view: View) -> list[Tensor]:
    """The unit noise on the known latent outside of the mask, step by step."""
    known = latent(cut(SCENE, view.box))[0, :, outside(view)]
    return [(x[0, :, outside(view)] - known) / s for size, s, x in model.shown if size == view.size]


def test_known_latent() -> None:
    """Eq. 6: outside of m the model is shown the scene with noise of size sigma, fresh at each step."""
    model = Dreamer()
    insert(model, InsertSettings(steps=6, local_share=0.5))
    first, second, third = blend_noise_of(model, WHOLE)
    for eps in (first, second, third):
        assert abs(float(eps.std()) - 1) < 0.1
    assert not torch.allclose(first, second, atol=1e-3)
    assert not torch.allclose(second, third, atol=1e-3)


def test_whole_region() -> None:
    """Eq. 5: LCG may repaint all of m', so the model is shown noise only, and nothing of the scene."""
    model = Dreamer()
    insert(model)
    eps = Noise([7]).draw(Draw.START, torch.zeros(1, 3, 16, 16))
    expected = eps * (1 + LEVELS.largest**2) ** 0.5
    torch.testing.assert_close(model.shown_of(LOCAL)[0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_starts_from_noise(share: float) -> None:
    """One stage alone starts from noise only, inside of m."""
    view = LOCAL if share else WHOLE
    model = Dreamer()
    insert(model, InsertSettings(local_share=share))
    eps = Noise([7]).draw(Draw.START, torch.zeros(1, 3, view.size.height, view.size.width))
    inside = ~outside(view)
    found = model.shown_of(view)[0][0, :, inside]
    torch.testing.assert_close(
        found, eps[0, :, inside] * (1 + LEVELS.largest**2) ** 0.5, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("softness", [1.0, 0.25])
def test_switch(softness: float) -> None:
    """GCH starts from LCG's picture, laid over the scene through m, with noise of the next step's level."""
    model = Oracle()
    insert(model, InsertSettings(steps=10), mask=mask_of(value=softness))
    sigma = trajectory(Solver.EULER, LEVELS, 10).sigmas[7]
    eps = Noise([7]).draw(Draw.SWITCH, torch.zeros(1, 3, CANVAS.height, CANVAS.width))
    mixed = latent(cut(SCENE, MASKED) * (1 - softness) + cut(TARGET, MASKED) * softness)
    inside = (..., slice(MASKED.y, MASKED.bottom), slice(MASKED.x, MASKED.right))
    torch.testing.assert_close(model.shown_of(WHOLE)[0][inside], mixed + sigma * eps[inside])


def test_fresh_history() -> None:
    """GCH's first step knows nothing of LCG's predictions: a multistep solver begins with first order."""
    model = Oracle()
    model.answers[LOCAL.size] = model.answers[LOCAL.size] * -5
    insert(model, InsertSettings(steps=10, local_share=0.5, solver=Solver.DPMPP_2M))
    here, there = trajectory(Solver.DPMPP_2M, LEVELS, 10).sigmas[5:7]
    inside = (..., slice(MASKED.y, MASKED.bottom), slice(MASKED.x, MASKED.right))
    first, second = (x[inside] for x in model.shown_of(WHOLE)[:2])
    answer = latent(TARGET)[inside]
    torch.testing.assert_close(second, answer + there / here * (first - answer), rtol=1e-4, atol=1e-4)
