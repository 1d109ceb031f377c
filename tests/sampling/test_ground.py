"""What of the ground the matte keeps, after both stages and between them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from dreammix.denoisers import Denoiser, Inpainting, Watch
from dreammix.protocol import Box, Size, Stage
from dreammix.sampling import Finished
from tests.sampling.oracle import (
    FEW,
    LOCAL,
    MASKED,
    SCENE,
    TARGET,
    WHOLE,
    Oracle,
    Pixels,
    cut,
    insert,
    latent,
    mask_of,
)


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
