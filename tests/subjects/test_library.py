"""The library as its users see it: what goes in comes out, and what is damaged harms nobody else."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dreammix.files import Disk
from dreammix.protocol import (
    Attribute,
    AttributeKind,
    InvalidMask,
    InvalidPicture,
    InvalidRequest,
    InvalidSubject,
    OutputFailure,
    Size,
    StorageFull,
    SubjectDamaged,
    SubjectNotFound,
    SubjectTooNew,
)
from dreammix.subjects import Library, NewPicture, artists, default_root, named
from tests.subjects.conftest import COLOUR, Shelf, fill, library_at, mask_of, png_of, teach

Alter = Callable[[Path], None]


def test_a_subject_is_read_as_it_was_made(shelf: Shelf) -> None:
    """Words, pictures, masks and versions come back from a library opened anew."""
    again = Library(shelf.root, "ana")
    (pip,) = again.list()
    assert pip == again.get(shelf.pip.id) == shelf.pip
    assert (pip.name, pip.class_word, pip.attributes) == ("Pip", "teapot", (COLOUR,))
    assert [picture.size for picture in pip.pictures] == [Size(4, 3), Size(5, 6)]
    assert again.read_picture(pip.id, 0) == png_of("red")
    assert (again.read_mask(pip.id, 0), again.read_mask(pip.id, 1)) == (mask_of(255), None)
    assert [lora.version for lora in pip.loras] == [1, 2]
    assert pip.active == 2
    assert again.lora_path(pip.id).read_bytes() == b"diffusers two"
    assert again.lora_path(pip.id, 1).read_bytes() == b"diffusers one"


def test_changes_are_kept(shelf: Shelf) -> None:
    """Every field that an artist can change is changed, on the disk."""
    other = Attribute(AttributeKind.MATERIAL, "clay")
    shelf.library.rename(shelf.pip.id, "Pippa")
    shelf.library.update(shelf.pip.id, class_word="pot", attributes=(COLOUR, other), favourite=True, active=1)
    pip = library_at(shelf.root).get(shelf.pip.id)
    assert (pip.name, pip.class_word, pip.attributes) == ("Pippa", "pot", (COLOUR, other))
    assert (pip.favourite, pip.active) == (True, 1)


def test_pictures_come_and_go(shelf: Shelf) -> None:
    """Pictures and masks are added and taken out; the thumbnail follows the first; no file stays behind."""
    library, id_ = shelf.library, shelf.pip.id
    before = library.thumbnail(id_)
    library.add_pictures(id_, [NewPicture(png_of("green"))])
    library.set_mask(id_, 1, mask_of(128, 5, 6))
    pip = library.remove_picture(id_, 0)
    assert [library.read_picture(id_, k) for k in (0, 1)] == [png_of("blue", 5, 6), png_of("green")]
    assert library.read_mask(id_, 0) == mask_of(128, 5, 6)
    assert before not in (None, library.thumbnail(id_))
    assert {path.name for path in shelf.folder.iterdir()} == pip.files | {"manifest.json"}
    library.remove_picture(id_, 0)
    library.remove_picture(id_, 0)
    assert library.thumbnail(id_) is None


def test_the_same_picture_twice_is_two_pictures(shelf: Shelf) -> None:
    """Taking out one of two equal pictures leaves the other."""
    shelf.library.add_pictures(shelf.pip.id, [NewPicture(png_of("red"))])
    shelf.library.remove_picture(shelf.pip.id, 0)
    assert shelf.library.read_picture(shelf.pip.id, 1) == png_of("red")


def test_versions_come_and_go(shelf: Shelf) -> None:
    """A new version is used at once; when the used one goes, the newest of the others is."""
    library, id_ = shelf.library, shelf.pip.id
    assert teach(library, id_, b"three") == 3
    assert library.get(id_).active == 3
    assert library.remove_lora(id_, 3).active == 2
    assert library.remove_lora(id_, 1).active == 2
    assert library.remove_lora(id_, 2).active is None
    with pytest.raises(InvalidRequest, match="Teach it first"):
        library.lora_path(id_)


def test_a_copy_is_a_subject_of_its_own(shelf: Shelf) -> None:
    """What is done to the copy leaves the original alone; the work folder is not copied."""
    (shelf.library.work_folder(shelf.pip.id) / "checkpoint").write_bytes(b"step 7")
    copy = shelf.library.duplicate(shelf.pip.id)
    assert copy.name == "Pip (copy)"
    assert (copy.pictures, copy.loras, copy.attributes) == (
        shelf.pip.pictures,
        shelf.pip.loras,
        shelf.pip.attributes,
    )
    shelf.library.remove_picture(copy.id, 0)
    assert shelf.library.read_picture(shelf.pip.id, 0) == png_of("red")
    assert not (shelf.library.folder(copy.id) / "work").exists()


def test_the_trash_gives_back_what_it_was_given(shelf: Shelf) -> None:
    """A deleted subject is gone from the list, and restored whole, its work folder too."""
    (shelf.library.work_folder(shelf.pip.id) / "checkpoint").write_bytes(b"step 7")
    shelf.library.delete(shelf.pip.id)
    assert shelf.library.list() == ()
    assert shelf.library.trash() == (shelf.pip,)
    with pytest.raises(SubjectNotFound):
        shelf.library.get(shelf.pip.id)
    assert shelf.library.restore(shelf.pip.id) == shelf.pip
    assert (shelf.folder / "work" / "checkpoint").read_bytes() == b"step 7"


def test_what_is_purged_is_gone(shelf: Shelf) -> None:
    """One subject of the trash, or all of them, leave the disk; the others stay."""
    library = shelf.library
    copies = [library.duplicate(shelf.pip.id).id for _ in range(3)]
    for id_ in copies:
        library.delete(id_)
    library.purge(copies[0])
    assert {it.id for it in library.trash()} == set(copies[1:])
    library.purge()
    assert library.trash() == ()
    assert library.list() == (shelf.pip,)
    assert len(list(shelf.root.glob("**/manifest.json"))) == 1


def test_favourites_come_first_then_names(shelf: Shelf) -> None:
    """The order of the list is the one that cards are shown in."""
    for name in ("ada", "Zoe", "Bob"):
        shelf.library.create(name, "cat")
    zoe = named(shelf.library.list(), "Zoe")
    shelf.library.update(zoe.id, favourite=True)
    assert [it.name for it in shelf.library.list()] == ["Zoe", "ada", "Bob", "Pip"]


def test_a_subject_is_found_by_id_or_name(shelf: Shelf) -> None:
    """The id wins, then the exact name, then the name in another case; two of a name are told apart."""
    subjects = (shelf.pip, shelf.library.create("pip", "cat"))
    assert named(subjects, shelf.pip.id) == shelf.pip
    assert named(subjects, "pip").class_word == "cat"
    with pytest.raises(InvalidRequest, match=shelf.pip.id):
        named(subjects, "PIP")
    with pytest.raises(SubjectNotFound, match="Mia"):
        named(subjects, "Mia")


def test_an_id_names_a_subject_wherever_it_lies(shelf: Shelf) -> None:
    """Listed, damaged or in the trash; what only looks like an id is a name as any other."""
    library, id_ = shelf.library, shelf.pip.id
    assert library.id_of(id_) == library.id_of("pip") == id_
    assert library.find("pip") == library.find(id_) == shelf.pip
    twin = library.create("f" * 16, "cat")
    assert library.id_of("f" * 16) == twin.id
    (shelf.folder / "manifest.json").write_bytes(b"{}")
    assert library.list() == (twin,)
    assert library.id_of(id_) == id_
    for work in (library.find, library.get, library.folder, library.duplicate):
        with pytest.raises(SubjectDamaged, match="makes no sense"):
            work(id_)
    library.delete(id_)
    assert library.id_of(id_, trashed=True) == id_
    with pytest.raises(SubjectNotFound):
        library.get(id_)


def test_a_newer_subject_is_passed_over_without_the_lock(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no damage that a writer may have caused: nobody is waited for."""
    path = shelf.folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"schema": 1', b'"schema": 2'))
    monkeypatch.delattr("dreammix.subjects.home.locked")
    assert shelf.library.list() == ()


