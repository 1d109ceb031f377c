"""Runs Qt's event loop in a test until something has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from dreammix.protocol import DreamMixError
from dreammix.protocol.asking import Asks
from dreammix.protocol.jobs import Happening, JobInfo
from dreammix_krita.client.client import Client
from dreammix_krita.qt import QtCore, QtWidgets

PATIENCE_MS = 60_000
"""How long a test waits for what must come: a busy machine is slow, not wrong."""

AnswerT = TypeVar("AnswerT")
ValueT = TypeVar("ValueT")


def application() -> QtCore.QCoreApplication:
    """The one application of the process."""
    return QtWidgets.QApplication.instance() or QtWidgets.QApplication(["tests"])


_APPLICATION = application()


def until(condition: Callable[[], bool]) -> None:
    """Run the event loop until the condition holds."""
    loop = QtCore.QEventLoop()
    deadline, look = QtCore.QTimer(), QtCore.QTimer()
    deadline.setSingleShot(True)
    deadline.timeout.connect(lambda: loop.exit(1))
    look.timeout.connect(lambda: loop.exit(0) if condition() else None)
    deadline.start(PATIENCE_MS)
    look.start(2)
    assert condition() or loop.exec() == 0, "it has not come"


class Box(Generic[ValueT]):
    """Holds what one of two functions was called with, once."""

    def __init__(self) -> None:
        self.values: list[ValueT] = []
        self.errors: list[DreamMixError] = []

    def put(self, value: ValueT) -> None:
        """It was done."""
        self.values.append(value)

    def fail(self, error: DreamMixError) -> None:
        """It was not."""
        self.errors.append(error)

    def value(self) -> ValueT:
        """What it was done with, when it is. Raises the error that came instead."""
        until(lambda: bool(self.values or self.errors))
        if self.errors:
            raise self.errors[0]
        (value,) = self.values
        return value


def ask(client: Client, body: Asks[AnswerT]) -> AnswerT:
    """The answer to a question."""
    box: Box[AnswerT] = Box()
    client.ask(body, box.put, box.fail)
    return box.value()


class Diary:
    """A job's listener that writes everything down."""

    def __init__(self) -> None:
        self.infos: list[JobInfo] = []
        self.events: list[Happening] = []
        self.errors: list[DreamMixError] = []

    def began(self, info: JobInfo) -> None:
        """See `Listener`."""
        self.infos.append(info)

    def happened(self, event: Happening) -> None:
        """See `Listener`."""
        self.events.append(event)

    def failed(self, error: DreamMixError) -> None:
        """See `Listener`."""
        self.errors.append(error)
