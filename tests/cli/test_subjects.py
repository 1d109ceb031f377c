"""`dreammix subjects`: a library tended from the command line."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreammix.files import decode_mask, decode_scene
from dreammix.subjects import Library, LoraFiles, Subject
from tests.cli.conftest import Outcome

Run = Callable[[list[str]], Outcome]
BOX = (slice(12, 36), slice(20, 44))
"""Where the thing is in the pictures of the desk."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The libraries' root, as the environment names it."""
    monkeypatch.setenv("DREAMMIX_LIBRARY", str(tmp_path / "library"))
    return tmp_path / "library"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder: `plain.jpg` (a red box on grey), `mask.png` (the box), `cut.png` (the box cut out)."""
    pixels = np.full((48, 64, 3), 128, np.uint8)
    pixels[BOX] = (200, 20, 20)
    pixels[BOX][::2] = (150, 20, 20)
    mask = np.zeros((48, 64), np.uint8)
    mask[BOX] = 255
    Image.fromarray(pixels).save(tmp_path / "plain.jpg", quality=95)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    Image.fromarray(np.dstack([pixels, mask])).save(tmp_path / "cut.png")
    return tmp_path


def new(run: Run, photos: Path, name: str = "Pip", *options: str, picture: str = "cut.png") -> Outcome:
    """Add a subject."""
    given = ["--class", "teapot", "--picture", str(photos / picture), "--artist", "ana"]
    return run(["subjects", "new", name, *given, *options])


def test_a_mask_that_shows_too_little_is_refused_at_once(run: Run, photos: Path) -> None:
    """One pixel, or faint ones: the picture is named, and no subject is kept."""
    for name, value, pixels in (("dot", 255, 1), ("faint", 100, 48 * 64)):
        mask = np.zeros((48, 64), np.uint8)
        mask.flat[:pixels] = value
        Image.fromarray(mask).save(photos / f"{name}.png")
        outcome = new(run, photos, "Pip", "--mask", str(photos / f"{name}.png"))
        assert outcome.status != 0
        assert "cut.png: The picture shows" in outcome.err
        assert ("has 1 pixel" if name == "dot" else "nothing is in its mask") in outcome.err
    assert ana(run, "list").out == ""


def only(root: Path) -> Subject:
    """Ana's one subject."""
    (subject,) = Library(root, "ana").list()
    return subject


def ana(run: Run, action: str, *words: str) -> Outcome:
    """Run an action on Ana's library, which succeeds."""
    outcome = run(["subjects", action, *words, "--artist", "ana"])
    assert outcome.status == 0, outcome.err
    return outcome


def test_a_subject_is_made_of_pictures(run: Run, photos: Path, root: Path) -> None:
    """Given masks come first, then transparency, then what the segmenter finds; all is stored as PNG."""
    pictures = ["--picture", str(photos / "cut.png"), "--picture", str(photos / "plain.jpg")]
    masks = ["--mask", str(photos / "mask.png"), "--sheet", str(photos / "sheet.png")]
    words = ["--attribute", "colour=dark red", "--attribute", "material=clay"]
    outcome = new(run, photos, "Pip", *pictures, *masks, *words, picture="plain.jpg")
    assert outcome.status == 0, outcome.err
    assert re.findall("mask ([a-z]+)", outcome.out) == ["given", "alpha", "found"]
    pip, library = only(root), Library(root, "ana")
    assert (pip.name, pip.class_word) == ("Pip", "teapot")
    assert [(it.kind, it.words) for it in pip.attributes] == [("colour", "dark red"), ("material", "clay")]
    with Image.open(photos / "plain.jpg") as image:
        assert decode_scene(library.read_picture(pip.id, 0)).picture.data == image.convert("RGBA").tobytes()
    box = np.asarray(Image.open(photos / "mask.png")) > 0
    for index in range(3):
        content = library.read_mask(pip.id, index)
        assert content is not None
        found = np.frombuffer(decode_mask(content).data, np.uint8).reshape(48, 64) > 0
        assert (found & box).sum() / (found | box).sum() > 0.8
    with Image.open(photos / "sheet.png") as sheet:
        assert sheet.format == "PNG"


