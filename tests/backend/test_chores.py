"""Chores: done to their end, and told about where nobody waits for them."""

import asyncio
import gc

import pytest

from dreammix.protocol import StorageFull
from dreammix_backend.chores import Chores


async def test_what_fails_when_nobody_waits_any_more_is_one_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A client that hangs up leaves no error that is found with a traceback when the memory is swept."""
    chores, gone = Chores(), asyncio.Event()

    async def fill() -> None:
        await gone.wait()
        raise StorageFull("The job cannot be kept", "the disk is full", "Free some space")

    asked = asyncio.create_task(chores.whole(fill()))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    gone.set()
    await chores.done()
    await asyncio.sleep(0)
    gc.collect()
    (told,) = caplog.records
    assert "the disk is full" in told.getMessage()
    assert told.exc_info is None


async def test_a_defect_is_told_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    """So that it can be mended."""
    chores = Chores()

    async def divide() -> float:
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        await chores.whole(divide())
    (told,) = caplog.records
    assert told.exc_info is not None
