"""A lesson holds pictures that something can be learned from."""

from dataclasses import replace

import numpy as np
import pytest

from dreammix.geometry import to_array, to_picture
from dreammix.protocol import InvalidSubject
from dreammix.training import Lesson
from tests.training.conftest import example


def test_an_unfit_picture_is_named_by_its_number() -> None:
    """And by what is wrong with it."""
    good = example(1, "a q red")
    bare = replace(good, mask=to_picture(np.zeros_like(to_array(good.mask))))
    with pytest.raises(InvalidSubject, match=r"^Picture 2 shows no thing") as raised:
        Lesson((good, bare))
    assert "nothing is in its mask" in str(raised.value)


def test_a_subject_without_pictures_is_refused() -> None:
    """There is nothing to learn from."""
    with pytest.raises(InvalidSubject, match="no pictures"):
        Lesson(())
