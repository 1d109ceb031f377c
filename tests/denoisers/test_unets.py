"""The adapters around U-Nets of SDXL's kind."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreammix.denoisers import ChannelUNet, HeadUNet, NoiseLevels, Prediction
from tests.denoisers.conftest import Bench

SIGMA = torch.tensor(1.7)


class Surgery(nn.Module):
    """`conv_in` with a head sewn on by hand, cell by cell of the padded picture."""

    def __init__(self, conv_in: nn.Module, head: Tensor, told: Tensor) -> None:
        super().__init__()
        self.conv_in, self.head = conv_in, head
        rows = torch.arange(-1, told.shape[2] + 1).clamp(0, told.shape[2] - 1)
        columns = torch.arange(-1, told.shape[3] + 1).clamp(0, told.shape[3] - 1)
        self.padded = told[:, :, rows][:, :, :, columns]

    def forward(self, x: Tensor) -> Tensor:
        patches = F.unfold(self.padded, 3)
        feature = (self.head.flatten(1) @ patches).view(1, -1, *x.shape[2:])
        return torch.as_tensor(self.conv_in(x)) + feature


@pytest.mark.parametrize("prediction", Prediction)
def test_text_unet(bench: Bench, levels: NoiseLevels, prediction: Prediction) -> None:
    """The network sees latents of unit variance, its own timestep and the words; its output is converted."""
    unet, x, words = bench.unet(), bench.latents(), bench.words(rows=2)
    denoised = bench.bound(unet, words, prediction)(x, SIGMA)
    output = unet(
        x / (1 + SIGMA**2).sqrt(),
        levels.timestep(SIGMA),
        encoder_hidden_states=words.tokens,
        added_cond_kwargs={
            "text_embeds": words.pooled,
            "time_ids": torch.tensor([[64.0, 96.0, 0.0, 0.0, 64.0, 96.0]] * 2),
        },
    ).sample
    torch.testing.assert_close(denoised, prediction.denoised(output, x, SIGMA))


def test_precision(bench: Bench) -> None:
    """A network of 16 bits is fed and read in its own precision; the latents stay fp32."""
    x = bench.latents()
    exact = bench.bound(bench.unet())(x, SIGMA)
    rough = bench.bound(bench.unet().to(torch.bfloat16))(x, SIGMA)
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, exact, rtol=0, atol=0.05)


def test_head(bench: Bench) -> None:
    """The head's feature is added to what `conv_in` gives, in the same way for all latents of the batch."""
    told, head, x = bench.inpainting(), bench.head(), bench.latents()
    operated = bench.unet()
    operated.conv_in = Surgery(operated.conv_in, head, told.channels())
    denoised = HeadUNet(bench.bound(bench.unet()), head, told)(x, SIGMA)
    torch.testing.assert_close(denoised, bench.bound(operated)(x, SIGMA), rtol=1e-4, atol=1e-5)
    assert (denoised - bench.bound(bench.unet())(x, SIGMA)).abs().max() > 0.01


def test_head_in_16_bits(bench: Bench) -> None:
    """A head in fp32 serves a network of 16 bits."""
    told, head, x = bench.inpainting(), bench.head(), bench.latents()
    exact = HeadUNet(bench.bound(bench.unet()), head, told)(x, SIGMA)
    rough = HeadUNet(bench.bound(bench.unet().to(torch.bfloat16)), head, told)(x, SIGMA)
    torch.testing.assert_close(rough, exact, rtol=0, atol=0.1)


def test_head_leaves_nothing_behind(bench: Bench) -> None:
    """After a call, and after one that failed, the network is the plain one again."""
    unet, x = bench.unet(), bench.latents()
    before = copy.deepcopy(bench.bound(unet)(x, SIGMA))
    with_head = HeadUNet(bench.bound(unet), bench.head(), bench.inpainting())
    with_head(x, SIGMA)
    with pytest.raises(RuntimeError):
        with_head(x[:, :3], SIGMA)
    assert not unet.conv_in._forward_hooks
    assert torch.equal(bench.bound(unet)(x, SIGMA), before)


def test_channels(bench: Bench) -> None:
    """A 9-channel network sees the latents, the mask and the masked latent, which carry no noise."""
    unet, told, x = bench.unet(in_channels=9), bench.inpainting(), bench.latents()
    seen: list[Tensor] = []
    with unet.conv_in.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0])):
        denoised = ChannelUNet(bench.bound(unet), told)(x, SIGMA)
    assert denoised.shape == x.shape
    torch.testing.assert_close(seen[0][:, :4], x / (1 + SIGMA**2).sqrt())
    assert torch.equal(seen[0][:, 4:], told.channels().expand(2, -1, -1, -1))


def test_rows(bench: Bench) -> None:
    """Two rows of words serve four latents: the first row the first two."""
    unet, x, words = bench.unet(), bench.latents(rows=4), bench.words(rows=2)
    together = bench.bound(unet, words)(x, SIGMA)
    first = bench.bound(unet, type(words)(tokens=words.tokens[:1], pooled=words.pooled[:1]))(x[:2], SIGMA)
    torch.testing.assert_close(together[:2], first, rtol=1e-4, atol=1e-5)


def test_rows_that_fit_nothing(bench: Bench) -> None:
    """Two rows of words cannot serve three latents."""
    with pytest.raises(ValueError, match="2 rows of conditioning cannot serve 3 latents"):
        bench.bound(bench.unet(), bench.words(rows=2))(bench.latents(rows=3), SIGMA)
