"""Every memory profile computes the same model: exactly, or within the tolerance that it names."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dreammix.conditioning import TextEncoders, time_ids
from dreammix.denoisers import TextUNet
from dreammix.models.base import BaseModel, load
from dreammix.models.devices import processor
from dreammix.models.memory import Device, DeviceKind, Precision
from dreammix.models.opening import look, open_parts
from dreammix.models.placement import AWAY, Turns, lay_out, stream
from dreammix.models.wearing import Factors, wearing
from dreammix.protocol import InvalidRequest, Profile, Size

CPU = torch.device("cpu")
CARD = Device(
    name="cpu", kind=DeviceKind.CUDA, title="a card", precision=Precision.FP32, total_bytes=1, free_bytes=1
)
"""The processor, treated as a card with memory of its own: parts come and go, from it to itself."""


@dataclass
class Traveller:
    """A part that remembers where it was sent."""

    where: list[str] = field(default_factory=list)

    def to(self, device: torch.device) -> object:
        """Move."""
        self.where.append(device.type)
        return self


@torch.no_grad()
def denoised(unet: nn.Module, model: BaseModel) -> Tensor:
    """What a U-Net makes of fixed noise under fixed words."""
    bound = TextUNet(
        unet=unet,
        prediction=model.prediction,
        levels=model.levels,
        conditioning=model.text.encode(["red"]),
        time_ids=time_ids(Size(64, 64)),
        dtype=model.precision,
    )
    noise = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    return bound(noise, torch.tensor(1.0))


def test_one_part_is_there_at_a_time() -> None:
    """Who comes finds the place empty; who is there already is not moved again."""
    first, second, turns = Traveller(), Traveller(), Turns(torch.device("meta"))
    for part in (first, first, second, first, None):
        turns.come(part)
    assert first.where == ["meta", "cpu", "meta", "cpu"]
    assert second.where == ["meta", "cpu"]


def test_a_part_that_finds_no_room_is_not_taken_to_be_there() -> None:
    """After a move that failed, the next try moves again."""

    class Heavy(Traveller):
        def to(self, device: torch.device) -> object:
            super().to(device)
            if device != AWAY and len(self.where) == 1:
                raise torch.OutOfMemoryError
            return self

    heavy, turns = Heavy(), Turns(torch.device("meta"))
    with pytest.raises(torch.OutOfMemoryError):
        turns.come(heavy)
    turns.come(heavy)
    assert heavy.where == ["meta", "meta"]


def test_parts_come_when_they_are_asked(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders, autoencoder and U-Net each come just before they compute, whichever method is called."""
    model = load(tiny_model)
    parts, _ = open_parts(look(str(tiny_model)), torch.float32)
    names = {id(parts.unet): "unet", id(parts.vae): "vae", id(parts.encoders[1]): "words"}
    came: list[str] = []

    def come(_turns: Turns, part: object) -> None:
        came.append(names.get(id(part), "other"))

    monkeypatch.setattr(Turns, "come", come)
    lay_out(parts, device=CARD, profile=Profile.OFFLOAD, native_side=32)
    parts.vae.encode(torch.zeros(1, 3, 32, 32))
    assert set(came) == {"vae"}
    came.clear()
    parts.vae.decode(torch.zeros(1, 4, 8, 8))
    assert set(came) == {"vae"}
    came.clear()
    denoised(parts.unet, model)
    assert came == ["unet"]