def test_a_library_is_listed_and_shown(run: Run, photos: Path, root: Path) -> None:
    """The list has a line for each subject; show says everything; each artist sees their own."""
    new(run, photos, "Pip", "--attribute", "colour=red")
    pip = only(root)
    assert ana(run, "list").out == f"{pip.id}  Pip: teapot, 1 picture, not taught\n"
    shown = ana(run, "show", "pip").out
    assert all(word in shown for word in ("teapot", "colour: red", "64 x 48, with a mask", str(root)))
    assert run(["subjects", "list"]).out == ""
    assert run(["subjects", "artists"]).out == "ana\n"


def test_a_subjects_pictures_are_changed(run: Run, photos: Path, root: Path) -> None:
    """One is added, its mask is given by hand, the first is taken out: what an unfit picture asks for."""
    new(run, photos)
    assert "mask found" in ana(run, "add-pictures", "pip", "--picture", str(photos / "plain.jpg")).out
    ana(run, "mask", "Pip", "2", str(photos / "mask.png"))
    ana(run, "remove-picture", "Pip", "1")
    pip, library = only(root), Library(root, "ana")
    assert len(pip.pictures) == 1
    with Image.open(photos / "plain.jpg") as image:
        assert decode_scene(library.read_picture(pip.id, 0)).picture.data == image.convert("RGBA").tobytes()
    kept = library.read_mask(pip.id, 0)
    assert kept is not None
    with Image.open(photos / "mask.png") as mask:
        assert decode_mask(kept).data == mask.tobytes()


def test_a_subject_is_changed(run: Run, photos: Path, root: Path) -> None:
    """Name, class, attributes and the favourite mark are an artist's to change; a copy is another subject."""
    new(run, photos)
    ana(run, "rename", "Pip", "../Pippa")
    ana(
        run, "change", "../Pippa", "--class", "pot", "--attribute", "other=with a crack", "--favourite", "yes"
    )
    pip = only(root)
    assert (pip.name, pip.class_word, pip.favourite) == ("../Pippa", "pot", True)
    assert [it.words for it in pip.attributes] == ["with a crack"]
    ana(run, "duplicate", pip.id, "Twin")
    assert [line.partition("  ")[2] for line in ana(run, "list").out.splitlines()] == [
        "* ../Pippa: pot, 1 picture, not taught",
        "* Twin: pot, 1 picture, not taught",
    ]


def test_a_subject_goes_to_the_trash_and_comes_back(run: Run, photos: Path, root: Path) -> None:
    """Deleted is not lost, purged is."""
    new(run, photos)
    pip = only(root)
    assert pip.id in ana(run, "delete", "Pip").out
    assert ana(run, "list").out == ""
    assert pip.id in ana(run, "trash").out
    ana(run, "restore", "Pip")
    assert only(root) == pip
    ana(run, "delete", "Pip")
    ana(run, "purge", "Pip")
    assert ana(run, "trash").out == ana(run, "list").out == ""


def test_a_subject_travels_in_an_archive(run: Run, photos: Path, root: Path) -> None:
    """Exported by one artist, imported by another."""
    new(run, photos)
    archive = str(photos / "pip.zip")
    assert ana(run, "export", "Pip", archive).out == f"{archive}\n"
    assert run(["subjects", "import", archive, "--artist", "ben"]).status == 0
    (twin,) = Library(root, "ben").list()
    assert twin.pictures == only(root).pictures


def test_a_damaged_subject_is_named_and_comes_back_repaired(run: Run, photos: Path, root: Path) -> None:
    """The list says on stderr what is wrong and where the files are."""
    new(run, photos)
    pip = only(root)
    manifest = Library(root, "ana").folder(pip.id) / "manifest.json"
    content = manifest.read_bytes()
    manifest.write_bytes(b"{}")
    outcome = ana(run, "list")
    assert outcome.out == ""
    assert "manifest.json makes no sense" in outcome.err
    (found,) = root.rglob("manifest.json")
    assert str(found.parent) in outcome.err
    found.write_bytes(content)
    ana(run, "restore", pip.id)
    assert only(root) == pip


