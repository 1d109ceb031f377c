"""Places: the same folders for the plugin and the backend, on every platform."""

from pathlib import Path

import pytest

from dreammix.protocol.places import (
    BACKEND_VARIABLE,
    MODELS_VARIABLE,
    SETUP_VARIABLE,
    backend_folder,
    data_folder,
    models_folder,
    own_models_folder,
    setup_folder,
)

HOME = Path.home()


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, HOME / ".local" / "share" / "dreammix"),
        ("linux", {"XDG_DATA_HOME": "/data"}, Path("/data/dreammix")),
        ("darwin", {}, HOME / "Library" / "Application Support" / "DreamMix"),
        ("win32", {}, HOME / "AppData" / "Roaming" / "DreamMix"),
        ("win32", {"APPDATA": "/roaming"}, Path("/roaming/DreamMix")),
    ],
)
def test_data_lies_where_the_platform_keeps_it(
    platform: str, environment: dict[str, str], folder: Path
) -> None:
    """With the backend's own things, and models, in folders of it."""
    assert data_folder(environment, platform) == folder
    assert models_folder(environment, platform) == folder / "models"
    assert backend_folder(environment, platform) == folder / "backend"


def test_another_folder_may_be_named() -> None:
    """Two backends on one machine keep apart; models may lie on a larger disk, the artist's own with them."""
    assert backend_folder({BACKEND_VARIABLE: "/elsewhere"}, "linux") == Path("/elsewhere")
    assert models_folder({MODELS_VARIABLE: "/large"}, "linux") == Path("/large")
    assert own_models_folder({MODELS_VARIABLE: "/large"}, "linux") == Path("/large/own")


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, HOME / ".local" / "share" / "dreammix" / "setup"),
        ("win32", {}, HOME / "AppData" / "Local" / "DreamMix" / "setup"),
        ("win32", {"LOCALAPPDATA": "/local", "APPDATA": "/roaming"}, Path("/local/DreamMix/setup")),
        ("linux", {SETUP_VARIABLE: "/elsewhere"}, Path("/elsewhere")),
    ],
)
def test_programs_lie_beside_the_data_or_where_it_is_said(
    platform: str, environment: dict[str, str], folder: Path
) -> None:
    """On Windows not with what travels from machine to machine: they are gigabytes."""
    assert setup_folder(environment, platform) == folder