def test_parked_encoders_leave_before_others_compute(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come to read the words, and nobody else is moved for them."""
    model = load(tiny_model)
    parts, _ = open_parts(look(str(tiny_model)), torch.float32)
    names = {id(parts.unet): "unet", id(parts.vae): "vae", id(None): "nobody"}
    came: list[str] = []
    monkeypatch.setattr(Turns, "come", lambda _turns, part: came.append(names.get(id(part), "encoder")))
    lay_out(parts, device=CARD, profile=Profile.PARKED, native_side=32)
    TextEncoders(parts.tokenizers, parts.encoders).encode(["red"])
    assert came == ["encoder", "encoder"]
    came.clear()
    denoised(parts.unet, model)
    parts.vae.encode(torch.zeros(1, 3, 32, 32))
    assert set(came) == {"nobody"}


@pytest.mark.parametrize("profile", [Profile.PARKED, Profile.OFFLOAD, Profile.GROUP])
def test_moving_weights_changes_no_bit(tiny_model: Path, profile: Profile) -> None:
    """A U-Net whose weights come and go, as a whole or layer by layer, computes what one that stays does."""
    model = load(tiny_model)

    def laid_out(profile: Profile) -> Tensor:
        parts, _ = open_parts(look(str(tiny_model)), torch.float32)
        lay_out(parts, device=CARD, profile=profile, native_side=32)
        return denoised(parts.unet, model)

    assert torch.equal(laid_out(profile), laid_out(Profile.FULL))


@pytest.mark.parametrize(("device", "last"), [(CARD, True), (processor(), False)])
def test_channels_lie_last_where_that_is_quicker(tiny_model: Path, device: Device, last: bool) -> None:
    """On a card, in U-Net and autoencoder; the processor is slower for it."""
    parts, _ = open_parts(look(str(tiny_model)), torch.float32)
    lay_out(parts, device=device, profile=Profile.FULL, native_side=32)
    layers = [
        layer
        for network in (parts.unet, parts.vae)
        for layer in network.modules()
        if isinstance(layer, nn.Conv2d) and min(layer.weight.shape) > 1
    ]
    assert layers
    assert all(layer.weight.is_contiguous(memory_format=torch.channels_last) is last for layer in layers)


def test_a_streamed_u_net_wears_a_lora(tiny_model: Path) -> None:
    """What is worn works on a layer whose weights come and go."""
    model = load(tiny_model)
    bare = denoised(model.unet, model)
    parts, _ = open_parts(look(str(tiny_model)), torch.float32)
    stream(parts.unet, CPU)

    def worn(unet: nn.Module) -> Tensor:
        layer = unet.get_submodule(name := "mid_block.attentions.0.transformer_blocks.0.attn2.to_k")
        assert isinstance(layer, nn.Linear)
        factors = Factors(torch.ones(1, layer.in_features), torch.ones(layer.out_features, 1))
        with wearing(unet, {name: factors}):
            return denoised(unet, model)

    assert torch.equal(worn(parts.unet), worn(model.unet))
    assert not torch.equal(worn(parts.unet), bare)


def test_eight_bits_are_close(tiny_model: Path) -> None:
    """With its weights stored in 8 bits the U-Net takes less room, and says nearly the same."""
    full, small = load(tiny_model), load(tiny_model, profile=Profile.FP8)
    kept = [weights.element_size() for weights in small.unet.parameters()]
    assert kept.count(1) > len(kept) / 2
    assert small.unet.dtype is torch.float32
    error = (denoised(small.unet, full) - denoised(full.unet, full)).std() / denoised(full.unet, full).std()
    assert 0 < error < 0.1


@pytest.mark.parametrize("profile", [Profile.FULL, Profile.TILED])
def test_the_profile_is_remembered(tiny_model: Path, profile: Profile) -> None:
    """A loaded model says how it lies in memory, and where it computes."""
    model = load(tiny_model, profile=profile)
    assert (model.profile, model.device) == (profile, CPU)


def test_tiles_show_the_same_picture() -> None:
    """In tiles with soft seams, the sandbox's autoencoder gives back what it gives in one piece, nearly.

    A tile has its own mean and variance for the norms, so that colours shift a little: more than they would
    in tiles of half an SDXL's side.
    """
    whole, tiled = load("sandbox"), load("sandbox", profile=Profile.TILED)
    ramp = torch.linspace(-1, 1, 128).expand(128, 128)
    picture = torch.stack([ramp, ramp.T, torch.zeros(128, 128)])[None]
    with torch.no_grad():
        latents = whole.autoencoder.encode(picture)
        expected, shown = whole.autoencoder.decode(latents), tiled.autoencoder.decode(latents)
    assert tiled.autoencoder.vae.tile_sample_min_size == 64
    assert 0 < (shown - expected).abs().mean() < 0.15
    together = torch.stack([shown.flatten(), expected.flatten()])
    assert torch.corrcoef(together)[0, 1] > 0.95


@pytest.mark.parametrize("profile", [Profile.PARKED, Profile.OFFLOAD, Profile.GROUP])
def test_a_profile_that_means_nothing_here_is_refused(tiny_model: Path, profile: Profile) -> None:
    """The processor has nowhere to move weights to; the error says which profiles there are."""
    with pytest.raises(InvalidRequest, match="tiled"):
        load(tiny_model, profile=profile)


def test_a_device_that_is_not_there_is_refused_before_files_are_read(tmp_path: Path) -> None:
    """Nobody hashes gigabytes for a card that is not there."""
    with pytest.raises(InvalidRequest, match="cuda:7"):
        load(tmp_path / "nothing", device="cuda:7")


PLACES: list[Callable[[BaseModel], torch.device]] = [
    lambda model: model.text.encode(["red"]).tokens.device,
    lambda model: model.autoencoder.encode(torch.zeros(1, 3, 32, 32)).device,
    lambda model: model.autoencoder.decode(torch.zeros(1, 4, 8, 8, device="meta")).device,
]


@pytest.mark.parametrize("ask", PLACES, ids=["words", "encode", "decode"])
@torch.no_grad()
def test_what_comes_from_the_processor_is_carried_to_the_device(
    tiny_model: Path, ask: Callable[[BaseModel], torch.device]
) -> None:
    """On another device, here the one that has sizes and no numbers, words and pictures are taken there."""
    model = load(tiny_model)
    there = torch.device("meta")
    parts: tuple[nn.Module, ...] = (model.unet, model.autoencoder.vae, *model.text.encoders)
    for part in parts:
        part.to(there)
    moved = replace(
        model,
        device=there,
        autoencoder=replace(model.autoencoder, device=there),
        text=replace(model.text, device=there),
    )
    assert ask(moved).type == "meta"
