"""The denoiser's loss, what it trains, and that it is trained as it will be used."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL
from torch import Tensor
from transformers import CLIPTokenizer

from dreammix.conditioning import Conditioning, time_ids
from dreammix.denoisers import HeadUNet, Inpainting, NoiseLevels, Prediction, TextUNet
from dreammix.protocol import Size
from dreammix.sandbox.training import denoiser, examples, loop, window
from dreammix.sandbox.training.denoiser import Trainee, loss, schedule, spread, train_denoiser
from dreammix.sandbox.training.examples import Batch

SIDE = 16
CELLS = SIDE // 4


def batch_of(trainee: Trainee, tokenizer: CLIPTokenizer, prompts: list[str]) -> Batch:
    """Noise for latents, one half of each to be filled, and the prompts' tokens."""
    rows = len(prompts)
    generator = torch.Generator().manual_seed(0)
    latents, masked = (torch.randn(rows, 4, CELLS, CELLS, generator=generator) for _ in range(2))
    masks = torch.zeros(rows, 1, CELLS, CELLS)
    masks[..., CELLS // 2 :] = 1
    return Batch(latents, masked, masks, torch.ones_like(masks), *trainee.text(tokenizer).ids(prompts))


def test_an_error_costs_what_its_cell_weighs() -> None:
    """The same error costs three times as much in a cell of three times the weight, and nothing at none."""
    weights = torch.tensor([3.0, 1.0, 0.0, 0.0]).view(1, 1, 1, 4)
    costs = []
    for cell in range(4):
        predicted = torch.zeros(1, 4, 1, 4)
        predicted[..., cell] = 2
        costs.append(float(loss(predicted, torch.zeros(1, 4, 1, 4), weights)))
    assert costs == pytest.approx([3, 1, 0, 0])


def test_an_example_counts_the_same_whatever_it_weighs() -> None:
    """The loss is the mean of its examples, however large their regions are."""
    weights = torch.stack([torch.full((1, 4, 4), weight) for weight in (0.1, 4.0)])
    weights[1, 0, :3] = 0.1
    predicted = torch.stack([torch.full((4, 4, 4), error) for error in (1.0, 0.0)])
    assert float(loss(predicted, torch.zeros(2, 4, 4, 4), weights)) == pytest.approx(0.5)


def test_it_is_trained_as_it_is_used(trainee: Trainee, learned: CLIPTokenizer) -> None:
    """For noisy latents, training's prediction is what the sampler's adapter makes its estimate of."""
    torch.nn.init.normal_(trainee.unet.conv_out.weight, std=0.1)
    data = batch_of(trainee, learned, ["a red mug"])
    noise_schedule, timestep = schedule(), torch.tensor([400])
    noise = torch.randn(data.latents.shape, generator=torch.Generator().manual_seed(1))
    noisy = noise_schedule.add_noise(data.latents, noise, timestep)
    text = trainee.text(learned)
    words: Conditioning = text.encode(["a red mug"])
    levels = NoiseLevels(noise_schedule.alphas_cumprod)
    adapter = HeadUNet(
        TextUNet(
            unet=trainee.unet,
            prediction=Prediction(noise_schedule.config["prediction_type"]),
            levels=levels,
            conditioning=words,
            time_ids=time_ids(Size(SIDE, SIDE)),
            dtype=trainee.unet.dtype,
        ),
        trainee.head.weight,
        Inpainting(data.masks, data.masked),
    )
    trainee.eval()
    with torch.no_grad():
        predicted = trainee(noisy, timestep, data, text, SIDE)
        sigma = levels.sigmas[400].float()
        estimate = adapter(data.latents + sigma * noise, sigma)
    kept = noise_schedule.alphas_cumprod[400]
    expected = kept.sqrt() * noisy - (1 - kept).sqrt() * predicted
    torch.testing.assert_close(estimate, expected, atol=1e-3, rtol=1e-3)
    told_nothing = adapter_without_head(adapter, data.latents + sigma * noise, sigma)
    assert not torch.allclose(estimate, told_nothing, atol=1e-3)


def adapter_without_head(adapter: HeadUNet, x: Tensor, sigma: Tensor) -> Tensor:
    """What the U-Net alone makes of the same latents."""
    with torch.no_grad():
        return adapter._unet(x, sigma)


def test_a_step_trains_every_part(trainee: Trainee, learned: CLIPTokenizer) -> None:
    """The gradient of the loss reaches the U-Net, the head and both text encoders."""
    torch.nn.init.normal_(trainee.unet.conv_out.weight, std=0.1)
    data = batch_of(trainee, learned, ["a red mug", "a blue star with a hat"])
    predicted = trainee(data.latents, torch.tensor([10, 900]), data, trainee.text(learned), SIDE)
    loss(predicted, torch.zeros_like(predicted), data.weights).backward()
    first, second = trainee.encoders
    for part in (trainee.unet, trainee.head, first, second):
        assert any(
            weight.grad is not None and bool(weight.grad.abs().sum() > 0) for weight in part.parameters()
        )


@pytest.mark.parametrize("count", [1, 4, 20])
def test_noise_levels_are_spread_over_a_batch(count: int) -> None:
    """Each equal share of the levels is met once in a batch, in an order of its own."""
    drawn = [spread(1000, count, torch.Generator().manual_seed(seed)) for seed in range(20)]
    for timesteps in drawn:
        assert (timesteps * count // 1000).sort().values.tolist() == list(range(count))
    assert count == 1 or len({tuple((t * count // 1000).tolist()) for t in drawn}) > 1


def test_a_prediction_does_not_depend_on_the_batch(trainee: Trainee, learned: CLIPTokenizer) -> None:
    """Each row is answered for itself: its own words, its own region, its own noise level."""
    torch.nn.init.normal_(trainee.unet.conv_out.weight, std=0.1)
    data = batch_of(trainee, learned, ["a red mug", "a blue star"])
    text, timesteps = trainee.text(learned), torch.tensor([10, 900])
    trainee.eval()
    with torch.no_grad():
        both = trainee(data.latents, timesteps, data, text, SIDE)
        for row in range(2):
            alone = data.rows(torch.tensor([row]))
            single = trainee(alone.latents, timesteps[row : row + 1], alone, text, SIDE)
            torch.testing.assert_close(single[0], both[row], atol=1e-4, rtol=1e-4)


def test_a_killed_stage_goes_on_to_the_same_weights(
    small: None, learned: CLIPTokenizer, vae: AutoencoderKL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle and started again, it ends with exactly the weights of a run left alone."""
    monkeypatch.setattr(examples, "SHARD", 4)
    monkeypatch.setattr(window, "ProcessPoolExecutor", lambda n, mp_context: ThreadPoolExecutor(n))
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)

    def run(folder: Path) -> dict[str, Tensor]:
        torch.manual_seed(2)
        fresh = Trainee(learned)
        train_denoiser(
            fresh,
            vae,
            learned,
            folder,
            side=SIDE,
            steps=3,
            batch=2,
            rate=1e-3,
            seed=5,
            kept=2,
            period=1,
            workers=1,
            device=torch.device("cpu"),
        )
        return fresh.state_dict()

    def killed(seed: int, step: int, device: torch.device) -> torch.Generator:
        if step == 2:
            raise KeyboardInterrupt
        return loop.torch_rng_for(seed, step, device)

    expected = run(tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(denoiser, "torch_rng_for", killed)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "killed")
    resumed = run(tmp_path / "killed")
    assert all(torch.equal(resumed[name], expected[name]) for name in expected)
