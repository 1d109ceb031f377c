"""Regular data: made once, kept by content, judged by its masks."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from dreammix.geometry import to_picture
from dreammix.protocol import Cancelled, InvalidSubject, Picture, TeachProgress, TeachStage
from dreammix.training import Regular, Supervision, Wanted, regular_pictures
from tests.training.conftest import example

WANTED = tuple(
    Wanted(f"a {colour} mug", f"a q {colour} mug") for colour in ("red", "blue", "pink", "black", "white")
)


class Studio:
    """Paints noise, and masks a box in the middle of it: of a share of the picture that may be chosen."""

    def __init__(self) -> None:
        self.painted: list[tuple[str, int]] = []
        self.sides: dict[str, int] = {}

    def paint(self, words: str, seed: int) -> Picture:
        """A picture of 128 x 128."""
        self.painted.append((words, seed))
        return example(seed, words, size=(128, 128)).picture

    def segment(self, picture: Picture, class_word: str) -> Picture:
        """A box of 64 x 64; or nothing where the class word says so."""
        if class_word == "nothing":
            raise InvalidSubject("Nothing was found", "there is no such thing in it", "Mark it")
        side = self.sides.get(class_word, 64)
        mask = np.zeros((128, 128), np.uint8)
        mask[:side, :side] = 255
        return to_picture(mask)

    def make(
        self, folder: Path, class_word: str = "mug", *, made_by: str = "it", wanted: Sequence[Wanted] = WANTED
    ) -> tuple[list[TeachProgress], Regular]:
        """All of it: the events, and what was made."""
        events = []
        making = regular_pictures(
            wanted, class_word, folder, self.paint, self.segment, made_by=made_by, seed=7
        )
        while True:
            try:
                events.append(next(making))
            except StopIteration as end:
                regular: Regular = end.value
                return events, regular


def test_each_picture_is_painted_from_plain_words_and_learned_with_the_token(tmp_path: Path) -> None:
    """One a prompt, each with its own seed, reported one by one."""
    studio = Studio()
    events, regular = studio.make(tmp_path)
    assert studio.painted == [(one.words, 7 + i) for i, one in enumerate(WANTED)]
    assert [one.prompt for one in regular.examples] == [one.prompt for one in WANTED]
    assert [(event.stage, event.step, event.steps) for event in events] == [
        (TeachStage.REGULAR, i + 1, 5) for i in range(5)
    ]
    assert regular.skipped == ()


def test_nothing_is_painted_twice(tmp_path: Path) -> None:
    """A second teaching finds what the first one made, to the bit; what is new is painted."""
    _, first = Studio().make(tmp_path)
    again = Studio()
    _, second = again.make(tmp_path)
    assert again.painted == []
    assert second == first
    more = (*WANTED, Wanted("a green mug", "a q green mug"))
    again.make(tmp_path, wanted=more)
    assert again.painted == [("a green mug", 12)]


def test_another_maker_or_thing_paints_anew(tmp_path: Path) -> None:
    """What a picture depends on is in its name."""
    Studio().make(tmp_path)
    for class_word, made_by in (("mug", "another"), ("vase", "it")):
        studio = Studio()
        studio.make(tmp_path, class_word, made_by=made_by)
        assert len(studio.painted) == 5


def test_a_damaged_file_is_painted_anew(tmp_path: Path) -> None:
    """So is one that was written without its mask."""
    Studio().make(tmp_path)
    files = sorted(tmp_path.iterdir())
    files[0].write_bytes(b"junk")
    studio = Studio()
    studio.make(tmp_path)
    assert len(studio.painted) == 1


@pytest.mark.parametrize(
    ("class_word", "words"),
    [
        ("nothing", "nothing is in its mask"),
        ("speck", "too little of the picture"),
        ("wall", "too much of the picture"),
    ],
)
def test_what_is_of_no_use_is_left_out_and_said(tmp_path: Path, class_word: str, words: str) -> None:
    """No mask, a small one, a large one: with the prompt and the reason, and not painted again."""
    studio = Studio()
    studio.sides = {"speck": 10, "wall": 124}
    _, regular = studio.make(tmp_path, class_word)
    assert regular.examples == ()
    assert len(regular.skipped) == 5
    assert regular.skipped[0].startswith("a red mug: ")
    assert words in regular.skipped[0]
    studio.make(tmp_path, class_word)
    assert len(studio.painted) == 5


def test_cancelling_keeps_what_was_made(tmp_path: Path) -> None:
    """Between two pictures; the next time goes on from there."""
    studio = Studio()
    making = regular_pictures(
        WANTED,
        "mug",
        tmp_path,
        studio.paint,
        studio.segment,
        made_by="it",
        seed=7,
        supervision=Supervision(cancelled=lambda: len(studio.painted) == 2),
    )
    with pytest.raises(Cancelled):
        list(making)
    assert len(studio.painted) == 2
    again = Studio()
    again.make(tmp_path)
    assert len(again.painted) == 3


def test_a_pause_waits_between_two_pictures(tmp_path: Path) -> None:
    """While it lasts nothing is painted."""
    studio = Studio()
    answers = iter([False, True, True])
    painted: list[int] = []
    watch = Supervision(
        paused=lambda: next(answers, False), rest=lambda _: painted.append(len(studio.painted))
    )
    making = regular_pictures(
        WANTED, "mug", tmp_path, studio.paint, studio.segment, made_by="it", supervision=watch
    )
    assert len(list(making)) == 5
    assert painted == [1, 1]
