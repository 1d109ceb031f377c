"""The offline describer's questions and answers, with a sight whose logits are known."""

from collections.abc import Sequence

import pytest

from dreammix.attributes import COMMON, ClipDescriber
from dreammix.attributes.zero_shot import sentence
from dreammix.protocol import Attribute, AttributeKind, DescriberFailure, Picture, SampleFormat, Size

PICTURE = Picture(Size(1, 1), SampleFormat.RGBA8, bytes(4))
COLOURS = tuple(Attribute(AttributeKind.COLOUR, word) for word in ("red", "blue", "green"))
HATS = tuple(Attribute(AttributeKind.ACCESSORY, word) for word in ("hat", "bow"))


class KnownSight:
    """Gives each sentence the logits that it is told, one for each picture; unknown sentences get 0."""

    def __init__(self, **logits: Sequence[float]) -> None:
        self.logits = logits

    def __call__(self, pictures: Sequence[Picture], sentences: Sequence[str]) -> list[list[float]]:
        unknown = [0.0] * len(pictures)
        told = [
            next((self.logits[word] for word in sentence.split() if word in self.logits), unknown)
            for sentence in sentences
        ]
        return [[column[row] for column in told] for row in range(len(pictures))]


def test_the_likeliest_word_of_each_kind_is_said() -> None:
    """One colour and one accessory stand out."""
    sight = KnownSight(blue=[9.0], bow=[9.0])
    assert ClipDescriber(sight, COLOURS + HATS).describe([PICTURE], "mug") == (COLOURS[1], HATS[1])


def test_two_equal_words_are_both_said() -> None:
    """A thing of two colours has two, the stronger first."""
    assert ClipDescriber(KnownSight(red=[9.0], green=[9.2]), COLOURS).describe([PICTURE], "mug") == (
        COLOURS[2],
        COLOURS[0],
    )


def test_a_thing_may_wear_nothing() -> None:
    """Where "wears nothing" suits best, no accessory is made up."""
    assert ClipDescriber(KnownSight(wears=[9.0]), HATS).describe([PICTURE], "mug") == ()


def test_an_undecided_sight_says_nothing() -> None:
    """Where all words suit alike, none is said."""
    five = tuple(Attribute(AttributeKind.SHAPE, word) for word in ("round", "flat", "tall", "thin", "wide"))
    assert ClipDescriber(KnownSight(), five).describe([PICTURE], "mug") == ()


def test_pictures_are_looked_at_together() -> None:
    """One picture of three that shows another colour is outvoted."""
    sight = KnownSight(red=[0.0, 9.0, 9.0], green=[9.0, 0.0, 0.0])
    assert ClipDescriber(sight, COLOURS).describe([PICTURE] * 3, "mug") == (COLOURS[0],)


def test_no_picture_is_no_description() -> None:
    """It must see something."""
    with pytest.raises(DescriberFailure, match="no picture"):
        ClipDescriber(KnownSight()).describe([], "mug")


def test_every_common_word_makes_a_sentence() -> None:
    """Each sentence is its own, and names the word."""
    sentences = [sentence(word) for word in COMMON]
    assert len(set(sentences)) == len(COMMON)
    assert sentence(COLOURS[0]) == "a red object"
    assert sentence(HATS[0]) == "an object with a hat"
    assert sentence(Attribute(AttributeKind.MATERIAL, "glass")) == "an object made of glass"


def test_edits_are_matched_by_kind() -> None:
    """It matches words as the other offline describers do."""
    found = ClipDescriber(KnownSight()).match("a blue mug", COLOURS[:1], "mug")
    assert [(r.old, r.new) for r in found] == [("red", "blue")]
