"""The two stages, pinned with models that know the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from dreammix.denoisers import Denoiser, Inpainting, NoiseLevels, Watch
from dreammix.geometry import View, local_view, resample, to_bytes, whole_view, window_view
from dreammix.protocol import (
    Box,
    Harmonisation,
    InsertSettings,
    InvalidMask,
    NumericalFailure,
    Size,
    Solver,
    Stage,
)
from dreammix.sampling import (
    Blending,
    BlendNoise,
    Draw,
    Finished,
    LocalBlend,
    Noise,
    Pasted,
    Record,
    Step,
    Views,
    local_global,
    local_steps,
    trajectory,
)

LEVELS = NoiseLevels(torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2, 0))
CANVAS = Size(40, 32)
LOCAL = View(Box(8, 8, 16, 16), Size(16, 16))
WHOLE = View(Box.of(CANVAS), CANVAS)
WINDOW = View(Box(5, 3, 26, 28), Size(26, 28))
VIEWS = Views(local=LOCAL, global_=WHOLE)
MASKED = Box(12, 11, 6, 7)
"""The box of the mask: inside of the crop, and off every multiple of 2."""

Pixels = NDArray[np.float32]


def picture(seed: int) -> Pixels:
    """Random pixels of the canvas."""
    return np.random.default_rng(seed).random((CANVAS.height, CANVAS.width, 3), dtype=np.float32)


def cut(array: Pixels, box: Box) -> Pixels:
    """The part of an array of the canvas that a box holds."""
    return array[box.y : box.bottom, box.x : box.right]


def mask_of(box: Box = MASKED, value: float = 1) -> Pixels:
    """A mask of the canvas that has one value in a box."""
    mask = np.zeros((CANVAS.height, CANVAS.width), np.float32)
    cut(mask, box)[:] = value
    return mask


def latent(pixels: Pixels) -> Tensor:
    """Pixels as the latents of `Oracle`."""
    return torch.from_numpy(pixels).movedim(-1, 0)[None] * 2 - 1


SCENE, TARGET = picture(0), picture(1)
FEW = InsertSettings(steps=4)
"""Three steps of LCG, one of GCH."""

sides = st.integers(1, 100) | st.integers(1, 1000)


@dataclass
class Oracle:
    """A model that knows what belongs into each view, and keeps what it was told and shown.

    Its latent cells are pixels, or means of `scale` * `scale` pixels.
    """

    answers: dict[Size, Tensor] = field(
        default_factory=lambda: {each.size: latent(cut(TARGET, each.box)) for each in (LOCAL, WINDOW, WHOLE)}
    )
    levels: NoiseLevels = LEVELS
    scale: int = 1
    told: list[Inpainting] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    shown: list[tuple[Size, float, Tensor]] = field(default_factory=list)

    def encode(self, pictures: Tensor) -> Tensor:
        return F.avg_pool2d(pictures, self.scale)

    def decode(self, latents: Tensor) -> Tensor:
        return latents.repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)

    def denoiser(self, inpainting: Inpainting, size: Size, stage: Stage, watch: Watch) -> Denoiser:
        self.told.append(inpainting)
        self.stages.append(stage)

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            assert not torch.is_grad_enabled()
            self.shown.append((size, float(sigma), x))
            return self.answer(x, sigma, size)

        return denoise

    def answer(self, x: Tensor, sigma: Tensor, size: Size) -> Tensor:
        """What belongs into a view."""
        return self.answers[size].expand_as(x)

    def shown_of(self, view: View) -> list[Tensor]:
        """The noisy latents of a view, step by step."""
        return [x for size, _, x in self.shown if size == view.size]


class Dreamer(Oracle):
    """A model whose answer depends on the noise that it is shown and on what it was told."""

    def answer(self, x: Tensor, sigma: Tensor, size: Size) -> Tensor:
        return torch.tanh(x + self.told[-1].masked_latent) / (1 + 0.1 * sigma)


def insert(
    model: Oracle | None = None,
    settings: InsertSettings = FEW,
    *,
    mask: Pixels | None = None,
    views: Views = VIEWS,
    seeds: tuple[int, ...] = (7,),
    blending: Blending | None = None,
) -> list[Record]:
    """Everything that the sampler reports of one insert into the scene."""
    return list(
        local_global(
            SCENE,
            mask_of() if mask is None else mask,
            views,
            model or Oracle(),
            settings,
            Noise(seeds),
            blending or Blending(),
        )
    )


def result_of(records: list[Record]) -> Pixels:
    """The pictures of the last record."""
    last = records[-1]
    assert isinstance(last, Finished)
    return last.pictures


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
@pytest.mark.parametrize("noise", BlendNoise)
def test_same_seed_same_picture(solver: Solver, noise: BlendNoise) -> None:
    """A variant is the same alone and in a batch, and differs from the others."""
    settings, blending = InsertSettings(steps=6, solver=solver), Blending(noise=noise)
    together = result_of(insert(Dreamer(), settings, seeds=(3, 4, 5), blending=blending))
    alone = result_of(insert(Dreamer(), settings, seeds=(4,), blending=blending))
    np.testing.assert_allclose(together[1], alone[0], atol=1e-6)
    assert np.abs(together[0] - together[1]).max() > 0.01


class Speaker(Oracle):
    """A model whose words change its answer in one box of the canvas."""

    def denoiser(self, inpainting: Inpainting, size: Size, stage: Stage, watch: Watch) -> Denoiser:
        answer = super().denoiser(inpainting, size, stage, watch)
        view = LOCAL if size == LOCAL.size else WHOLE
        changed = latent(mask_of(SUBJECT)[..., None])
        change = (cut(changed[0, 0].numpy(), view.box) + 1) / 2

        def speak(x: Tensor, sigma: Tensor) -> Tensor:
            watch(torch.from_numpy(change).expand_as(x))
            return answer(x, sigma)

        return speak


SUBJECT = Box(12, 11, 3, 7)
"""The left half of the mask."""


@pytest.mark.parametrize("share", [0.0, 0.75, 1.0])
@pytest.mark.parametrize("matte", [0.0, 0.5, 1.0])
def test_shares(share: float, matte: float) -> None:
    """Of the pixels far from what the words change, the scene keeps as much as the matte is asked for."""
    settings = replace(FEW, local_share=share, matte=matte)
    last = insert(Speaker(), settings, seeds=(1, 2))[-1]
    assert isinstance(last, Finished)
    assert last.shares.shape == (2, MASKED.height, MASKED.width)
    np.testing.assert_allclose(last.shares[:, :, :2], 1)
    np.testing.assert_allclose(last.shares[:, :, -1], 1 - matte)


@dataclass
class Archivist(Speaker):
    """A speaker that keeps the pictures it encoded."""

    encoded: list[Tensor] = field(default_factory=list)

    def encode(self, pictures: Tensor) -> Tensor:
        self.encoded.append(pictures)
        return super().encode(pictures)


def test_the_ground_goes_into_harmonisation_as_it_was() -> None:
    """What GCH starts from has the scene's own pixels where the words changed nothing."""
    model = Archivist({LOCAL.size: torch.full((1, 3, 1, 1), -1.0), WHOLE.size: latent(TARGET)})
    insert(model)
    pasted: Pixels = ((model.encoded[-1][0].movedim(0, -1) + 1) / 2).numpy()
    inside = cut(pasted, MASKED)
    np.testing.assert_allclose(inside[:, :2], 0, atol=1e-6)
    np.testing.assert_allclose(inside[:, -1], cut(SCENE, MASKED)[:, -1], atol=1e-6)


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


