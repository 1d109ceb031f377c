"""A model's files are what its manifest says, or the model is refused."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.models import find, read_manifest, verify, write_manifest
from dreammix.protocol import ModelDamaged, ModelNotFound


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files and their manifest."""
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "config.json").write_text("{}")
    (tmp_path / "head.safetensors").write_bytes(b"weights")
    write_manifest(tmp_path, name="toy", native_side=64, multiple=16)
    return tmp_path


def test_a_manifest_is_read_as_it_was_written(folder: Path) -> None:
    """Reading gives back what writing returned."""
    written = write_manifest(folder, name="toy", native_side=64, multiple=16)
    assert read_manifest(folder) == written
    assert set(written.files) == {"unet/config.json", "head.safetensors"}


def test_sound_files_pass(folder: Path) -> None:
    """Nothing is said about a folder that is as it was; a model card beside it does not matter."""
    (folder / "README.md").write_text("A model card.")
    verify(folder, read_manifest(folder))


def test_the_fingerprint_is_of_what_was_learned_on(folder: Path) -> None:
    """A changed U-Net is another base; a changed preview, name or reading order is not."""
    before = read_manifest(folder)
    (folder / "preview.safetensors").write_bytes(b"colours")
    renamed = write_manifest(folder, name="other", native_side=64, multiple=16)
    assert renamed.fingerprint == before.fingerprint
    assert replace(before, files=dict(reversed(list(before.files.items())))).fingerprint == before.fingerprint
    (folder / "unet" / "config.json").write_text('{"trained": "further"}')
    assert write_manifest(folder, name="toy", native_side=64, multiple=16).fingerprint != before.fingerprint


def remove(path: Path) -> None:
    """The file is gone."""
    path.unlink()


def alter(path: Path) -> None:
    """One bit of the file is turned."""
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    """The last byte of the file is lost."""
    path.write_bytes(path.read_bytes()[:-1])


def replace_by_folder(path: Path) -> None:
    """A folder stands in the file's place."""
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [remove, alter, cut, replace_by_folder])
@pytest.mark.parametrize("name", ["unet/config.json", "head.safetensors"])
def test_a_spoiled_file_is_named(folder: Path, spoil: Callable[[Path], None], name: str) -> None:
    """Any listed file that is missing or altered makes the model damaged, and the error names the file."""
    spoil(folder / name)
    with pytest.raises(ModelDamaged, match=Path(name).name):
        verify(folder, read_manifest(folder))


def test_a_file_that_is_not_listed_is_refused(folder: Path) -> None:
    """A weight file that was slipped in is no part of the model."""
    (folder / "unet" / "more.safetensors").write_bytes(b"")
    with pytest.raises(ModelDamaged, match="does not list"):
        verify(folder, read_manifest(folder))


@pytest.mark.parametrize("name", ["../secret.json", "/etc/passwd", "unet/../../secret.json", "C:\\secret"])
def test_a_manifest_cannot_point_outside_its_folder(folder: Path, name: str) -> None:
    """No listed path leaves the folder."""
    content = json.loads((folder / "manifest.json").read_text())
    content["files"][name] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(ModelDamaged, match="leaves the folder"):
        read_manifest(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NEARLY = st.fixed_dictionaries(
    {"schema": st.just(1) | JSON, "name": JSON, "native_side": JSON, "multiple": JSON, "files": JSON}
)


@given(content=(JSON | NEARLY).map(json.dumps) | st.text())
def test_any_other_content_is_damaged(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    """Whatever a manifest's file holds, it is read, or it is a ModelDamaged in one line."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "manifest.json").write_text(content, encoding="utf-8", errors="replace")
    try:
        manifest = read_manifest(folder)
    except ModelDamaged as error:
        assert "\n" not in str(error)
    else:
        assert manifest.native_side % manifest.multiple == 0


@pytest.mark.parametrize(("native_side", "multiple"), [(64, 48), (0, 16), (64, 0), (16, 32)])
def test_sides_that_do_not_fit_are_damaged(folder: Path, native_side: int, multiple: int) -> None:
    """The native side is a positive multiple of the sides' step."""
    write_manifest(folder, name="toy", native_side=native_side, multiple=multiple)
    with pytest.raises(ModelDamaged, match="native_side"):
        read_manifest(folder)


def test_no_manifest_is_no_model(tmp_path: Path) -> None:
    """A folder without a manifest, and no folder at all, are a ModelNotFound."""
    with pytest.raises(ModelNotFound):
        read_manifest(tmp_path)
    with pytest.raises(ModelNotFound):
        read_manifest(tmp_path / "absent")


def test_a_model_is_found_by_its_folder(folder: Path) -> None:
    """A folder with a manifest is a model without a name in the list."""
    assert find(str(folder)) == folder


def test_an_unknown_name_says_which_are_known(tmp_path: Path) -> None:
    """The error lists the names, so that a slip of the pen is seen at once."""
    with pytest.raises(ModelNotFound, match="sandbox"):
        find("sandbix")
    shutil.rmtree(tmp_path)
    with pytest.raises(ModelNotFound, match="sandbox"):
        find(str(tmp_path))