def test_the_trash_tells_what_cannot_be_read(shelf: Shelf) -> None:
    """It can still be purged, which says what was removed."""
    path = shelf.folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"schema": 1', b'"schema": 2'))
    assert shelf.library.trash_problems() == ()
    shelf.library.delete(shelf.pip.id)
    assert shelf.library.trash() == ()
    (problem,) = shelf.library.trash_problems()
    assert (problem.id, type(problem.error)) == (shelf.pip.id, SubjectTooNew)
    assert shelf.library.purge() == (shelf.pip.id,)
    assert shelf.library.trash_problems() == ()


@pytest.mark.parametrize(
    "name", ["../../etc", "C:\\Windows", "\\\\server\\share", "/", "..", "CON", "Ana", "茶碗", "a" * 80]
)
def test_names_are_free_text_and_never_a_path(tmp_path: Path, name: str) -> None:
    """Whatever artists and subjects are called, everything lies in plainly named folders below the root."""
    library = Library(tmp_path / "root", name)
    subject = library.create(name, "cat")
    assert Library(tmp_path / "root", name).get(subject.id).name == name
    assert artists(tmp_path / "root") == (name,)
    (home,) = (tmp_path / "root").iterdir()
    assert home.name.replace("-", "").isalnum()
    assert library.folder(subject.id).parent == home
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x00", "\u202egnp", "a" * 81])
def test_a_name_that_cannot_be_shown_is_refused(shelf: Shelf, name: str) -> None:
    """Subjects and artists need one line of printable words; a refused change changes nothing."""
    with pytest.raises(InvalidRequest):
        Library(shelf.root, name)
    with pytest.raises(InvalidRequest):
        shelf.library.rename(shelf.pip.id, name)
    assert shelf.library.get(shelf.pip.id) == shelf.pip


