"""The oracle reads renders, also of what it was not asked for, and says where it can tell nothing."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from dreammix.evaluation.subjects.oracle import Findings, Oracle, findings
from dreammix.evaluation.subjects.questions import Question, questions
from dreammix.evaluation.subjects.specimens import specimen
from dreammix.geometry import to_bytes, to_units
from dreammix.models import find
from dreammix.protocol import AttributeKind
from dreammix.sandbox.reader import Seen
from dreammix.sandbox.world import Accessory, Category, Material, Pattern, Shape, Thing
from dreammix.sandbox.world.vocabulary import RGB

KINDS = (
    AttributeKind.COLOUR,
    AttributeKind.PATTERN,
    AttributeKind.MATERIAL,
    AttributeKind.ACCESSORY,
    AttributeKind.SHAPE,
)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """That of the sandbox model."""
    return Oracle(find("sandbox"))


def question_of(number: int, edit: str | None) -> Question:
    """About a subject, in its first scene."""
    asked = questions(specimen(number, seed=0), scenes=1, edits=5, seed=0)
    (question,) = (it for it in asked if (None if it.edit is None else it.edit.name) == edit)
    return question


@pytest.mark.parametrize(("number", "edit"), [(8, "shape"), (9, None), (5, "accessory")])
def test_a_patterned_thing_is_read_whole(oracle: Oracle, number: int, edit: str | None) -> None:
    """Also aside, turned and mirrored: its category and all attributes."""
    question = question_of(number, edit)
    assert question.thing.pattern is not Pattern.PLAIN
    found = findings(oracle.read(question, question.elsewhere), question.thing)
    assert found.category
    assert found.attributes == dict.fromkeys(KINDS, True)


def test_a_soft_picture_is_read_too(oracle: Oracle) -> None:
    """Whose outlines are five pixels of 256 wide, as a young model's are."""
    question = question_of(8, None)
    soft = Image.fromarray(to_bytes(question.elsewhere)).filter(ImageFilter.GaussianBlur(5))
    found = findings(oracle.read(question, to_units(np.asarray(soft))), question.thing)
    assert found.kept(None) == 1


@pytest.mark.parametrize("other", [2, 6])
def test_another_thing_is_read_as_what_it_is(oracle: Oracle, other: int) -> None:
    """Of another category, in other colours: that another was asked for misleads nobody."""
    question, shown = question_of(5, None), question_of(other, None).thing
    picture, _ = question.spot.show(replace(question.placed, thing=shown))
    found = findings(oracle.read(question, picture), shown)
    assert found.category
    assert found.attributes[AttributeKind.COLOUR]


def test_a_patch_of_one_colour_is_no_thing(oracle: Oracle) -> None:
    """As large as one, soft at its edge, of the colour that is asked for."""
    question = question_of(4, None)
    cover = np.asarray(
        Image.fromarray(to_bytes(question.spot.show(question.placed)[1])).filter(ImageFilter.GaussianBlur(20))
    )
    colour = np.array(RGB[question.thing.colour], np.float32)
    scene = question.spot.scene
    picture = scene + to_units(cover)[..., None] * (colour - scene)
    assert oracle.read(question, np.asarray(picture, np.float32)) is None


def test_what_is_asked_for_is_missed_where_it_is_not(oracle: Oracle) -> None:
    """The subject as it is, where an accessory was asked for: nothing else is missed."""
    question = question_of(5, "accessory")
    shown, _ = question.spot.show(replace(question.placed, thing=question.specimen.thing))
    found = findings(oracle.read(question, shown), question.thing)
    assert not found.attributes[AttributeKind.ACCESSORY]
    assert found.kept(AttributeKind.ACCESSORY) == 1


def test_where_no_object_can_be_told_nothing_is_kept(oracle: Oracle) -> None:
    """The bare scene, and noise."""
    question = question_of(5, None)
    noise = np.random.default_rng(0).random(question.spot.scene.shape, dtype=np.float32)
    for picture in (question.spot.scene, noise):
        assert oracle.read(question, picture) is None
    assert findings(None, question.thing).kept(None) == 0


def seen_as(thing: Thing, wide: float) -> Seen:
    """What is read of a thing."""
    return Seen(
        category=thing.category,
        colours=frozenset({thing.colour}),
        pattern=thing.pattern,
        material=thing.material,
        accessory=thing.accessory,
        wide=wide,
    )


def test_each_attribute_is_compared_by_itself() -> None:
    """A metal one of another category: all other attributes are there."""
    thing = replace(question_of(0, None).thing, category=Category.STAR, shape=Shape.USUAL)
    seen = seen_as(thing, 0.0)
    found = findings(replace(seen, category=Category.HOUSE, material=Material.METAL), thing)
    assert not found.category
    assert found.attributes == {kind: kind is not AttributeKind.MATERIAL for kind in KINDS}
    bare = findings(replace(seen, accessory=Accessory.NONE), replace(thing, accessory=Accessory.BOW))
    assert not bare.attributes[AttributeKind.ACCESSORY]


def test_a_shape_is_told_by_how_wide_the_thing_usually_is() -> None:
    """A star as wide as it is high is a usual one; of the same width a car would be tall."""
    thing = question_of(0, None).thing
    for category, shape in ((Category.STAR, Shape.USUAL), (Category.CAR, Shape.TALL)):
        for asked in Shape:
            wanted = replace(thing, category=category, shape=asked)
            there = findings(seen_as(wanted, 0.0), wanted).attributes[AttributeKind.SHAPE]
            assert there is (asked is shape)


def test_kept_leaves_out_what_was_edited() -> None:
    """Two of four others, and no category: two of four without the edited kind."""
    found = Findings(
        category=False,
        attributes={
            AttributeKind.COLOUR: False,
            AttributeKind.PATTERN: True,
            AttributeKind.MATERIAL: True,
            AttributeKind.ACCESSORY: False,
        },
    )
    assert found.kept(None) == pytest.approx(2 / 5)
    assert found.kept(AttributeKind.COLOUR) == pytest.approx(2 / 4)
