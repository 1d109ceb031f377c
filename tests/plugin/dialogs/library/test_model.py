"""The library beyond the shelf."""

from pathlib import Path

import pytest

from dreammix.protocol import ArchiveRejected, SubjectDamaged
from dreammix.protocol.library import ImportSubject, UpdateSubject
from dreammix.protocol.payloads import SubjectArchive
from dreammix_krita.dialogs.library.model import Doing, LibraryModel
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until
from tests.plugin.dialogs.scripted import details, scripted


@pytest.fixture
def model(services: Services) -> LibraryModel:
    """A library of two subjects, one of them chosen."""
    client = scripted(services)
    client.subjects = {"pip": details("pip", "Pip", versions=2), "ted": details("ted", "Ted")}
    client.thrown = {"mug": details("mug", "Old mug")}
    made = LibraryModel(services.client, services.shelf)
    made.refresh()
    made.choose("pip")
    until(lambda: made.details is not None and bool(made.trash) and made.chosen is not None)
    return made


def test_a_subject_is_renamed(services: Services, model: LibraryModel) -> None:
    """The card says so, too; the same name again is not sent."""
    model.rename("Pipa")
    until(lambda: model.chosen is not None and model.chosen.name == "Pipa")
    model.rename(" Pipa ")
    assert len(scripted(services).of(UpdateSubject)) == 1


def test_a_name_that_is_none_is_told(model: LibraryModel) -> None:
    """Before anything is sent."""
    model.rename("a\u202eb")
    assert model.trouble is not None


def test_a_subject_is_favoured(services: Services, model: LibraryModel) -> None:
    """And not any more."""
    model.favour(True)
    until(lambda: model.chosen is not None and model.chosen.favourite)
    model.favour(False)
    until(lambda: model.chosen is not None and not model.chosen.favourite)


def test_an_earlier_version_is_used_again(model: LibraryModel) -> None:
    """What was learned first may have been the better one."""
    model.use_version(1)
    until(lambda: model.details is not None and model.details.active == 1)


def test_what_is_thrown_away_can_be_brought_back(services: Services, model: LibraryModel) -> None:
    """It goes to the trash, and comes from there."""
    model.throw_away()
    until(lambda: "pip" in scripted(services).thrown and model.chosen is None)
    model.restore("pip")
    until(lambda: services.shelf.card("pip") is not None)


def test_an_export_is_written_whole(model: LibraryModel, tmp_path: Path) -> None:
    """Beside nothing else."""
    path = tmp_path / "out" / "Pip.zip"
    path.parent.mkdir()
    model.export(path)
    assert model.doing is Doing.EXPORTING
    until(lambda: model.doing is Doing.NOTHING)
    assert path.read_bytes() == b"archive of pip" and list(path.parent.iterdir()) == [path]
    assert model.exported == path


def test_a_disk_that_takes_nothing_is_told(model: LibraryModel, tmp_path: Path) -> None:
    """The folder is gone; nothing is left behind, nothing hangs."""
    model.export(tmp_path / "none" / "Pip.zip")
    until(lambda: model.doing is Doing.NOTHING)
    assert model.trouble is not None and "Pip.zip" in model.trouble.what


def test_an_export_that_fails_is_told(services: Services, model: LibraryModel, tmp_path: Path) -> None:
    """The shelf hears it; so does this window."""
    scripted(services).refusals[SubjectArchive] = SubjectDamaged(
        "It is damaged", "a file is gone", "Restore it"
    )
    model.export(tmp_path / "Pip.zip")
    until(lambda: model.doing is Doing.NOTHING)
    assert model.trouble is not None and list(tmp_path.glob("*.zip")) == []


def test_an_archive_becomes_a_subject(services: Services, model: LibraryModel, tmp_path: Path) -> None:
    """And is the chosen one."""
    path = tmp_path / "Pip.zip"
    path.write_bytes(b"an archive")
    model.import_(path)
    until(lambda: model.chosen is not None and model.chosen.id == "imported")
    assert scripted(services).uploads == {1: b"an archive"}


def test_an_archive_that_is_none_is_told(services: Services, model: LibraryModel, tmp_path: Path) -> None:
    """By the backend where it can be read, here where not even that."""
    model.import_(tmp_path / "none.zip")
    assert isinstance(model.trouble, ArchiveRejected)
    (tmp_path / "bad.zip").write_bytes(b"bad")
    error = ArchiveRejected("It is no subject", "it is no archive", "Choose another")
    scripted(services).refusals[ImportSubject] = error
    model.import_(tmp_path / "bad.zip")
    until(lambda: model.doing is Doing.NOTHING)
    assert model.trouble is error