@pytest.mark.parametrize("view", [LOCAL, WHOLE], ids=["Eq. 5", "Eq. 6"])
@pytest.mark.parametrize("noise", BlendNoise)
def test_known_latent(view: View, noise: BlendNoise) -> None:
    """Outside of m the model is shown the scene with noise of size sigma: the same, or fresh each step."""
    model = Dreamer()
    settings = InsertSettings(steps=6, local_share=0.5)
    insert(model, settings, blending=Blending(noise=noise, local=LocalBlend.MASK))
    first, second, third = blend_noise_of(model, view)
    for eps in (first, second, third):
        assert abs(float(eps.std()) - 1) < 0.1
    same = torch.allclose(first, second, atol=1e-3) and torch.allclose(second, third, atol=1e-3)
    assert same is (noise is BlendNoise.FIXED)


def test_whole_region() -> None:
    """Where LCG may repaint all of m', the model is shown nothing of the scene: it starts from noise only."""
    model = Dreamer()
    insert(model, blending=Blending(local=LocalBlend.REGION))
    eps = Noise([7]).draw(Draw.START, torch.zeros(1, 3, 16, 16))
    expected = eps * (1 + LEVELS.largest**2) ** 0.5
    torch.testing.assert_close(model.shown_of(LOCAL)[0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_starts_from_noise(share: float) -> None:
    """One stage alone starts from noise only, inside of m."""
    view = LOCAL if share else WHOLE
    model = Dreamer()
    insert(model, InsertSettings(local_share=share), blending=Blending(local=LocalBlend.MASK))
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


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_detail(share: float) -> None:
    """On a canvas twice the size of what GCH sees, the share asked for of LCG's fine detail comes back."""
    half = View(WHOLE.box, Size(20, 16))
    answer = SCENE.copy()
    cut(answer, MASKED)[:] = cut(TARGET, MASKED)
    reduced = resample(answer, half.box, half.size)
    model = Oracle({LOCAL.size: latent(cut(answer, LOCAL.box)), half.size: latent(reduced)})
    found = result_of(insert(model, InsertSettings(steps=6, detail=share), views=Views(LOCAL, half)))[0]
    coarse = cut(resample(reduced, Box.of(half.size), CANVAS), MASKED)
    assert np.abs(coarse - cut(answer, MASKED)).max() > 0.1
    np.testing.assert_allclose(found, coarse + share * (cut(answer, MASKED) - coarse), atol=1e-5)


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


class BlindOracle(Oracle):
    """An autoencoder that cannot encode."""

    def encode(self, pictures: Tensor) -> Tensor:
        return pictures / 0


class MuteOracle(Oracle):
    """An autoencoder that cannot decode."""

    def decode(self, latents: Tensor) -> Tensor:
        return latents * float("nan")


class ConfusedOracle(Oracle):
    """A network that breaks down at the end."""

    def answer(self, x: Tensor, sigma: Tensor, size: Size) -> Tensor:
        return x * float("nan") if sigma < 1 else x


@pytest.mark.parametrize(
    ("model", "where"),
    [(BlindOracle, "encoding"), (MuteOracle, "decoding"), (ConfusedOracle, "a denoising step")],
)
def test_not_finite(model: type[Oracle], where: str) -> None:
    """NaN or infinity from any part of the model ends the insert, in words that help."""
    with pytest.raises(NumericalFailure, match=f"The model broke down in {where}.* Lower the guidance"):
        insert(model())


def test_empty_mask() -> None:
    """An empty mask is refused."""
    with pytest.raises(InvalidMask):
        insert(mask=mask_of(value=0))


def test_mask_outside_of_the_crop() -> None:
    """A crop that does not hold the mask is refused."""
    with pytest.raises(ValueError, match="does not hold the mask's box"):
        insert(mask=mask_of(Box(20, 11, 6, 7)))


def test_mask_of_another_size() -> None:
    """A mask that is not of the scene's size is refused."""
    with pytest.raises(ValueError, match="expected a scene"):
        insert(mask=mask_of()[1:])


def test_crop_outside_of_the_whole() -> None:
    """GCH's view has to hold LCG's crop."""
    with pytest.raises(ValueError, match="does not hold"):
        Views(local=WHOLE, global_=LOCAL)
