"""What fits is known before anything is loaded, and the estimates hold where they can be measured."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dreammix.conditioning import time_ids
from dreammix.denoisers import TextUNet
from dreammix.models import find, read_manifest
from dreammix.models.base import load
from dreammix.models.memory import (
    GIB,
    SDXL,
    Device,
    DeviceKind,
    Precision,
    coding_bytes,
    fit,
    learning,
    model_size,
    needed_bytes,
    painting,
    possible,
    teaches,
)
from dreammix.protocol import Profile, Size
from tests.footprint import Footprint

NATIVE = SDXL.native_side**2
CARD = Device(
    name="cuda:0",
    kind=DeviceKind.CUDA,
    title="a card",
    precision=Precision.BF16,
    total_bytes=24 * GIB,
    free_bytes=23 * GIB,
)
MACHINE = replace(CARD, name="cpu", kind=DeviceKind.CPU, title="the processor", precision=Precision.FP32)


def card(free_gib: float) -> Device:
    """A card with so much memory free."""
    return replace(CARD, free_bytes=int(free_gib * GIB))


def test_a_models_size_is_counted_from_its_headers(tiny_model: Path) -> None:
    """Every parameter of every part is counted, as the loaded parts themselves count them."""
    size = model_size(tiny_model, read_manifest(tiny_model).native_side)
    model = load(tiny_model)
    assert size.unet == sum(number.numel() for number in model.unet.parameters())
    assert size.vae == sum(number.numel() for number in model.autoencoder.vae.parameters())
    assert size.text == sum(
        number.numel() for encoder in model.text.encoders for number in encoder.parameters()
    )
    assert (size.unet_channels, size.vae_channels, size.scale) == (8, 8, 4)


@pytest.mark.parametrize(
    ("free_gib", "profile"),
    [(22, Profile.FULL), (7.5, Profile.PARKED), (6.5, Profile.OFFLOAD), (5.5, Profile.GROUP)],
)
def test_the_profile_that_gives_up_least_is_chosen(free_gib: float, profile: Profile) -> None:
    """SDXL stays whole on a large card; then words are read first, parts take turns, layers pass through."""
    found = fit(SDXL, card(free_gib), painting(1, NATIVE))
    assert found.fits
    assert found.profile is profile


def test_what_does_not_fit_says_how_much_is_missing() -> None:
    """Where no profile has room, the smallest is named, with what it takes and what there is."""
    found = fit(SDXL, card(0.5), painting(1, NATIVE))
    assert not found.fits
    assert found.needed_bytes > found.free_bytes
    assert "a card" in found.why
    assert "0.5 GiB" in found.why


def test_teaching_needs_the_weights_to_stay() -> None:
    """No profile is chosen for a lesson in which layers come and go under its backward pass."""
    for free_gib in range(1, 24):
        assert teaches(fit(SDXL, card(free_gib), learning(SDXL, 2)).profile, shared=False)


def test_a_profile_that_was_asked_for_is_not_replaced() -> None:
    """Asked whether the whole model fits on a small card, the answer is no, and not another profile."""
    found = fit(SDXL, card(6), painting(1, NATIVE), Profile.FULL)
    assert (found.fits, found.profile) == (False, Profile.FULL)


def test_a_loaded_model_needs_no_second_room() -> None:
    """What the model itself holds of the memory counts as free for it."""
    work = painting(1, NATIVE)
    assert not fit(SDXL, card(2.5), work, Profile.FULL).fits
    assert fit(SDXL, card(2.5), work, Profile.FULL, loaded=Profile.FULL).fits


def test_text_encoders_are_whole_on_the_device() -> None:
    """Only the U-Net passes through by layers: where it does, there is room for all that reads the words."""
    for profile in (Profile.GROUP, Profile.TILED):
        assert needed_bytes(SDXL, CARD, painting(1, NATIVE), profile) > SDXL.text * CARD.precision.bytes


def test_moving_parts_away_frees_nothing_where_memory_is_shared() -> None:
    """On the processor and on Apple's chips, no profile is offered that only moves weights."""
    for kind in (DeviceKind.CPU, DeviceKind.MPS):
        assert not possible(Profile.PARKED, kind)
        assert not possible(Profile.OFFLOAD, kind)
        assert not possible(Profile.GROUP, kind)
    assert needed_bytes(SDXL, MACHINE, painting(1, NATIVE), Profile.TILED) > 4 * SDXL.unet


def test_the_estimate_holds_where_it_can_be_counted() -> None:
    """On the sandbox's own networks, what an insert holds at once is below the estimate, and near it."""
    model = load("sandbox")
    size = model_size(find("sandbox"), model.native_side)
    work = painting(2, model.native_side**2)
    pictures = torch.zeros(2, 3, model.native_side, model.native_side)
    with torch.no_grad():
        words = model.text.encode(["red", "red", "red", "red"])
        latents = model.autoencoder.encode(pictures)
        bound = TextUNet(
            unet=model.unet,
            prediction=model.prediction,
            levels=model.levels,
            conditioning=words,
            time_ids=time_ids(Size(model.native_side, model.native_side)),
            dtype=model.precision,
        )
        with Footprint(model.unet) as thinking:
            bound(torch.cat([latents, latents]), torch.tensor(1.0))
        with Footprint(model.autoencoder.vae) as coding:
            model.autoencoder.decode(latents)
    weights = 4 * (size.unet + size.text + size.vae)
    estimate = needed_bytes(size, MACHINE, work, Profile.FULL) - weights
    assert coding.peak <= coding_bytes(size, MACHINE, work, tiled=False) <= 2 * coding.peak
    assert max(thinking.peak, coding.peak) <= estimate <= 2 * max(thinking.peak, coding.peak)


@given(
    variants=st.integers(1, 8),
    more=st.integers(0, 8),
    side=st.integers(1, 32),
    profile=st.sampled_from(Profile),
    device=st.sampled_from([CARD, MACHINE]),
)
def test_more_work_never_needs_less(
    variants: int, more: int, side: int, profile: Profile, device: Device
) -> None:
    """Memory grows with the pictures, and no profile takes more of it than the full one."""
    pixels = (64 * side) ** 2
    less = needed_bytes(SDXL, device, painting(variants, pixels), profile)
    assert less <= needed_bytes(SDXL, device, painting(variants + more, pixels), profile)
    assert less <= needed_bytes(SDXL, device, painting(variants, 4 * pixels), profile)
    assert less <= needed_bytes(SDXL, device, painting(variants, pixels), Profile.FULL)
