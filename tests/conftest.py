"""Settings that every test runs under."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test reaches the network, whatever a library would like to look up.
os.environ["HF_HUB_OFFLINE"] = "1"

# A busy machine is slow, not wrong: no deadline. In CI the same examples come every time.
settings.register_profile("dreammix", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("dreammix")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of random weights: native side 32, multiple 16. Copy it to spoil it."""
    from tests.tiny_model import save_tiny_model  # Loads torch, which most tests do without.

    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_tiny_model(folder)
    return folder
