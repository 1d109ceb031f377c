"""The benchmark's cases: always the same, never seen in training, with the object where it should be."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dreammix.evaluation.cases import TEXT, CaseSet, cases, photograph_cases
from dreammix.protocol import DreamMixError
from dreammix.sandbox.training import examples
from dreammix.sandbox.training.loop import rng_for
from dreammix.sandbox.world import HELD_OUT, GroundKind, Scene, sample_scene

TINY = CaseSet(number=99, sides=(48, 64), square=False, object=(0.4, 0.6))


def test_a_case_depends_on_its_set_seed_and_number_alone() -> None:
    """Drawn again, alone or after others, it is the same to the bit; another seed gives another."""
    for first, again in zip(cases(TINY, 3, 5), cases(TINY, 4, 5), strict=False):
        assert first.world == again.world
        for name in ("scene", "region", "truth", "subject"):
            np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert next(cases(TINY, 1, 5)).world != next(cases(TINY, 1, 6)).world


def test_every_other_case_asks_for_a_pair_that_training_never_sees() -> None:
    """Held-out and other pairs take turns."""
    held_out = [(case.thing.category, case.thing.colour) in HELD_OUT for case in cases(TINY, 8, 0)]
    assert held_out == [True, False] * 4


def test_no_case_stands_before_a_ground_of_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the grounds nor the held-out pairs of cases turn up among training's scenes."""
    seen: list[Scene] = []

    def noted(*arguments: Any, **settings: Any) -> Scene:
        seen.append(sample_scene(*arguments, **settings))
        return seen[-1]

    monkeypatch.setattr(examples, "sample_scene", noted)
    for k in range(60):
        examples.example(rng_for(0, 64, 0, k), 16)
    asked = list(cases(TINY, 30, 0))
    assert not {case.world.ground.seed for case in asked} & {scene.ground.seed for scene in seen}
    assert not HELD_OUT & {(p.thing.category, p.thing.colour) for scene in seen for p in scene.placed}
    assert all(case.world.ground.kind is not GroundKind.PHOTO for case in asked)


@pytest.mark.parametrize("kind", [TEXT, TINY])
def test_a_case_is_about_one_object_in_its_region(kind: CaseSet) -> None:
    """The truth is the scene but for the object and its shadow, and most of the object lies in the region."""
    for case in cases(kind, 4, 1):
        assert case.scene.shape == case.truth.shape
        assert set(np.unique(case.region)) == {0.0, 1.0}
        assert case.region[case.subject].mean() > 0.85
        changed = np.abs(case.truth - case.scene).max(axis=-1) > 0.02
        assert changed[case.subject].mean() > 0.6
        assert case.thing.category.value in case.prompt
        assert case.thing.colour.value in case.prompt


def test_cases_on_photographs_stand_before_those_photographs(tmp_path: Path) -> None:
    """The scene is a crop of the file, the truth differs from it in the object's pixels alone."""
    Image.new("RGB", (400, 360), (10, 200, 30)).save(tmp_path / "green.jpg", quality=95)
    for case in photograph_cases(tmp_path, 2, 0):
        assert case.scene.shape == (320, 320, 3)
        np.testing.assert_allclose(case.scene.mean(axis=(0, 1)), np.array([10, 200, 30]) / 255, atol=0.02)
        changed = np.abs(case.truth - case.scene).max(axis=-1) > 0.06
        assert not changed[~case.subject].any()


def test_a_folder_without_photographs_is_an_error(tmp_path: Path) -> None:
    """Outside of the project's folder there are none: one clear error says so."""
    with pytest.raises(DreamMixError, match="No photographs"):
        next(photograph_cases(tmp_path, 1, 0))