@pytest.mark.parametrize(
    "subject",
    ["..", "../x", ".trash", "", ".", "/etc", "C:\\x", "a\0b", "0" * 15, "0" * 16, "A" * 16, "0" * 16 + "\n"],
)
def test_an_id_that_is_none_reaches_no_path(shelf: Shelf, subject: str) -> None:
    """What is no id, or nobody's, is a subject that is not found, whatever is asked of it."""
    library = shelf.library
    for work in (library.get, library.folder, library.delete, library.restore, library.purge):
        with pytest.raises(SubjectNotFound):
            work(subject)
    assert library.list() == (shelf.pip,)


def test_artists_do_not_see_each_others_subjects(shelf: Shelf) -> None:
    """Each artist has a library; names that differ in case are two artists."""
    Library(shelf.root, "Ana").create("Mia", "cat")
    assert [it.name for it in shelf.library.list()] == ["Pip"]
    assert [it.name for it in Library(shelf.root, "Ana").list()] == ["Mia"]
    assert artists(shelf.root) == ("Ana", "ana")


def test_a_damaged_artist_file_hides_nothing_for_long(shelf: Shelf) -> None:
    """The artist is listed again after the next write; the subjects were there all the time."""
    (note,) = shelf.root.glob("*/artist.json")
    note.write_bytes(b"{")
    assert artists(shelf.root) == ()
    assert shelf.library.list() == (shelf.pip,)
    shelf.library.rename(shelf.pip.id, "Pippa")
    assert artists(shelf.root) == ("ana",)


def test_an_empty_library_is_empty(tmp_path: Path) -> None:
    """Reading makes no folders."""
    library = Library(tmp_path / "root")
    assert (library.list(), library.trash(), library.problems()) == ((), (), ())
    assert artists(tmp_path / "root") == ()
    assert not list(tmp_path.iterdir())


def test_the_root_can_be_named(tmp_path: Path) -> None:
    """The environment's word goes before the platform's folder."""
    assert default_root({"DREAMMIX_LIBRARY": str(tmp_path)}) == tmp_path
    assert default_root({"XDG_DATA_HOME": str(tmp_path)}, "linux") == tmp_path / "dreammix" / "library"


