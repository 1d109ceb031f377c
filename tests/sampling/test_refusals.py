"""What ends an insert, or lets it not begin: a model that breaks down, masks and views that do not fit."""

from __future__ import annotations

import pytest
from torch import Tensor

from dreammix.protocol import Box, InvalidMask, NumericalFailure, Size
from dreammix.sampling import Views
from tests.sampling.oracle import LOCAL, WHOLE, Oracle, insert, mask_of


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