def test_a_deleted_subject_of_a_newer_program_is_not_called_missing(
    run: Run, photos: Path, root: Path
) -> None:
    """By its id, which the command that deleted it said, it is found, and the error says what is true."""
    new(run, photos)
    pip = only(root)
    manifest = Library(root, "ana").folder(pip.id) / "manifest.json"
    ana(run, "delete", "Pip")
    (there,) = root.rglob("manifest.json")
    there.write_bytes(there.read_bytes().replace(b'"schema": 1', b'"schema": 2'))
    outcome = run(["subjects", "restore", pip.id, "--artist", "ana"])
    assert outcome.status == 1
    assert "Update DreamMix" in outcome.err
    assert not manifest.exists()


def from_the_future(root: Path) -> None:
    """Ana's one subject, wherever it lies, was written by a newer program."""
    (there,) = root.rglob("manifest.json")
    there.write_bytes(there.read_bytes().replace(b'"schema": 1', b'"schema": 9'))


@pytest.mark.parametrize(
    ("action", "rest"),
    [
        ("show", []),
        ("rename", ["Pippa"]),
        ("change", ["--favourite", "yes"]),
        ("forget", ["1"]),
        ("duplicate", []),
        ("export", ["pip.zip"]),
    ],
)
def test_what_cannot_be_read_is_not_called_missing(
    run: Run, photos: Path, root: Path, monkeypatch: pytest.MonkeyPatch, action: str, rest: list[str]
) -> None:
    """By its id every action says what is the matter, of a newer program's subject and of a damaged one."""
    monkeypatch.chdir(photos)
    new(run, photos)
    pip = only(root)
    from_the_future(root)
    outcome = run(["subjects", action, pip.id, *rest, "--artist", "ana"])
    assert (outcome.status, outcome.err.count("\n")) == (1, 1)
    assert "Update DreamMix" in outcome.err
    (there,) = root.rglob("manifest.json")
    there.write_bytes(b"{}")
    assert pip.id in ana(run, "list").err
    outcome = run(["subjects", action, pip.id, *rest, "--artist", "ana"])
    assert (outcome.status, outcome.err.count("\n")) == (1, 1)
    assert "manifest.json makes no sense" in outcome.err


def test_a_name_that_is_not_found_may_be_that_of_one_that_cannot_be_read(
    run: Run, photos: Path, root: Path
) -> None:
    """The error says so, and where its id stands; so does that of the trash."""
    new(run, photos)
    pip = only(root)
    from_the_future(root)
    outcome = run(["subjects", "show", "Pip", "--artist", "ana"])
    assert outcome.status == 1
    assert "dreammix subjects list" in outcome.err
    ana(run, "delete", pip.id)
    outcome = run(["subjects", "restore", "Pip", "--artist", "ana"])
    assert outcome.status == 1
    assert "dreammix subjects trash" in outcome.err


@pytest.mark.parametrize("damaged", [False, True])
def test_what_cannot_be_read_can_be_deleted_and_purged(
    run: Run, photos: Path, root: Path, damaged: bool
) -> None:
    """The trash says what is the matter with it, and what goes for ever is named."""
    new(run, photos)
    pip = only(root)
    from_the_future(root)
    if damaged:
        (there,) = root.rglob("manifest.json")
        there.write_bytes(b"{}")
    assert pip.id in ana(run, "delete", pip.id).out
    assert ana(run, "list").err == ""
    trash = ana(run, "trash")
    assert trash.out == ""
    assert pip.id in trash.err
    assert ("makes no sense" if damaged else "Update DreamMix") in trash.err
    assert pip.id in ana(run, "purge", *([pip.id] if damaged else [])).out
    assert not list(root.rglob("manifest.json"))


