"""Requests: every limit holds at construction."""

import math
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from dreammix.protocol import (
    Harmonisation,
    InsertRequest,
    InsertSettings,
    InvalidMask,
    InvalidPicture,
    InvalidRequest,
    LoraUse,
    Picture,
    SampleFormat,
    Size,
    Solver,
)
from dreammix.protocol.requests import (
    DRAFT_STEPS,
    MAX_DRAFT_STEPS,
    MAX_FEATHER_PX,
    MAX_LORA_CHARACTERS,
    MAX_LORA_WEIGHT,
    MAX_LORAS,
    MAX_PROMPT_CHARACTERS,
    MAX_SEED,
    MAX_STEPS,
    MAX_VARIANTS,
    MAX_WINDOW_RATIO,
    drafted,
)

SIZE = Size(3, 2)
SCENE = Picture(SIZE, SampleFormat.RGBA8, bytes(24))
MASK = Picture(SIZE, SampleFormat.GRAY8, b"\0\0\0\0\0\1")
REQUEST = InsertRequest(scene=SCENE, mask=MASK, prompt="a red mug")


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 1},
        {"steps": MAX_STEPS},
        {"local_share": 0},
        {"local_share": 1},
        {"guidance": 1},
        {"guidance": 30},
        {"feather": 0},
        {"feather": MAX_FEATHER_PX},
        {"solver": Solver.EULER},
        {"harmonisation": Harmonisation.WHOLE},
        {"window_ratio": 1},
        {"window_ratio": MAX_WINDOW_RATIO},
        {"detail": 0},
        {"settle": 0},
        {"matte": 0},
        {"draft": True, "steps": MAX_DRAFT_STEPS},
        {"detail": 1},
    ],
)
def test_settings_at_their_limits_pass(change: dict[str, Any]) -> None:
    """A limit itself is allowed."""
    replace(InsertSettings(), **change)


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 0},
        {"steps": MAX_STEPS + 1},
        {"steps": 30.0},
        {"local_share": -0.01},
        {"local_share": 1.01},
        {"local_share": math.nan},
        {"guidance": 0.99},
        {"guidance": 30.1},
        {"feather": -1},
        {"feather": MAX_FEATHER_PX + 1},
        {"solver": "euler"},
        {"harmonisation": "window"},
        {"window_ratio": 0.99},
        {"window_ratio": MAX_WINDOW_RATIO + 0.1},
        {"detail": -0.1},
        {"settle": -0.1},
        {"matte": 1.1},
        {"draft": True, "steps": MAX_DRAFT_STEPS + 1},
        {"draft": 1},
        {"detail": 1.1},
    ],
)
def test_impossible_settings_are_refused(change: dict[str, Any]) -> None:
    """Just beyond a limit, or of another type."""
    with pytest.raises(InvalidRequest):
        replace(InsertSettings(), **change)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": ""},
        {"prompt": "x" * MAX_PROMPT_CHARACTERS},
        {"negative_prompt": "blurred"},
        {"seed": MAX_SEED},
        {"variants": MAX_VARIANTS},
        {"loras": tuple(LoraUse(str(number)) for number in range(MAX_LORAS))},
    ],
)
def test_requests_at_their_limits_pass(change: dict[str, Any]) -> None:
    """An empty prompt is a request, too: the model then continues the scene."""
    replace(REQUEST, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"scene": None},
        {"mask": None},
        {"prompt": None},
        {"prompt": "x" * (MAX_PROMPT_CHARACTERS + 1)},
        {"negative_prompt": "x" * (MAX_PROMPT_CHARACTERS + 1)},
        {"seed": -1},
        {"seed": MAX_SEED + 1},
        {"variants": 0},
        {"variants": MAX_VARIANTS + 1},
        {"settings": None},
        {"loras": ("ink",)},
        {"loras": (LoraUse("ink"), LoraUse("ink", 0.5))},
        {"loras": tuple(LoraUse(str(number)) for number in range(MAX_LORAS + 1))},
    ],
)
def test_impossible_requests_are_refused(change: dict[str, Any]) -> None:
    """Just beyond a limit, or of another type."""
    with pytest.raises(InvalidRequest):
        replace(REQUEST, **change)


def test_a_lora_is_named_on_one_line_and_weighed() -> None:
    """At the limits it passes; beyond them it is refused."""
    assert LoraUse("x" * MAX_LORA_CHARACTERS, -MAX_LORA_WEIGHT).weight == -MAX_LORA_WEIGHT
    for name, weight in (
        ("", 1.0),
        (" ", 1.0),
        ("a\nb", 1.0),
        ("x" * (MAX_LORA_CHARACTERS + 1), 1.0),
        ("ink", MAX_LORA_WEIGHT + 0.1),
        ("ink", math.nan),
    ):
        with pytest.raises(InvalidRequest):
            LoraUse(name, weight)


def test_a_grey_scene_is_refused() -> None:
    """A scene has colours and alpha."""
    with pytest.raises(InvalidPicture, match="must be rgba8"):
        replace(REQUEST, scene=MASK)


def test_a_coloured_mask_is_refused() -> None:
    """A mask has one sample a pixel."""
    with pytest.raises(InvalidMask, match="must be gray8"):
        replace(REQUEST, mask=SCENE)


def test_a_mask_of_another_size_is_refused() -> None:
    """The same number of pixels is not enough."""
    with pytest.raises(InvalidMask, match="2 x 3 pixels: the scene has 3 x 2"):
        replace(REQUEST, mask=Picture(Size(2, 3), SampleFormat.GRAY8, MASK.data))


def test_an_empty_mask_is_refused() -> None:
    """One pixel of value 1 is enough, none is not."""
    with pytest.raises(InvalidMask, match="empty"):
        replace(REQUEST, mask=Picture(SIZE, SampleFormat.GRAY8, bytes(6)))


def test_each_variant_can_be_asked_for_on_its_own() -> None:
    """The seed of the third of three, taken as the seed of one, is that one's."""
    three = replace(REQUEST, seed=5, variants=3)
    assert three.seeds == (5, 6, 7)
    assert replace(REQUEST, seed=three.seeds[2]).seeds == three.seeds[2:]


def test_seeds_stay_in_range() -> None:
    """After the largest seed comes 0."""
    assert replace(REQUEST, seed=MAX_SEED, variants=2).seeds == (MAX_SEED, 0)


@pytest.mark.parametrize("name", ["seed", "mask", "settings"])
def test_a_request_cannot_be_changed(name: str) -> None:
    """What was checked stays true."""
    with pytest.raises(FrozenInstanceError):
        setattr(REQUEST, name, None)


def test_a_draft_keeps_all_but_how_steps_are_taken() -> None:
    """Guidance and the shares of both stages are the artist's; a draft of a draft is the same."""
    chosen = InsertSettings(guidance=6.5, local_share=0.4)
    draft = drafted(chosen)
    assert (draft.steps, draft.solver, draft.draft) == (DRAFT_STEPS, Solver.EULER, True)
    assert replace(draft, steps=chosen.steps, solver=chosen.solver, draft=False) == chosen
    assert drafted(draft) == draft
