"""Settings that every test runs under."""

import importlib
import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

HERE: Final = Path(__file__).parent
NUMERIC: Final = ("denoisers", "geometry", "sampling")
"""The rooms whose lines are counted, as pyproject.toml names them."""
QT_VARIABLE: Final = "DREAMMIX_QT"
"""6: the plugin is tested with PyQt6."""

# The plugin takes the Qt that its host has loaded already; without a host, PyQt5. Never both in one process.
if os.environ.get(QT_VARIABLE) == "6":
    importlib.import_module("PyQt6.QtCore")

# No test reaches the network, whatever a library would like to look up.
os.environ["HF_HUB_OFFLINE"] = "1"

# A busy machine is slow, not wrong: no deadline. In CI the same examples come every time.
settings.register_profile("dreammix", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("dreammix")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The numeric rooms are reached by their own tests; the others run faster where nobody counts lines.

    Who names what is to be counted (`--cov=dreammix.protocol`) has it counted under every test.
    """
    if any(isinstance(source, str) for source in config.getoption("cov_source", [])):
        return
    for item in items:
        if item.path.relative_to(HERE).parts[0] not in NUMERIC:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of random weights: native side 32, multiple 16. Copy it to spoil it."""
    from tests.tiny_model import save_tiny_model  # Loads torch, which most tests do without.

    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_tiny_model(folder)
    return folder


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """A CLIP of random weights."""
    from tests.tiny_clip import save_tiny_clip  # As above.

    folder = tmp_path_factory.mktemp("clip")
    save_tiny_clip(folder, tiny_model)
    return folder


@pytest.fixture(scope="session")
def small_sdxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SDXL's own layers, narrow, of random weights: `folder`, `file.safetensors`, and for both `fooocus`."""
    from tests.small_fooocus import converted, head_content, patch_content
    from tests.small_sdxl import save_single_file, save_small_sdxl, small_unet

    place = tmp_path_factory.mktemp("sdxl")
    save_small_sdxl(place / "folder")
    save_single_file(place / "folder", place / "file.safetensors")
    unet = small_unet()
    converted(place, head_content(unet), patch_content(unet))
    return place
