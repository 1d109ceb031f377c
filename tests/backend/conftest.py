"""Runs tests that are coroutines."""

import asyncio
import inspect
from collections.abc import Coroutine
from typing import Any, cast

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Each coroutine in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    asyncio.run(cast("Coroutine[Any, Any, None]", pyfuncitem.obj(**arguments)))
    return True