@pytest.mark.parametrize("name", ["manifest.json", "picture", "mask", "diffusers"])
def test_a_missing_file_puts_a_subject_into_quarantine(shelf: Shelf, name: str) -> None:
    """It is listed no more, its files are kept, the others are not touched; once repaired it comes back."""
    mia = shelf.library.create("Mia", "cat")
    names = {
        "picture": shelf.pip.pictures[0].file,
        "mask": shelf.pip.pictures[0].mask,
        "diffusers": shelf.pip.loras[0].diffusers,
    }
    lost = shelf.folder / (names.get(name) or name)
    content = lost.read_bytes()
    lost.unlink()
    assert shelf.library.list() == (mia,)
    (problem,) = shelf.library.problems()
    assert problem.id == shelf.pip.id
    assert "missing" in str(problem.error)
    with pytest.raises(SubjectDamaged):
        shelf.library.restore(shelf.pip.id)
    (problem.folder / lost.name).write_bytes(content)
    assert shelf.library.restore(shelf.pip.id) == shelf.pip
    assert shelf.library.list() == (mia, shelf.pip)
    assert shelf.library.problems() == ()


def test_an_altered_file_is_never_handed_out(shelf: Shelf, alter: Alter) -> None:
    """One bit turned in a picture or in weights is noticed when it is read, exported or copied."""
    alter(shelf.folder / shelf.pip.pictures[0].file)
    alter(shelf.folder / shelf.pip.loras[1].diffusers)
    with pytest.raises(SubjectDamaged, match="altered"):
        shelf.library.read_picture(shelf.pip.id, 0)
    with pytest.raises(SubjectDamaged, match="altered"):
        shelf.library.lora_path(shelf.pip.id)
    with pytest.raises(SubjectDamaged):
        shelf.library.export(shelf.pip.id, shelf.root / "pip.zip")
    with pytest.raises(SubjectDamaged):
        shelf.library.duplicate(shelf.pip.id)
    assert shelf.library.list() == (shelf.pip,)
    assert not (shelf.root / "pip.zip").exists()


def test_a_link_in_a_subject_is_not_followed(shelf: Shelf, tmp_path: Path) -> None:
    """A file that was replaced by a link to elsewhere, and a folder that is a link, are not read."""
    path = shelf.folder / shelf.pip.pictures[0].file
    path.rename(tmp_path / "elsewhere.png")
    path.symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(SubjectDamaged, match="no plain file"):
        shelf.library.read_picture(shelf.pip.id, 0)
    link = shelf.folder.with_name("f" * 16)
    link.symlink_to(shelf.folder)
    with pytest.raises(SubjectNotFound):
        shelf.library.get("f" * 16)


def test_a_folder_copied_by_hand_is_not_two_subjects(shelf: Shelf) -> None:
    """A copy under another id is set aside, and the original stays."""
    shutil.copytree(shelf.folder, shelf.folder.with_name("f" * 16))
    assert shelf.library.list() == (shelf.pip,)
    assert [problem.id for problem in shelf.library.problems()] == ["f" * 16]


def test_a_subject_from_the_future_stays_where_it_is(shelf: Shelf) -> None:
    """It is not listed and not touched, and the problem says to update; a newer program finds it sound."""
    path = shelf.folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"schema": 1', b'"schema": 2'))
    before = path.read_bytes()
    assert shelf.library.list() == ()
    (problem,) = shelf.library.problems()
    assert isinstance(problem.error, SubjectTooNew)
    assert problem.error.remedy == "Update DreamMix"
    with pytest.raises(SubjectTooNew):
        shelf.library.rename(shelf.pip.id, "Pippa")
    with pytest.raises(SubjectTooNew):
        shelf.library.restore(shelf.pip.id)
    assert path.read_bytes() == before


def test_what_never_left_cannot_be_restored(shelf: Shelf) -> None:
    """It is not said that there is no such subject."""
    with pytest.raises(InvalidRequest, match="Pip cannot be restored: it is not in the trash"):
        shelf.library.restore(shelf.pip.id)


