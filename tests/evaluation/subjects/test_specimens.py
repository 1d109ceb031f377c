"""The subjects: which they are, what is said of them, what edits change."""

from dataclasses import replace

import numpy as np
import pytest

from dreammix.cli.study import MAX_EDITS
from dreammix.evaluation.subjects.specimens import PICTURE_SIDE, PICTURES, pictures_of, specimen
from dreammix.files import decode_mask, decode_scene
from dreammix.geometry import to_array
from dreammix.protocol import AttributeKind, Size
from dreammix.sandbox.world import HELD_OUT, Category

FIELDS = ("category", "colour", "pattern", "material", "accessory", "shape")


def test_the_same_seed_gives_the_same_subject() -> None:
    """And another seed another."""
    assert specimen(3, seed=0) == specimen(3, seed=0)
    assert specimen(3, seed=0) != specimen(3, seed=1)


def test_categories_come_in_turn() -> None:
    """Twelve subjects show every category."""
    shown = [specimen(number, seed=0).thing.category for number in range(12)]
    assert shown[:10] == list(Category)
    assert shown[10:] == list(Category)[:2]


@pytest.mark.parametrize("number", range(12))
def test_an_edit_changes_one_attribute_and_no_trait(number: int) -> None:
    """One of each sort; the unseen colour is one in which training never saw the category."""
    one = specimen(number, seed=0)
    for edit in one.edits:
        answer = edit.of(one.thing)
        (changed,) = (field for field in FIELDS if getattr(answer, field) != getattr(one.thing, field))
        assert changed == edit.kind.value
        assert answer.traits == one.thing.traits
    unseen = {edit.name: (one.thing.category, edit.of(one.thing).colour) in HELD_OUT for edit in one.edits}
    assert [name for name, held in unseen.items() if held] == ["unseen colour"]
    assert (one.thing.category, one.thing.colour) not in HELD_OUT


def test_as_many_edits_can_be_asked_for_as_there_are_sorts() -> None:
    """The command's limit is the number of a subject's edits."""
    assert len(specimen(0, seed=0).edits) == MAX_EDITS


def test_look_alikes_differ_in_nothing_that_has_a_name() -> None:
    """Only their traits are others."""
    one = specimen(4, seed=0)
    assert all(replace(other, traits=one.thing.traits) == one.thing for other in one.alike)
    assert all(other.traits != one.thing.traits for other in one.alike)


def test_the_dictionary_says_what_the_thing_is() -> None:
    """Colour, material, pattern, and its shape and what it wears, where that is anything to tell."""
    for number in range(12):
        one = specimen(number, seed=0)
        said = {attribute.kind: attribute.words for attribute in one.attributes}
        assert said[AttributeKind.COLOUR] == one.thing.colour.value
        assert said[AttributeKind.MATERIAL] == one.thing.material.value
        assert said[AttributeKind.PATTERN] == one.thing.pattern.value
        assert said.get(AttributeKind.ACCESSORY, "none") == one.thing.accessory.value
        assert said.get(AttributeKind.SHAPE, "usual") == one.thing.shape.value


def test_a_caption_asks_for_the_edit_in_plain_words() -> None:
    """With its class, and without a token."""
    one = specimen(0, seed=0)
    captions = [one.caption(edit) for edit in (None, *one.edits)]
    assert captions[0] == "a mug"
    assert captions[1] == f"{'an' if one.edits[0].words[0] in 'aeiou' else 'a'} {one.edits[0].words} mug"
    assert captions[2] == f"a mug {one.edits[1].words}"


def test_pictures_come_with_the_masks_of_the_thing() -> None:
    """Five of them, all different."""
    pictures = pictures_of(specimen(1, seed=0), seed=0)
    assert len({picture.picture for picture in pictures}) == PICTURES
    for picture in pictures:
        assert picture.mask is not None
        assert decode_scene(picture.picture).picture.size == Size(PICTURE_SIDE, PICTURE_SIDE)
        assert 0.05 < np.mean(to_array(decode_mask(picture.mask)) > 0) < 0.8
