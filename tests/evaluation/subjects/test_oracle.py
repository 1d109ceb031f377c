"""The oracle's rules, with embeddings that are chosen."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dreammix.evaluation.subjects.oracle import Findings, Oracle
from dreammix.protocol import AttributeKind
from dreammix.sandbox import clip
from dreammix.sandbox.world import Accessory, Category, Colour, Material, Pattern, Thing, sample_thing

QUESTIONS = (clip.CATEGORY, clip.COLOUR, clip.PATTERN, clip.MATERIAL, clip.ACCESSORY)
KINDS = (AttributeKind.COLOUR, AttributeKind.PATTERN, AttributeKind.MATERIAL, AttributeKind.ACCESSORY)
ALL = [sentence for sentences in QUESTIONS for sentence in sentences]


class Bare(clip.MetricsCLIP):
    """Only compares embeddings."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)


def oracle() -> Oracle:
    """Every sentence is a direction of its own."""
    rows = torch.eye(len(ALL)).split([len(sentences) for sentences in QUESTIONS])
    return Oracle(Bare(), rows[0], dict(zip(KINDS, rows[1:], strict=True)))


def seen(thing: Thing, **also: float) -> torch.Tensor:
    """The embedding of what shows a thing and nothing else; `also` adds sentences by their words."""
    words = [
        clip.CATEGORY[list(Category).index(thing.category)],
        clip.COLOUR[list(Colour).index(thing.colour)],
        clip.PATTERN[list(Pattern).index(thing.pattern)],
        clip.MATERIAL[list(Material).index(thing.material)],
        clip.ACCESSORY[list(Accessory).index(thing.accessory)],
    ]
    embedding = torch.tensor([float(sentence in words) for sentence in ALL])
    for sentence, weight in also.items():
        embedding[ALL.index(sentence.replace("_", " "))] = weight
    return embedding


THING = replace(
    sample_thing(np.random.default_rng(0)), colour=Colour.RED, pattern=Pattern.STRIPED, material=Material.CLAY
)


def test_a_thing_that_is_there_is_found_whole() -> None:
    """Its category and all attributes."""
    findings = oracle().findings(seen(THING), THING)
    assert findings.category
    assert findings.attributes == dict.fromkeys(KINDS, True)
    assert findings.kept(None) == 1


def test_a_changed_attribute_is_missed_and_the_others_are_kept() -> None:
    """A metal one: three of four attributes and the category are there."""
    findings = oracle().findings(seen(replace(THING, material=Material.METAL)), THING)
    assert findings.attributes == {kind: kind is not AttributeKind.MATERIAL for kind in KINDS}
    assert findings.kept(None) == pytest.approx(4 / 5)
    assert findings.kept(AttributeKind.MATERIAL) == 1


def test_where_no_object_is_seen_nothing_is_kept() -> None:
    """A smear of the right colour has no attributes."""
    findings = oracle().findings(seen(THING, a_blurred_shape=2.0), THING)
    assert findings.kept(None) == 0


def test_the_second_colour_of_a_pattern_is_no_answer() -> None:
    """Half of a striped thing is of it; of a plain one, nothing should be."""
    other = Colour.GREEN if THING.traits.second is not Colour.GREEN else Colour.BLUE
    for pattern, second, found in (
        (Pattern.STRIPED, True, True),
        (Pattern.STRIPED, False, False),
        (Pattern.PLAIN, True, False),
    ):
        thing = replace(THING, pattern=pattern)
        colour = thing.traits.second if second else other
        sentence = clip.COLOUR[list(Colour).index(colour)]
        findings = oracle().findings(seen(thing, **{sentence: 1.1}), thing)
        assert findings.attributes[AttributeKind.COLOUR] is found


def test_kept_leaves_out_what_was_edited() -> None:
    """Two of four others, and no category: two of four without the edited kind."""
    findings = Findings(
        category=False,
        attributes={
            AttributeKind.COLOUR: False,
            AttributeKind.PATTERN: True,
            AttributeKind.MATERIAL: True,
            AttributeKind.ACCESSORY: False,
        },
    )
    assert findings.kept(None) == pytest.approx(2 / 5)
    assert findings.kept(AttributeKind.COLOUR) == pytest.approx(2 / 4)
