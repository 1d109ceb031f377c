"""The linear glance at latents."""

from __future__ import annotations

import torch

from dreammix.denoisers import LatentPreview


def test_each_cell() -> None:
    """A cell's colour is the matrix times its latent plus the bias."""
    weight, bias, latents = torch.randn(3, 4) * 0.1, torch.randn(3) * 0.1, torch.randn(2, 4, 5, 6)
    colours = LatentPreview(weight, bias)(latents)
    assert colours.shape == (2, 3, 5, 6)
    torch.testing.assert_close(colours[1, :, 2, 3], weight @ latents[1, :, 2, 3] + bias)


def test_stays_a_colour() -> None:
    """What is brighter than white is white."""
    colours = LatentPreview(torch.full((3, 4), 9.0), torch.zeros(3))(
        torch.tensor([[[[1.0, -1.0]]] * 4]).view(1, 4, 1, 2)
    )
    assert colours[0, 0, 0].tolist() == [1, -1]