def test_a_disk_that_cannot_be_read_proves_no_damage(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """While reading fails, the subject is a problem and stays where it is; then it is listed as before."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(Path, "open", fail)
        assert shelf.library.list() == ()
        (problem,) = shelf.library.problems()
    assert "Input/output error" in str(problem.error)
    assert problem.folder == shelf.folder
    assert shelf.library.list() == (shelf.pip,)


def test_strange_folders_are_left_alone(shelf: Shelf) -> None:
    """What is no subject's folder is neither listed nor removed."""
    (shelf.folder.parent / "notes").mkdir()
    (shelf.folder.parent / "readme.txt").write_text("mine")
    shelf.library.rename(shelf.pip.id, "Pippa")
    assert len(shelf.library.list()) == 1
    assert (shelf.folder.parent / "notes").is_dir()
    assert (shelf.folder.parent / "readme.txt").read_text() == "mine"


def test_pictures_that_cannot_be_are_refused(shelf: Shelf) -> None:
    """A text, a JPEG that calls itself PNG, a cut file and a mask of another size do not enter."""
    jpeg = png_of("red").replace(b"PNG", b"JPG")
    for bad in (b"text", jpeg, png_of("red")[:40]):
        with pytest.raises(InvalidPicture):
            shelf.library.add_pictures(shelf.pip.id, [NewPicture(bad)])
    with pytest.raises(InvalidMask, match="5 x 6"):
        shelf.library.add_pictures(shelf.pip.id, [NewPicture(png_of("red"), mask_of(255, 5, 6))])
    with pytest.raises(InvalidMask):
        shelf.library.set_mask(shelf.pip.id, 0, mask_of(255, 5, 6))
    with pytest.raises(InvalidRequest, match="no picture 3"):
        shelf.library.set_mask(shelf.pip.id, 2, mask_of(255))
    assert shelf.library.get(shelf.pip.id) == shelf.pip


def test_a_subject_has_bounds(shelf: Shelf) -> None:
    """More pictures than a subject can have, and a version that does not exist, are refused whole."""
    with pytest.raises(InvalidSubject, match="at most 32"):
        shelf.library.add_pictures(shelf.pip.id, [NewPicture(png_of("red"))] * 31)
    with pytest.raises(InvalidSubject, match="no version 9"):
        shelf.library.update(shelf.pip.id, active=9)
    assert shelf.library.get(shelf.pip.id) == shelf.pip


def test_a_disk_without_room_is_told_beforehand(shelf: Shelf) -> None:
    """Nothing is written where what is to be written will not fit."""

    class Small(Disk):
        def free_bytes(self, folder: Path) -> int:
            return 1 << 20

    cramped = library_at(shelf.root, Small())
    for work in (
        lambda: cramped.duplicate(shelf.pip.id),
        lambda: cramped.add_pictures(shelf.pip.id, [NewPicture(png_of("green"))]),
        lambda: cramped.export(shelf.pip.id, shelf.root / "pip.zip"),
    ):
        with pytest.raises(StorageFull):
            work()
    assert shelf.library.list() == (shelf.pip,)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file where the library's folder should be is an OutputFailure."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputFailure, match="file"):
        Library(tmp_path / "file").create("Pip", "cat")


def test_disk_use_counts_everything(shelf: Shelf) -> None:
    """The work folder is part of what a subject takes."""
    before = shelf.library.disk_use(shelf.pip.id)
    (shelf.library.work_folder(shelf.pip.id) / "cache").write_bytes(bytes(1000))
    assert shelf.library.disk_use(shelf.pip.id) == before + 1000


def test_two_shelves_are_alike(tmp_path: Path) -> None:
    """With the same clock and ids, the same work gives the same bytes on the disk."""
    states = []
    for name in ("one", "two"):
        shelf = fill(tmp_path / name)
        paths = sorted(path for path in shelf.root.rglob("*") if path.is_file())
        states.append({str(path.relative_to(shelf.root)): path.read_bytes() for path in paths})
    assert states[0] == states[1]
