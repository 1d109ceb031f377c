"""A small model for the tests of its training."""

from collections.abc import Iterator

import pytest
import torch
from diffusers import AutoencoderKL
from transformers import CLIPTokenizer

from dreammix.sandbox import architecture
from dreammix.sandbox.training import autoencoder
from dreammix.sandbox.training.denoiser import Trainee


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Tensors this small gain nothing from threads, which a busy machine makes wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def small() -> Iterator[None]:
    """A narrower architecture, and smaller pictures for the autoencoder, in the test that asks for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(architecture, "UNET_CHANNELS", (16, 48, 96))
        patch.setattr(architecture, "WIDTHS", (32, 32))
        patch.setattr(architecture, "POOLED", 32)
        patch.setattr(autoencoder, "PICTURE", 32)
        yield


@pytest.fixture
def vae() -> AutoencoderKL:
    """An autoencoder of random weights, in evaluation mode."""
    torch.manual_seed(0)
    fresh = architecture.autoencoder()
    fresh.register_to_config(scaling_factor=0.5)
    return fresh.eval().requires_grad_(False)


@pytest.fixture
def trainee(small: None, learned: CLIPTokenizer) -> Trainee:
    """All that the denoiser's stages train, with random weights."""
    torch.manual_seed(1)
    return Trainee(learned)
