"""What waits for a client."""

import asyncio

import pytest

from dreammix.protocol.asking import Done
from dreammix.protocol.messages import Reply
from dreammix_backend.outbox import Outbox, Overflow


async def test_short_messages_go_in_order_and_before_long_ones() -> None:
    """A chunk that waits does not hold up an answer."""
    outbox = Outbox()
    await outbox.put_long("chunk")
    outbox.put("first")
    outbox.put("second")
    assert [await outbox.take() for _ in range(3)] == ["first", "second", "chunk"]


async def test_of_what_outdates_itself_the_newest_is_sent() -> None:
    """Row 14: previews of one place take each other's place, and lose their turn."""
    outbox = Outbox()
    outbox.put("preview 1", place="preview")
    outbox.put(Reply(1, Done()))
    outbox.put("preview 2", place="preview")
    assert [await outbox.take() for _ in range(len(outbox))] == [Reply(1, Done()), "preview 2"]


async def test_row_14_it_is_bounded() -> None:
    """Row 14: what cannot be left out is counted, and too much of it is an error."""
    outbox = Outbox(most=3)
    for number in range(3):
        outbox.put(f"event {number}")
    with pytest.raises(Overflow):
        outbox.put("event 3")
    assert len(outbox) == 3


async def test_one_chunk_waits_at_a_time() -> None:
    """Row 14: a transfer to a client that does not read stands still, with one chunk in memory."""
    outbox = Outbox()
    await outbox.put_long("chunk 1")
    second = asyncio.create_task(outbox.put_long("chunk 2"))
    await asyncio.sleep(0)
    assert not second.done() and len(outbox) == 1
    assert await outbox.take() == "chunk 1"
    await second
    assert await outbox.take() == "chunk 2"


async def test_taking_waits() -> None:
    """Who takes from an empty box gets the next message when it is put."""
    outbox = Outbox()
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    outbox.put("late")
    assert await taking == "late"
