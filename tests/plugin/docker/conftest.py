"""Letters as on a desktop, and a docker; what a slot raises fails the test, as in `tests/krita_plugin`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.krita_plugin.conftest import no_error_is_lost
from tests.krita_plugin.loop import application
from tests.plugin.docker.states import Docker
from tests.plugin.looks import application_looks

__all__ = ["no_error_is_lost"]


@pytest.fixture(autouse=True)
def usual_letters() -> Iterator[None]:
    """Without a desktop Qt's letters are larger than anywhere else."""
    application()
    with application_looks():
        yield


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    """A narrow docker: Pip is chosen, and a region selected."""
    docker = Docker(tmp_path)
    docker.select()
    docker.settle()
    yield docker
    docker.close()
