"""One step of learning."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dreammix.conditioning import Conditioning, time_ids
from dreammix.denoisers import HeadUNet, Inpainting, TextUNet
from dreammix.models.base import BaseModel
from dreammix.protocol import NumericalFailure, OutOfMemory, Profile, Size, TeachSettings
from dreammix.training.losses import reweighted
from dreammix.training.pool import Batch
from dreammix.training.pupil import Pupil, fresh_lora
from tests.training.conftest import QUICK


def batch(rows: int, seed: int = 0, side: int = 8) -> Batch:
    """Latents of `side` x `side` cells, masked in the middle, of the first prompt."""
    generator = torch.Generator().manual_seed(seed)
    told = torch.randn(rows, 5, side, side, generator=generator)
    told[:, 0] = 0
    told[:, 0, side // 4 : 3 * side // 4, side // 4 : 3 * side // 4] = 1
    return Batch(
        size=Size(4 * side, 4 * side),
        latents=torch.randn(rows, 4, side, side, generator=generator),
        told=told,
        words=torch.zeros(rows, dtype=torch.long),
    )


@pytest.fixture
def pupil(model: BaseModel) -> Pupil:
    """Of the tiny model, with one prompt."""
    model.unet.requires_grad_(False)
    return Pupil(model, model.text.encode(["a q red"]), QUICK, seed=3)


def test_nothing_is_learned_while_weights_come_and_go(model: BaseModel) -> None:
    """On a card, a profile that passes layers through refuses a lesson before its first step."""
    streamed = replace(model, profile=Profile.GROUP, device=torch.device("cuda"))
    with pytest.raises(OutOfMemory, match="offload"):
        Pupil(streamed, model.text.encode(["a q red"]), QUICK, seed=3)


def test_steps_on_the_same_noise_lower_the_loss(pupil: Pupil) -> None:
    """Twenty times the same pictures at the same noise: each loss is below the one five steps before."""
    losses = [pupil.learn([(1.0, batch(4))], np.random.default_rng(7)) for _ in range(20)]
    assert all(later < earlier for earlier, later in zip(losses, losses[5:], strict=False))


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float16])
def test_a_model_in_half_precision_is_taught(model: BaseModel, precision: torch.dtype) -> None:
    """The LoRA stays fp32 and learns, on any device and not on CUDA's alone."""
    unet = deepcopy(model.unet).to(precision).requires_grad_(False)
    half = replace(model, unet=unet, precision=precision)
    pupil = Pupil(half, model.text.encode(["a q red"]), QUICK, seed=3)
    first, *_, last = [pupil.learn([(1.0, batch(4))], np.random.default_rng(7)) for _ in range(20)]
    assert last < first
    assert {parameter.dtype for parameter in pupil.parameters} == {torch.float32}


@pytest.mark.parametrize(("inside", "outside"), [(1.5, 0.7), (1.0, 1.0)])
def test_a_fresh_lora_changes_nothing(model: BaseModel, inside: float, outside: float) -> None:
    """The first loss is that of the bare model, as inference computes it: Eq. 7, or Eq. 1 alone."""
    settings = replace(QUICK, inside=inside, outside=outside)
    pupil = Pupil(model, model.text.encode(["a q red"]), settings, seed=3)
    data, rng = batch(2), np.random.default_rng(7)
    timesteps = torch.from_numpy(rng.integers(1000, size=2))
    eps = torch.from_numpy(rng.standard_normal((2, 4, 8, 8), dtype=np.float32))
    bare: list[Tensor] = []
    for row in range(2):
        sigma = model.levels.sigmas[timesteps[row]].float()
        prompt = model.text.encode(["a q red"])
        unet = TextUNet(
            unet=model.unet,
            prediction=model.prediction,
            levels=model.levels,
            conditioning=Conditioning(prompt.tokens, prompt.pooled),
            time_ids=time_ids(data.size),
            dtype=model.precision,
        )
        assert model.head is not None
        told = Inpainting(mask=data.told[row : row + 1, :1], masked_latent=data.told[row : row + 1, 1:])
        clean = data.latents[row : row + 1]
        with torch.no_grad():
            denoised = HeadUNet(unet, model.head, told)(clean + sigma * eps[row : row + 1], sigma)
        # v's error is the clean latents' error over sigma * c_in.
        bare.append(((denoised - clean) * (1 + sigma**2).sqrt() / sigma) ** 2)
    weights = torch.full((2, 1, 8, 8), outside)
    weights[..., 2:6, 2:6] = inside  # Where `batch` is masked.
    expected = (weights * torch.cat(bare)).mean()
    found = pupil.learn([(1.0, data)], np.random.default_rng(7))
    assert found == pytest.approx(float(expected), rel=1e-3)


