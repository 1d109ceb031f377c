"""The list of models: published ones, and those that an artist adds by name."""

from pathlib import Path

import pytest

from dreammix.models.keeping import check, remove
from dreammix.models.manifest import MANIFEST
from dreammix.models.registry import ADDED_FILE, KNOWN_MODELS, add, find, forget, models, named
from dreammix.protocol import InvalidRequest, ModelDamaged, ModelNotFound, ModelUnsuitable
from dreammix.protocol.places import own_models_folder
from dreammix.protocol.rules import Id


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file that an artist brings."""
    path = tmp_path / "own.safetensors"
    path.write_bytes(b"weights")
    return path


def test_every_published_model_says_its_terms() -> None:
    """None is without licence and size, and each has a name that can travel."""
    for model in KNOWN_MODELS:
        assert model.licence
        assert model.size_bytes > 0
        Id().check("name", model.name)


def test_what_a_model_needs_is_known() -> None:
    """Whatever a model needs is on the list, and can be fetched."""
    for model in KNOWN_MODELS:
        assert all(named(need).source is not None for need in model.needs)


def test_a_model_that_is_not_here_says_how_to_get_it() -> None:
    """The error has the command."""
    with pytest.raises(ModelNotFound, match="dreammix models pull sdxl"):
        find("sdxl")


def test_an_added_model_is_found_by_its_name(own: Path) -> None:
    """The name leads to the file, which stays where it is."""
    add("mine", own)
    assert find("mine") == own
    assert named("mine").installed
    assert [model.name for model in models()][-1] == "mine"


def test_a_forgotten_model_keeps_its_file(own: Path) -> None:
    """Only the name goes."""
    add("mine", own)
    forget("mine")
    assert own.exists()
    with pytest.raises(ModelNotFound, match="mine"):
        named("mine")


@pytest.mark.parametrize("name", ["sdxl", "", "a/b", "..", "x" * 65, "ä"])
def test_a_name_is_free_and_can_travel(own: Path, name: str) -> None:
    """A taken name, and one that is no name, are refused."""
    with pytest.raises(InvalidRequest):
        add(name, own)


def test_a_model_whose_file_has_gone_is_not_installed(own: Path) -> None:
    """It is still listed, so that it can be removed, and loading it says what is wrong."""
    add("mine", own)
    own.unlink()
    assert not named("mine").installed
    with pytest.raises(ModelNotFound, match="mine"):
        find("mine")


@pytest.mark.parametrize("content", ["[", "[]", "7", '{"mine": 7}'])
def test_a_list_that_makes_no_sense_is_named(root: Path, content: str) -> None:
    """The error says which file to remove."""
    root.mkdir()
    (root / ADDED_FILE).write_text(content)
    with pytest.raises(ModelDamaged, match=ADDED_FILE):
        models()


@pytest.fixture
def laid_in() -> Path:
    """The folder of own models."""
    folder = own_models_folder()
    folder.mkdir(parents=True)
    return folder


def own_names() -> list[str]:
    """What is on the list beside the published ones."""
    return [model.name for model in models()[len(KNOWN_MODELS) :]]


def test_what_lies_in_the_folder_of_own_models_is_one(laid_in: Path) -> None:
    """A file by its stem; a folder with a manifest, a U-Net or a single file by its own name."""
    (laid_in / "ink.safetensors").touch()
    for sign in ("a/unet/", f"b/{MANIFEST}", "c/model.safetensors"):
        place = laid_in / sign
        place.parent.mkdir(parents=True)
        place.touch() if place.suffix else place.mkdir()
    assert own_names() == ["a", "b", "c", "ink"]
    assert find("ink") == laid_in / "ink.safetensors"
    assert find("a") == laid_in / "a"
    assert named("ink").installed


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("sd_xl_base_1.0.safetensors", "sd_xl_base_1_0"),
        ("two words.safetensors", "two_words"),
        ("ä.safetensors", "own"),
        (f"{'x' * 100}.safetensors", "x" * 64),
    ],
)
def test_a_file_is_called_so_that_its_name_can_travel(laid_in: Path, file: str, name: str) -> None:
    """Published files have dots and spaces in their names."""
    (laid_in / file).touch()
    assert own_names() == [name]
    Id().check("name", name)
    assert find(name) == laid_in / file


def test_what_is_no_model_is_not_listed(laid_in: Path) -> None:
    """Pickles, what is still being copied, notes, empty folders, and links to nothing."""
    for name in ("old.ckpt", "half.safetensors.part", "notes.txt"):
        (laid_in / name).touch()
    (laid_in / "empty").mkdir()
    (laid_in / "gone.safetensors").symlink_to(laid_in / "nowhere")
    (laid_in / "round.safetensors").symlink_to(laid_in / "round.safetensors")
    assert own_names() == []


def test_a_published_or_added_name_goes_before_a_file(laid_in: Path, own: Path) -> None:
    """What a name leads to is not changed by what is put into the folder."""
    add("mine", own)
    for name in ("mine", "sandbox"):
        (laid_in / f"{name}.safetensors").touch()
    assert own_names() == ["mine"]
    assert find("mine") == own
    assert find("sandbox").parent != laid_in
    with pytest.raises(InvalidRequest, match="mine"):
        add("mine", own)


def test_the_list_needs_no_folder_of_own_models(root: Path) -> None:
    """Neither one that is there nor one that is a folder."""
    assert own_names() == []
    root.mkdir()
    own_models_folder().touch()
    assert own_names() == []


def test_an_own_model_is_removed_by_its_owner_alone(laid_in: Path, own: Path) -> None:
    """The error says where it lies; one that was added from elsewhere is still taken off the list."""
    file = laid_in / "ink.safetensors"
    file.touch()
    with pytest.raises(InvalidRequest) as refused:
        remove(named("ink"))
    assert str(laid_in) in refused.value.remedy
    assert file.exists()
    add("mine", own)
    remove(named("mine"))
    assert own_names() == ["ink"]


def test_an_own_model_is_checked_for_what_it_is(laid_in: Path, small_sdxl: Path) -> None:
    """An SDXL passes; the same that calls itself distilled is refused, as is what is no model."""
    for name in ("mine", "mine-turbo"):
        (laid_in / f"{name}.safetensors").symlink_to(small_sdxl / "file.safetensors")
    check(named("mine"))
    with pytest.raises(ModelUnsuitable, match="turbo"):
        check(named("mine-turbo"))
    (laid_in / "notes.safetensors").write_bytes(b"no tensors")
    with pytest.raises(ModelDamaged, match="notes"):
        check(named("notes"))
