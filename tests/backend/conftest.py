"""What the tests of the backend share: coroutines are run, and engines play scenes."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest

from dreammix_backend.engine import Engine, EngineSettings
from tests.small_tools import WORKERS

ROOT = Path(__file__).parents[2]
Scene: TypeAlias = Callable[[Engine], Coroutine[Any, Any, None]]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Each coroutine in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    asyncio.run(cast("Coroutine[Any, Any, None]", pyfuncitem.obj(**arguments)))
    return True


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a scene with an engine; every further one with another engine on the same folder."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # So that worker processes can import the small tools.
    (tmp_path / "library").mkdir()
    usual = EngineSettings(workers=replace(WORKERS, library=tmp_path / "library"))

    def run(*scenes: Scene, settings: EngineSettings | None = None, **limits: Any) -> None:
        async def whole() -> None:
            for scene in scenes:
                async with Engine(
                    tmp_path / "jobs", replace(settings or usual, **limits), clock=lambda: 1000.0
                ) as engine:
                    await scene(engine)

        asyncio.run(whole())

    return run