def test_all_that_is_purged_is_named(run: Run, photos: Path, root: Path) -> None:
    """Each subject of the trash by its id and name."""
    for name in ("Pip", "Mia"):
        new(run, photos, name)
    ids = {it.name: it.id for it in Library(root, "ana").list()}
    for name in ids:
        ana(run, "delete", name)
    lines = ana(run, "purge").out.splitlines()
    assert sorted(lines) == sorted(f"{id_}  {name} is removed for ever" for name, id_ in ids.items())


def test_a_version_can_be_forgotten(run: Run, photos: Path, root: Path) -> None:
    """Its files go with it; the newest of the others is used from then on."""
    new(run, photos)
    library, pip = Library(root, "ana"), only(root)
    for step in (1, 2):
        library.add_lora(
            pip.id,
            LoraFiles(diffusers=bytes([step]), kohya=bytes([0, step])),
            base="tiny",
            base_hash="0" * 64,
            token="q",
            steps=step,
            seed=0,
        )
    before = len(list(library.folder(pip.id).iterdir()))
    assert "version 1 of 1" in ana(run, "forget", "Pip", "2").out
    assert only(root).active == 1
    assert len(list(library.folder(pip.id).iterdir())) == before - 2


def test_the_picture_without_its_thing_is_named(run: Run, photos: Path, root: Path) -> None:
    """Of several pictures the artist is told in which nothing was found, and no subject is made."""
    Image.new("RGB", (64, 48), "grey").save(photos / "blank.png")
    outcome = new(run, photos, "Pip", "--picture", str(photos / "blank.png"))
    assert outcome.status == 1
    assert f"{photos / 'blank.png'}: No teapot was found" in outcome.err
    assert Library(root, "ana").list() == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "Mia"], "Mia"),
        (["forget", "Pip", "1"], "no version 1"),
        (["rename", "Mia", "Pip"], "Mia"),
        (["restore", "Pip"], "Pip"),
        (["purge", "Pip"], "Pip"),
        (["rename", "Pip", "a\nb"], "U+000A"),
        (["change", "Pip", "--version", "1"], "no version 1"),
        (["import", "mask.png"], "archive"),
        (["import", "absent.zip"], "absent.zip"),
        (["export", "Pip", "absent/pip.zip"], "absent"),
        (["new", "Mia", "--class", "cat", "--picture", "absent.png"], "absent.png"),
        (["new", "Mia", "--class", "cat", "--picture", "cut.png", "--segmenter", "absent"], "absent"),
        (["new", "Mia", "--class", "", "--picture", "cut.png"], "class word"),
        (["new", "Mia", "--class", "cat", "--picture", "cut.png", *["--mask", "mask.png"] * 2], "2 masks"),
        (["new", "Mia", "--class", "cat", *["--picture", "cut.png"] * 33], "at most 32"),
        (["add-pictures", "Pip", *["--picture", "cut.png"] * 32], "at most 32"),
        (["add-pictures", "Pip", "--picture", "absent.png"], "absent.png"),
        (["remove-picture", "Pip", "0"], "no picture 0"),
        (["mask", "Pip", "2", "mask.png"], "no picture 2"),
        (["mask", "Pip", "1", "sheet.png"], "sheet.png"),
    ],
)
def test_what_cannot_be_is_one_clear_line(
    run: Run, photos: Path, root: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    """It fails with one line that names it, and the library is as it was."""
    new(run, photos)
    pip = only(root)
    monkeypatch.chdir(photos)
    outcome = run(["subjects", *words, "--artist", "ana"])
    assert outcome.status == 1
    assert outcome.err.count("\n") == 1
    assert said in outcome.err
    assert only(root) == pip


@pytest.mark.parametrize(
    "words", [[], ["paint"], ["new", "Pip"], ["change", "Pip", "--attribute", "red"], ["list", "--all"]]
)
def test_arguments_that_make_no_sense_are_one_clear_line(run: Run, root: Path, words: list[str]) -> None:
    """A slip of the pen says where help is."""
    outcome = run(["subjects", *words])
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert "--help" in outcome.err
