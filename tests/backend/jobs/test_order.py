"""A request is taken apart into what JSON can say and its pictures, and put together again."""

from dataclasses import replace

import pytest

from dreammix.protocol import SubjectUse
from dreammix.protocol.jobs import JobKind
from dreammix_backend.jobs import JobOrder, Request, split
from tests.small_tools import lesson, request

SUBJECT = "5ebd3a"


def order_of(asked: Request) -> JobOrder:
    """The order for a request."""
    wish, _ = split(asked)
    return JobOrder(wish=wish, model="sandbox", artist="ann")


@pytest.mark.parametrize("asked", [request("a red mug", variants=3, seed=5), lesson(SUBJECT)])
def test_a_request_comes_back_whole(asked: Request) -> None:
    """What a worker computes is what was asked for."""
    _, pictures = split(asked)
    assert order_of(asked).request(pictures) == asked


def test_an_order_knows_its_kind_and_its_subject() -> None:
    """So that the queue and the lists need not read the request."""
    order = order_of(lesson(SUBJECT))
    assert (order.kind, order.subject) == (JobKind.TEACH, SUBJECT)
    order = order_of(request())
    assert (order.kind, order.subject) == (JobKind.INSERT, None)
    assert order_of(replace(request(), subject=SubjectUse(subject=SUBJECT))).subject == SUBJECT


def test_room_is_kept_for_results() -> None:
    """An insert may need as much as its scene for each variant; a lesson writes into the library."""
    asked = request(variants=3)
    assert order_of(asked).room(split(asked)[1]) == 3 * len(asked.scene.data)
    assert order_of(lesson()).room(()) == 0


def test_other_pictures_are_refused() -> None:
    """A damaged file cannot make half a request."""
    with pytest.raises(ValueError, match="unpack"):
        order_of(request()).request(())
