"""A library whose disk is full, or may only be read, asked over the wire (row 17 of the threat model)."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from dreammix.files import Disk, png
from dreammix.protocol import DreamMixError, OutputFailure, StorageFull
from dreammix.protocol.jobs import JobState, ListJobs
from dreammix.protocol.library import (
    AddPictures,
    CreateSubject,
    DeleteSubject,
    DuplicateSubject,
    GetSubject,
    ImportSubject,
    ListSubjects,
    RemovePicture,
    SetMask,
    UpdateSubject,
)
from dreammix.protocol.payloads import SubjectArchive, SubjectPicture, SubjectThumbnail
from dreammix.subjects import Library
from dreammix_backend.engine import Engine
from dreammix_backend.house import Furniture, House
from tests.backend.conversing import conversing
from tests.backend.serving import Client, pictured

PICTURE, MASK = map(png, pictured(32))


class WornDisk(Disk):
    """Takes nothing while it has an error code; what is on it can be read.

    Attributes:
        code: of `errno`, or None.
    """

    def __init__(self) -> None:
        self.code: int | None = None

    def _wear(self) -> None:
        if self.code is not None:
            raise OSError(self.code, "made up")

    def create(self, path: Path) -> BinaryIO:
        self._wear()
        return super().create(path)

    def make_folder(self, folder: Path) -> None:
        self._wear()
        super().make_folder(folder)

    def replace(self, source: Path, target: Path) -> None:
        self._wear()
        super().replace(source, target)


def built_on(disk: Disk) -> Callable[[Engine, Furniture], House]:
    """A house whose libraries lie on a disk."""

    class Cellar(House):
        """Its libraries are there."""

        def library(self, artist: str) -> Library:
            return Library(self.furniture.library, artist, disk=disk)

    return Cellar


async def everything(client: Client) -> list[Any]:
    """All that can be read of the library."""
    cards = (await client.ask(ListSubjects())).cards
    found: list[Any] = [cards]
    for card in cards:
        found.append(await client.ask(GetSubject(card.id)))
        found += [await client.fetch(source(card.id)) for source in (SubjectThumbnail, _first)]
    return found


def _first(subject: str) -> SubjectPicture:
    return SubjectPicture(subject, 0)


@pytest.mark.parametrize(
    ("code", "error", "remedy"),
    [
        (errno.ENOSPC, StorageFull, "Free some space"),
        (errno.EROFS, OutputFailure, "Change its rights"),
        (errno.EIO, OutputFailure, "another place"),
    ],
    ids=["full", "read-only", "broken"],
)
async def test_row_17_a_disk_that_takes_nothing_loses_nothing(
    tmp_path: Path, code: int, error: type[DreamMixError], remedy: str
) -> None:
    """Row 17: every change is refused with its remedy and changes nothing; what was sent for it is kept.

    The library can be read meanwhile, inserts go on, and once there is room again the same uploads will do.
    """
    disk = WornDisk()
    async with conversing(tmp_path, built_on(disk)) as (_, client, _):
        first = await client.upload(PICTURE)
        pip = (await client.ask(CreateSubject(name="Pip", class_word="mug", pictures=(first,)))).card.id
        archive = await client.upload(await client.fetch(SubjectArchive(pip)))
        picture, mask = await client.upload(PICTURE), await client.upload(MASK)
        before = await everything(client)
        changes = (
            CreateSubject(name="Ted", class_word="mug", pictures=(picture,)),
            UpdateSubject(subject=pip, name="Pippa"),
            SetMask(pip, 0, mask),
            DuplicateSubject(pip),
            ImportSubject(archive),
            AddPictures(pip, (picture,)),
            RemovePicture(pip, 0),
            DeleteSubject(pip),
        )
        disk.code = code
        for change in changes:
            with pytest.raises(error) as caught:
                await client.ask(change)
            assert remedy in caught.value.remedy
        assert await everything(client) == before
        job = await client.insert()
        await client.until_end(job)
        assert [info.state for info in (await client.ask(ListJobs())).jobs] == [JobState.SUCCEEDED]
        disk.code = None
        for change in changes[1:]:
            await client.ask(change)
        names = {card.name for card in (await client.ask(ListSubjects())).cards}
        assert names == {"Pippa (copy)", "Pip"}  # The copy, and what the archive held; Pippa is in the trash.
