"""The parts fit together and are as small as they must be."""

import torch

from dreammix.sandbox import architecture

LARGEST = 40_000_000
"""Bytes that the model may have on disk, as fp16, with the metrics CLIP."""
FOR_CLIP = 6_000_000
"""Bytes of these that are left for that."""


def test_the_autoencoder_takes_sides_of_any_multiple() -> None:
    """A picture that is not square comes back in its size, by way of a quarter of it."""
    vae = architecture.autoencoder()
    picture = torch.zeros(1, 3, 16, 40)
    latents = vae.encode(picture).latent_dist.mean
    assert latents.shape == (1, architecture.LATENT_CHANNELS, 4, 10)
    assert vae.decode(latents).sample.shape == picture.shape


def test_the_text_encoders_are_as_wide_as_the_unet_reads() -> None:
    """Their penultimate states, joined, are its cross-attention's width; the projection is the pooled one."""
    first, second = architecture.text_encoders(40, 39)
    with torch.device("meta"):
        unet = architecture.unet()
    assert first.config.hidden_size + second.config.hidden_size == unet.config["cross_attention_dim"]
    assert second.config.projection_dim == architecture.POOLED


def test_the_model_is_small_enough_to_come_with_the_program() -> None:
    """All weights in fp16, with room for the metrics CLIP, take no more than 40 MB."""
    with torch.device("meta"):
        parts = [architecture.unet(), architecture.autoencoder(), *architecture.text_encoders(800, 799)]
    weights = sum(weight.numel() for part in parts for weight in part.parameters())
    assert 2 * weights + FOR_CLIP <= LARGEST
