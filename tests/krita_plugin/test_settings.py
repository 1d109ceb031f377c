"""What the plugin remembers: whole, private, and never in the way of a start."""

import json
import stat
import tempfile
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix_krita.canvas import Background
from dreammix_krita.settings import FILE, MAX_SAID, Preferences, Settings

OTHERS = {
    str: "Ana",
    bool: True,
    tuple: ("red", "blue"),
    Background: Background.VISIBLE,
    type(None): "secret",
}
"""Of each kind a value that is no preference's default."""


def test_what_is_changed_is_there_at_the_next_start(tmp_path: Path) -> None:
    """Every preference there is."""
    changes = {one.name: OTHERS[type(one.default)] for one in fields(Preferences)}
    Settings(tmp_path / FILE).change(**changes)
    assert Settings(tmp_path / FILE).value == Preferences(**changes)  # type: ignore[arg-type]


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """The session's name is a secret."""
    Settings(tmp_path / "new" / FILE).change(session="secret")
    assert stat.S_IMODE((tmp_path / "new" / FILE).stat().st_mode) == 0o600
    assert "secret" not in repr(Settings(tmp_path / "new" / FILE).value)


def test_a_change_is_told_once(tmp_path: Path) -> None:
    """What stays the same is no change."""
    settings, told = Settings(tmp_path / FILE), []
    settings.changed.connect(lambda: told.append(1))
    settings.change(language="de")
    settings.change(language="de")
    assert told == [1]


def test_only_the_last_words_are_kept(tmp_path: Path) -> None:
    """The file does not grow for ever."""
    settings = Settings(tmp_path / FILE)
    settings.change(said=tuple(map(str, range(2 * MAX_SAID))))
    assert settings.value.said == tuple(map(str, range(MAX_SAID, 2 * MAX_SAID)))


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """Only the memory is lost, and that is told."""
    (tmp_path / "file").write_text("")
    settings, told = Settings(tmp_path / "file" / FILE), list[str]()
    settings.failed.connect(told.append)
    settings.change(language="de")
    assert (settings.value.language, len(told)) == ("de", 1)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)


@given(st.dictionaries(st.sampled_from(["artist", "advanced", "background", "said", "session", "x"]), VALUES))
def test_whatever_the_file_says_there_are_preferences(told: dict[str, object]) -> None:
    """What makes no sense is the default."""
    settings = _reading(json.dumps(told).encode())
    for name, kinds in {"artist": str, "advanced": bool, "background": Background, "said": tuple}.items():
        assert isinstance(getattr(settings, name), kinds)


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"{", b"[" * 100_000, b'"x"'])
def test_a_file_that_is_none_of_ours_is_ignored(data: bytes) -> None:
    """The plugin starts as it did the first time."""
    assert _reading(data) == Preferences()


def _reading(data: bytes) -> Preferences:
    """What is read of a file with these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_bytes(data)
        return Settings(Path(folder) / FILE).value
