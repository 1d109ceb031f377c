"""The artist's subjects: listed, found, chosen and changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dreammix.protocol import DreamMixError, SubjectNotFound
from dreammix.protocol.asking import Done
from dreammix.protocol.library import DeleteSubject, ListSubjects, Subjects, UpdateSubject, UseArtist
from dreammix.protocol.payloads import SubjectArchive, SubjectThumbnail
from dreammix_krita.facts import Trouble
from tests.krita_plugin.loop import until
from tests.plugin.disk import no_room
from tests.plugin.flow.scripted import Desk, card


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A backend that is not there yet."""
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_subjects_come_with_the_backend(desk: Desk) -> None:
    """Nobody has to ask for them."""
    desk.client.arrive()
    until(lambda: [one.name for one in desk.services.shelf.cards] == ["Pip", "Mia"])


def test_long_lists_come_page_by_page(desk: Desk) -> None:
    """Until all are there."""
    names = [f"S{number}" for number in range(5)]

    def page(question: ListSubjects) -> Subjects:
        first = question.first
        return Subjects(cards=tuple(map(card, names[first : first + 2])), total=len(names))

    desk.client.answers[ListSubjects] = page
    desk.client.arrive()
    until(lambda: [one.name for one in desk.services.shelf.cards] == names)


def test_the_only_taught_subject_is_chosen(desk: Desk) -> None:
    """There is nothing to choose from."""
    desk.client.answers[ListSubjects] = Subjects(cards=(card("Pip", taught=False), card("Mia")), total=2)
    desk.client.arrive()
    until(lambda: desk.services.shelf.chosen == "mia")


def test_a_subject_that_is_gone_is_chosen_no_more(desk: Desk) -> None:
    """Another window may have moved it to the trash."""
    desk.ready()
    desk.client.answers[ListSubjects] = Subjects(cards=(), total=0)
    desk.services.shelf.refresh()
    until(lambda: not desk.services.shelf.cards)
    assert (desk.services.shelf.chosen, desk.controller.wish.subject) == (None, None)


def test_a_search_takes_all_its_words(desk: Desk) -> None:
    """In the name or in the class word."""
    desk.ready()
    assert [one.name for one in desk.services.shelf.found("TEA pip")] == ["Pip"]
    assert desk.services.shelf.found("tea cup") == ()


def test_a_thumbnail_is_fetched_for_each_card(desk: Desk) -> None:
    """And kept by its subject."""
    desk.client.answers[SubjectThumbnail] = b"PNG"
    desk.client.arrive()
    until(lambda: desk.services.shelf.thumbnails == {"pip": b"PNG", "mia": b"PNG"})


def test_a_change_asks_for_the_list_again(desk: Desk) -> None:
    """What is seen is what is there."""
    desk.ready()
    desk.client.answers |= {UpdateSubject: Done(), DeleteSubject: Done()}
    before = desk.client.asked.count(ListSubjects())
    desk.services.shelf.rename("pip", "Pipa")
    until(lambda: desk.client.asked.count(ListSubjects()) == before + 1)


def test_a_change_that_fails_is_told(desk: Desk) -> None:
    """The docker shows it as an error."""
    desk.ready()
    desk.client.answers[DeleteSubject] = SubjectNotFound("Pip is gone", "it was deleted", "Choose another")
    desk.services.shelf.trash("pip")
    until(lambda: isinstance(desk.controller.trouble, SubjectNotFound))


def test_an_export_is_a_file_in_place_of_the_older_one(desk: Desk, tmp_path: Path) -> None:
    """Whole, and beside it nothing else."""
    desk.ready()
    desk.client.answers[SubjectArchive] = b"archive"
    path = tmp_path / "out" / "Pip.zip"
    path.parent.mkdir()
    path.write_bytes(b"older")
    written: list[None] = []
    desk.services.shelf.export("pip", path, lambda: written.append(None))
    until(lambda: bool(written))
    assert path.read_bytes() == b"archive" and list(path.parent.iterdir()) == [path]


def test_a_disk_that_is_full_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    """The older file stays as it was; the docker says which file, why, and what to do."""
    desk.ready()
    desk.client.answers[SubjectArchive] = b"archive"
    path = tmp_path / "out" / "Pip.zip"
    path.parent.mkdir()
    path.write_bytes(b"older")

    with no_room():
        desk.services.shelf.export("pip", path)
        until(lambda: desk.controller.trouble is not None)
    assert path.read_bytes() == b"older" and list(path.parent.iterdir()) == [path]
    told = desk.controller.facts.trouble
    assert told == Trouble("Pip.zip cannot be written", "File too large", "Choose another place")


def test_another_artist_has_other_subjects(desk: Desk) -> None:
    """And is remembered; one who cannot be, is not."""
    desk.ready()
    desk.client.answers[UseArtist] = DreamMixError("Not now", "the disk is full", "Free some space")
    desk.services.shelf.use_artist("Ana")
    until(lambda: desk.controller.trouble is not None)
    assert desk.services.artist == "default"
    # The client asks for another artist itself, by the same question.
    desk.client.answers[UseArtist] = Done()
    desk.services.shelf.use_artist("Ana")
    until(lambda: desk.services.artist == "Ana")