@pytest.mark.parametrize("sides", [(8, 8), (8, 4)])
def test_shares_add_up_by_their_weights(model: BaseModel, sides: tuple[int, int]) -> None:
    """Eq. 8: the loss of a step is the subject's and beta times the regular data's, of whatever sizes."""
    own, regular = batch(2, side=sides[0]), batch(3, seed=1, side=sides[1])
    rng = np.random.default_rng(7)
    witness = Pupil(model, model.text.encode(["a q red"]), QUICK, seed=3)
    if own.size == regular.size:
        errors = witness._errors(Batch.joined([own, regular]), rng)
        parts = errors[:2], errors[2:]
    else:
        parts = witness._errors(own, rng), witness._errors(regular, rng)
    losses = [
        float(reweighted(part, its.masks, QUICK).mean().detach())
        for part, its in zip(parts, (own, regular), strict=True)
    ]
    pupil = Pupil(model, model.text.encode(["a q red"]), QUICK, seed=3)
    found = pupil.learn([(1.0, own), (0.4, regular)], np.random.default_rng(7))
    assert found == pytest.approx(losses[0] + 0.4 * losses[1], rel=1e-5)


def test_a_gradient_that_is_no_number_teaches_nothing(pupil: Pupil, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finite loss may have one: it ends the teaching, and the factors stay as they were."""
    before = [factor.detach().clone() for factor in pupil.parameters]
    monkeypatch.setattr(
        "dreammix.training.pupil.reweighted",
        lambda errors, masks, settings: (errors - errors.detach()).sqrt().mean((1, 2, 3)),
    )
    with pytest.raises(NumericalFailure, match="gradient"):
        pupil.learn([(1.0, batch(2))], np.random.default_rng(7))
    assert all(torch.equal(one, other) for one, other in zip(before, pupil.parameters, strict=True))


def test_first_factors_are_seeded_and_of_the_asked_rank(model: BaseModel) -> None:
    """down has variance 1 / r^2, up is zero; both learn, in fp32."""
    one, same, other = (fresh_lora(model, 4, seed) for seed in (1, 1, 2))
    name = next(iter(one.layers))
    assert torch.equal(one.layers[name].down, same.layers[name].down)
    assert not torch.equal(one.layers[name].down, other.layers[name].down)
    everything = torch.cat([factors.down.detach().flatten() for factors in one.layers.values()])
    assert float(everything.std()) == pytest.approx(1 / 4, rel=0.1)
    for factors in one.layers.values():
        assert len(factors.down) == 4
        assert not factors.up.any()
        assert factors.up.requires_grad
        assert factors.down.requires_grad
        assert factors.down.dtype == torch.float32


@pytest.mark.parametrize(("squared", "inside", "outside"), [(False, 1.5, 0.7), (True, 2.25, 0.49)])
def test_errors_weigh_more_inside_of_the_mask(squared: bool, inside: float, outside: float) -> None:
    """Eq. 7: tau1 inside, tau2 outside; squared as an option; averaged over all cells."""
    masks = torch.zeros(1, 1, 2, 2)
    masks[..., 0, 0] = 1
    settings = TeachSettings(squared=squared)
    for place, weight in (((0, 0), inside), ((1, 1), outside)):
        errors = torch.zeros(1, 3, 2, 2)
        errors[:, 1, place[0], place[1]] = 12.0
        assert reweighted(errors, masks, settings).tolist() == pytest.approx([weight])


def test_weights_of_one_are_the_plain_loss() -> None:
    """Eq. 1."""
    errors = torch.rand(2, 4, 3, 3, generator=torch.Generator().manual_seed(1))
    masks = (errors[:, :1] > 0.5).float()
    plain = replace(TeachSettings(), inside=1.0, outside=1.0)
    assert float(reweighted(errors, masks, plain).mean()) == pytest.approx(
        float(F.mse_loss(errors.sqrt(), errors * 0))
    )
