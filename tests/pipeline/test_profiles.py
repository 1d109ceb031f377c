"""Whole inserts and whole lessons in every memory profile, with SDXL's own layers made narrow.

The processor is treated as a card with memory of its own: everything comes and goes as it would there, from
the processor to itself. What only a card has, streams and its own memory, is not run here.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dreammix.files import png
from dreammix.geometry import to_array, to_picture
from dreammix.models import base, write_manifest
from dreammix.models.base import BaseModel
from dreammix.models.lora import read_lora
from dreammix.models.memory import Device, DeviceKind, Precision
from dreammix.models.unlisted import SDXL_MULTIPLE
from dreammix.pipeline import Pipeline
from dreammix.pipeline.teach import teach_subject
from dreammix.protocol import (
    InsertRequest,
    InsertSettings,
    Picture,
    Profile,
    Result,
    SubjectUse,
    TeachRequest,
    TeachSettings,
)
from dreammix.subjects import Library, NewPicture
from tests.pipeline.test_teach import Middle
from tests.small_fooocus import converted, head_content, patch_content
from tests.small_sdxl import NATIVE_SIDE, save_small_sdxl, small_unet

CARD = Device(
    name="cpu",
    kind=DeviceKind.CUDA,
    title="a card",
    precision=Precision.FP32,
    total_bytes=1 << 40,
    free_bytes=1 << 40,
)
SIDE = 96
MOVING = (Profile.PARKED, Profile.OFFLOAD, Profile.GROUP)
"""Profiles in which weights come and go and nothing is computed otherwise."""
LESSON = TeachSettings(steps=2, batch=1, rate=1e-2, rank=2, regular_pictures=1, regular_batch=1, samples=1)


@dataclass(frozen=True)
class Base:
    """A base model's folder, and Fooocus' weights where it needs them."""

    place: Path
    fooocus: Path | None

    def load(self, profile: Profile) -> BaseModel:
        """The model as it lies in that profile."""
        return base.load(self.place, profile=profile, fooocus=self.fooocus)


@pytest.fixture(scope="module")
def with_fooocus(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """SDXL 1.0's kind: four channels, a head and a patch."""
    folder = tmp_path_factory.mktemp("four")
    converted(folder, head_content(small_unet()), patch_content(small_unet()))
    return Base(saved(folder / "model", 4), folder / "fooocus")


@pytest.fixture(scope="module")
def of_nine_channels(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """SDXL-Inpainting 0.1's kind."""
    return Base(saved(tmp_path_factory.mktemp("nine") / "model", 9), None)


@pytest.fixture(params=["with_fooocus", "of_nine_channels"])
def kind(request: pytest.FixtureRequest) -> Base:
    """Both of them in turn."""
    found: Base = request.getfixturevalue(request.param)
    return found


@pytest.fixture(autouse=True)
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where models are loaded, the processor is a card; one thread, and few pairs in a lesson."""
    monkeypatch.setattr(base, "device_named", lambda _: CARD)
    monkeypatch.setattr("dreammix.training.teaching.POOL_PAIRS", 2)
    monkeypatch.setattr("dreammix.training.teaching.must_checkpoint", lambda *_: True)


def saved(place: Path, in_channels: int) -> Path:
    """A narrow SDXL of so many channels."""
    save_small_sdxl(place, in_channels=in_channels)
    write_manifest(place, name="narrow", native_side=NATIVE_SIDE, multiple=SDXL_MULTIPLE)
    return place


def noise(seed: int) -> Picture:
    """A picture of it."""
    pixels = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    return to_picture(pixels)


def request(subject: str | None = None) -> InsertRequest:
    """Something to insert, in four steps of both stages; all that was painted is kept."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[32:64, 24:72] = 255
    return InsertRequest(
        scene=noise(1),
        mask=to_picture(mask),
        prompt="" if subject else "a red mug",
        subject=SubjectUse(subject=subject) if subject else None,
        seed=7,
        settings=InsertSettings(steps=4, local_share=0.5, feather=2, matte=0),
    )


def painted(pipeline: Pipeline, asked: InsertRequest) -> Picture:
    """The layer that comes of it."""
    (result,) = (event for event in pipeline.insert(asked) if isinstance(event, Result))
    return result.layer


def colours(layer: Picture) -> np.ndarray:
    """Of what is seen of a layer, as numbers from 0 to 255."""
    pixels = to_array(layer).astype(np.float32)
    return pixels[pixels[..., 3] > 0, :3]


def test_moved_weights_paint_the_same_picture(kind: Base) -> None:
    """To the bit, twice in a row: the second insert finds the parts where the first one left them."""
    expected = painted(Pipeline(kind.load(Profile.FULL)), request())
    assert len(np.unique(colours(expected), axis=0)) > 100
    for profile in MOVING:
        pipeline = Pipeline(kind.load(profile))
        assert [painted(pipeline, request()) for _ in range(2)] == [expected, expected], profile


def test_what_is_computed_otherwise_paints_nearly_the_same_picture(kind: Base) -> None:
    """Tiles differ by nothing else than being tiles, and 8 bits by a tenth of what another seed does."""
    full = kind.load(Profile.FULL)
    expected, other = (colours(painted(Pipeline(full), replace(request(), seed=seed))) for seed in (7, 8))
    rounded = colours(painted(Pipeline(kind.load(Profile.FP8)), request()))
    assert 0 < np.abs(rounded - expected).mean() < np.abs(other - expected).mean() / 10
    vae = full.autoencoder.vae
    vae.enable_tiling()
    vae.tile_sample_min_size, vae.tile_latent_min_size = NATIVE_SIDE // 2, NATIVE_SIDE // 16
    tiled = painted(Pipeline(kind.load(Profile.TILED)), request())
    assert tiled == painted(Pipeline(full), request())
    assert np.abs(colours(tiled) - expected).max() > 0


def taught(model: BaseModel, library: Library) -> str:
    """A subject of the library that the model was taught; its id."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[24:72, 24:72] = 255
    subject = library.create("Pip", "mug", pictures=[NewPicture(png(noise(2)), png(to_picture(mask)))])
    for _ in teach_subject(model, library, TeachRequest(subject=subject.id, settings=LESSON), Middle()):
        pass
    return subject.id


def test_a_lesson_whose_parts_come_and_go_teaches_the_same(kind: Base, tmp_path: Path) -> None:
    """From the painting of its regular pictures to the LoRA, and to the insert that wears it: to the bit.

    Also where that insert's weights pass by layer by layer.
    """
    layers, learned = [], []
    for profile in (Profile.FULL, Profile.PARKED, Profile.OFFLOAD):
        model, library = kind.load(profile), Library(tmp_path / profile)
        subject = taught(model, library)
        learned.append(read_lora(library.lora_path(subject), model.unet).layers)
        layers.append(painted(Pipeline(model, library=library), request(subject)))
    for other in learned[1:]:
        assert other.keys() == learned[0].keys()
        assert all(
            torch.equal(getattr(other[name], side), getattr(learned[0][name], side))
            for name in other
            for side in ("down", "up")
        )
    streamed = Pipeline(kind.load(Profile.GROUP), library=library)
    assert layers == [painted(streamed, request(subject))] * 3
    assert layers[0] != painted(streamed, request())
