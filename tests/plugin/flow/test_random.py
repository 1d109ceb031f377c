"""Inserts, cancels, lost connections and closed documents in any order: in the end nothing is stuck."""

import random
from pathlib import Path

import pytest

from dreammix.protocol import Box, OutOfMemory
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.jobs import JobChanged, JobState, Order
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import FakeDocument, region
from tests.plugin.flow.scripted import Desk, Job

INSERTS = 20
BOX = Box(100, 100, 60, 40)


def treat(desk: Desk, job: Job, chance: random.Random) -> int:
    """Let something become of a job; how many layers that makes."""
    document = desk.document
    fate = chance.choice(["finish", "finish", "cancel", "late", "fail", "close"])
    if chance.random() < 0.5:
        job.begin()
        job.preview(chance.randint(1, 21))
    if chance.random() < 0.2:
        desk.client.lose()
        desk.client.arrive()
    if fate == "fail":
        report = ErrorReport.of(OutOfMemory("The card is full", "others use it", "Close them"))
        job.tell(JobChanged(state=JobState.FAILED, error=report))
    elif fate == "close":
        document.is_open = False
        desk.document = desk.canvas.active = FakeDocument(key=f"{{{job.id}}}", selected=region(BOX))
        desk.controller.look()
        assert job.orders == [Order.CANCEL]
    elif fate == "cancel":
        desk.controller.cancel()
    elif fate == "late":
        desk.controller.cancel()
        desk.finish(job, BOX)
    else:
        desk.finish(job, BOX)
    assert document.sketches[-1:] in ([], [None])
    return fate == "finish"


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_nothing_is_stuck(tmp_path: Path, seed: int) -> None:
    """No job without an end, no picture left on a canvas, and as many layers as there were results."""
    chance, desk = random.Random(seed), Desk(tmp_path).ready()
    desk.document.selected = region(BOX)
    documents = [desk.document]
    layers = 0
    for _ in range(INSERTS):
        job = desk.insert()
        layers += treat(desk, job, chance)
        if desk.document is not documents[-1]:
            documents.append(desk.document)
        assert desk.controller.jobs == ()
        desk.controller.look()
    until(lambda: desk.controller.plan is not None)
    assert sum(len(document.added) for document in documents) == layers
    assert not any(document.hidden for document in documents)
    desk.close()
