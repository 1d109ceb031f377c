"""The sandbox's CLIP as describers ask it."""

from itertools import chain

import numpy as np
import pytest

from dreammix.attributes import ClipDescriber
from dreammix.attributes.zero_shot import sentence
from dreammix.geometry import to_bytes, to_picture
from dreammix.models import find
from dreammix.protocol import AttributeKind, DescriberFailure, Picture, SampleFormat, Size
from dreammix.sandbox import clip
from dreammix.sandbox.sight import VOCABULARY, SandboxSight, sight_of
from dreammix.sandbox.world import Colour, render, sample_scene, with_thing


@pytest.fixture(scope="module")
def sight() -> SandboxSight:
    """The shipped one."""
    return SandboxSight(find("sandbox"))


def test_the_questions_are_those_that_it_learned() -> None:
    """Every word is asked in the very sentence of its training."""
    assert {sentence(word) for word in VOCABULARY} <= set(chain(*clip.QUESTIONS))


def test_plain_colours_are_recognised(sight: SandboxSight) -> None:
    """Of plain things of five colours, seen before three grounds, it names most colours rightly."""
    colours = (Colour.RED, Colour.BLUE, Colour.GREEN, Colour.YELLOW, Colour.WHITE)
    described = [_described(sight, seed, colour) for seed, colour in enumerate(colours)]
    right = [c.value in words for c, words in zip(colours, described, strict=True)]
    assert sum(right) >= 4, described


def _described(sight: SandboxSight, seed: int, colour: Colour) -> list[str]:
    rng = np.random.default_rng(seed)
    things = (sample_scene(rng, side=(0.5, 0.8), others=0.0).placed[-1].thing for _ in range(200))
    thing = next(thing for thing in things if thing.colour is colour and thing.pattern.value == "plain")
    pictures = []
    for _ in range(3):
        scene = with_thing(sample_scene(rng, side=(0.5, 0.8), others=0.0), 0, thing)
        rendering = render(scene, 96, 96)
        layer = np.dstack([rendering.picture, rendering.coverages[-1]])
        pictures.append(to_picture(to_bytes(layer)))
    found = ClipDescriber(sight, VOCABULARY).describe(pictures, thing.category.value)
    return [attribute.words for attribute in found if attribute.kind is AttributeKind.COLOUR]


def test_a_word_is_likest_itself(sight: SandboxSight) -> None:
    """Cosines between words."""
    (same, other), _ = sight.similarity(["red", "hat"])
    assert same == pytest.approx(1.0, abs=1e-5)
    assert other < 0.9


def test_only_the_sandbox_brings_a_sight() -> None:
    """SDXL has a CLIP that reads, and none that sees."""
    assert isinstance(sight_of("sandbox"), SandboxSight)
    assert sight_of("sdxl") is None


def test_nothing_to_see_is_said(sight: SandboxSight) -> None:
    """A picture that is transparent all over, and one without colours."""
    for sample in (SampleFormat.RGBA8, SampleFormat.GRAY8):
        with pytest.raises(DescriberFailure):
            sight([Picture(Size(4, 4), sample, bytes(16 * sample.bytes_per_pixel))], ["a red object"])
