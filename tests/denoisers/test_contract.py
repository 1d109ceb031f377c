"""What a model is told about the picture."""

from __future__ import annotations

import pytest
import torch

from dreammix.denoisers import Inpainting


def test_channels() -> None:
    """The mask comes first, then the masked latent."""
    mask, latent = torch.ones(1, 1, 2, 3), torch.randn(1, 4, 2, 3)
    channels = Inpainting(mask=mask, masked_latent=latent).channels()
    assert torch.equal(channels, torch.cat([mask, latent], dim=1))


@pytest.mark.parametrize(
    ("mask", "latent"),
    [((1, 1, 2, 3), (1, 4, 3, 2)), ((1, 4, 2, 3), (1, 4, 2, 3)), ((2, 1, 2, 3), (2, 4, 2, 3))],
    ids=["other sides", "mask with channels", "two pictures"],
)
def test_shapes(mask: tuple[int, ...], latent: tuple[int, ...]) -> None:
    """A mask and a latent that do not belong to one picture are refused."""
    with pytest.raises(ValueError, match=r"expected a mask \(1, 1, h, w\)"):
        Inpainting(mask=torch.zeros(mask), masked_latent=torch.zeros(latent))
