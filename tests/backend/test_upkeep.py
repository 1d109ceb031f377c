"""What an artist does to a library with `dreammix subjects` can be done over the wire, too."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import get_args

import pytest

from dreammix.cli.subjects import COMMAND
from dreammix.files import png
from dreammix.protocol import InvalidRequest, SampleFormat, SubjectDamaged, SubjectNotFound
from dreammix.protocol.library import (
    AddPictures,
    CreateSubject,
    DeleteSubject,
    DuplicateSubject,
    ForgetVersion,
    GetSubject,
    ImportSubject,
    ListArtists,
    ListDamaged,
    ListSubjects,
    PurgeTrash,
    RemovePicture,
    RestoreSubject,
    SetMask,
    UpdateSubject,
)
from dreammix.protocol.messages import Ask
from dreammix.protocol.payloads import Fetch, Source, SubjectArchive
from dreammix.subjects import Library, LoraFiles, NewPicture
from dreammix.subjects.manifest import MANIFEST
from tests.backend.serving import Serving, connected, plain, serving

OVER_THE_WIRE: dict[str, tuple[type, ...]] = {
    "list": (ListSubjects, ListDamaged),
    "artists": (ListArtists,),
    "show": (GetSubject,),
    "new": (CreateSubject, SetMask),
    "add-pictures": (AddPictures, SetMask),
    "remove-picture": (RemovePicture,),
    "mask": (SetMask,),
    "rename": (UpdateSubject,),
    "change": (UpdateSubject,),
    "forget": (ForgetVersion,),
    "duplicate": (DuplicateSubject, UpdateSubject),
    "export": (Fetch, SubjectArchive),
    "import": (ImportSubject,),
    "delete": (DeleteSubject,),
    "trash": (ListSubjects,),
    "restore": (RestoreSubject,),
    "purge": (PurgeTrash,),
}
"""What a client asks for each action of the command."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server whose library this process may write to, beside it."""
    with serving(tmp_path_factory.mktemp("upkeep"), "--describer", "by-hand") as running:
        yield running


def kept(server: Serving, artist: str, *names: str) -> tuple[Library, list[str]]:
    """An artist's library in which there are subjects of one picture; their ids."""
    library = Library(server.library, artist)
    picture = NewPicture(png(plain(16, SampleFormat.RGBA8)))
    return library, [library.create(name, "mug", pictures=[picture]).id for name in names]


def test_every_action_of_the_command_has_its_requests() -> None:
    """A new action brings what a client asks for it."""
    parser = ArgumentParser()
    COMMAND.configure(parser)
    (actions,) = (each.choices for each in parser._actions if isinstance(each.choices, dict))
    assert set(actions) == set(OVER_THE_WIRE)
    spoken = {*get_args(Ask), *get_args(Source)}
    assert all(spoken.issuperset(kinds) for kinds in OVER_THE_WIRE.values())


async def test_a_version_is_forgotten(server: Serving) -> None:
    """It is gone, the newest of the others is inserted; one that is not there is an error."""
    library, (pip,) = kept(server, "Versions", "Pip")
    for number in range(2):
        files = LoraFiles(diffusers=b"d%d" % number, kohya=b"k%d" % number)
        library.add_lora(pip, files, base="sandbox", base_hash="0" * 64, token="q", steps=9, seed=0)
    async with connected(server.endpoint, artist="Versions") as client:
        details = await client.ask(ForgetVersion(pip, 2))
        assert [version.version for version in details.versions] == [1] and details.active == 1
        with pytest.raises(InvalidRequest):
            await client.ask(ForgetVersion(pip, 2))
        assert not (await client.ask(ForgetVersion(pip, 1))).card.taught


async def test_the_trash_is_emptied(server: Serving) -> None:
    """One subject of it, then all; what is not in the trash stays, whatever is asked."""
    _, subjects = kept(server, "Trash", "Pip", "Ted", "Una", "Zoe")
    *gone, stays = subjects
    async with connected(server.endpoint, artist="Trash") as client:
        for subject in gone:
            await client.ask(DeleteSubject(subject))
        await client.ask(PurgeTrash(gone[0]))
        assert {card.id for card in (await client.ask(ListSubjects(trashed=True))).cards} == set(gone[1:])
        with pytest.raises(SubjectNotFound):
            await client.ask(RestoreSubject(gone[0]))
        with pytest.raises(SubjectNotFound):
            await client.ask(PurgeTrash(stays))
        await client.ask(PurgeTrash())
        assert (await client.ask(ListSubjects(trashed=True))).total == 0
        assert [card.id for card in (await client.ask(ListSubjects())).cards] == [stays]


async def test_what_cannot_be_read_is_named_and_can_be_deleted(server: Serving) -> None:
    """A damaged subject is counted in the list, and named with what is wrong with it."""
    library, (pip, ted) = kept(server, "Damaged", "Pip", "Ted")
    (library.folder(ted) / MANIFEST).write_bytes(b"no manifest")
    async with connected(server.endpoint, artist="Damaged") as client:
        listed = await client.ask(ListSubjects())
        assert [card.id for card in listed.cards] == [pip] and listed.damaged == 1
        (found,) = (await client.ask(ListDamaged())).subjects
        assert found.id == ted and isinstance(found.error.error(), SubjectDamaged)
        await client.ask(DeleteSubject(ted))
        assert (await client.ask(ListDamaged())).subjects == ()
