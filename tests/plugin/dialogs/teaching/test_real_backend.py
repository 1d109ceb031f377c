"""The dialogs' models against a real server process: a subject from its first picture to its last step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dreammix.protocol import Size
from dreammix.protocol.jobs import JobState, Order
from dreammix_krita.client.address import find_local
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.dialogs.library.model import Doing, LibraryModel
from dreammix_krita.dialogs.teaching.draft import Draft
from dreammix_krita.dialogs.teaching.lesson import Lesson
from dreammix_krita.dialogs.teaching.shots import Shots, Stage
from dreammix_krita.flow.shelf import Shelf
from dreammix_krita.services import Services
from tests.backend.serving import serving
from tests.krita_plugin.loop import until
from tests.plugin.dialogs.scripted import painted

SIDE = Size(96, 96)


@pytest.fixture
def real(services: Services, tmp_path: Path) -> Iterator[Services]:
    """Services whose client speaks to a server."""
    with serving(tmp_path / "server") as server:
        client = Client()
        client.connect_to(lambda: find_local(server.folder))
        try:
            until(lambda: client.phase is Phase.READY)
            yield replace(services, client=client, shelf=Shelf(client, services.settings))
        finally:
            client.close()


def test_a_subject_is_made_taught_and_kept(real: Services, tmp_path: Path) -> None:
    """Pictures with found masks, a bad file with its reason, words, a paused lesson, an archive and back."""
    draft = Draft(real.client, "New subject")
    shots, lesson = Shots(real.client, real.canvas, draft), Lesson(real.client)
    shots.add_image(painted(10, SIDE), "one")
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    shots.add_files([bad])
    shots.add_image(painted(90, SIDE), "two")
    until(lambda: all(shot.stage in (Stage.READY, Stage.BAD) for shot in shots.shots))
    assert [shot.stage for shot in shots.shots] == [Stage.READY, Stage.BAD, Stage.READY]
    assert shots.shots[1].trouble is not None and all(shots.shots[i].mask is not None for i in (0, 2))

    draft.name, draft.class_word = "Pip", "ball"
    draft.save()
    until(lambda: draft.details is not None and draft.details.card.name == "Pip")
    subject = draft.subject
    assert subject is not None and draft.details is not None and len(draft.details.pictures) == 2

    lesson.start(subject)
    until(lambda: len(lesson.losses) >= 2)
    lesson.tell(Order.PAUSE)
    until(lambda: lesson.state is JobState.PAUSED)
    lesson.tell(Order.FINISH)
    until(lambda: lesson.state is JobState.SUCCEEDED)
    assert lesson.taught is not None and lesson.losses[-1][0] < 1000

    library = LibraryModel(real.client, real.shelf)
    library.refresh()
    library.choose(subject)
    until(lambda: library.chosen is not None and library.details is not None)
    library.export(tmp_path / "Pip.zip")
    until(lambda: library.doing is Doing.NOTHING and library.exported is not None)
    library.throw_away()
    until(lambda: real.shelf.card(subject) is None)
    library.import_(tmp_path / "Pip.zip")
    until(lambda: library.chosen is not None and library.chosen.name == "Pip")
