"""Questions that need a large library or a model for a moment: each is answered by a process of its own.

So the server stays small, and a model that crashes, hangs or eats the memory takes nothing with it. Question
and answer are packed, over the process's standard streams.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Final, TypeAlias

from dreammix.attributes import DescriberSettings
from dreammix.models.memory import Device, DeviceKind, Precision
from dreammix.protocol import Attribute, DescriberFailure, Picture, Replacement
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.attributes import MAX_ATTRIBUTES, MAX_EDIT_CHARACTERS
from dreammix.protocol.library import MAX_CLASS_CHARACTERS
from dreammix.protocol.rules import Line, Most, Text, Whole
from dreammix.protocol.shapes import Message
from dreammix_backend.packing import Unreadable, pack, read

MODULE: Final = "dreammix_backend.worker.aide"
DEADLINE_S: Final = 300.0
"""How long a question may take, in seconds: loading a large model, or asking a slow service again."""
MAX_AIDES: Final = 1
"""How many questions are worked on at once; the others wait."""


@dataclass(frozen=True, slots=True)
class Describe(Message):
    """Which attributes do the pictures that stand beside this show?"""

    class_word: Annotated[str, Line(MAX_CLASS_CHARACTERS)]
    settings: DescriberSettings


@dataclass(frozen=True, slots=True)
class Match(Message):
    """Which of the attributes does an edit replace?"""

    edit: Annotated[str, Text(MAX_EDIT_CHARACTERS)]
    attributes: Annotated[tuple[Attribute, ...], Most(MAX_ATTRIBUTES)]
    class_word: Annotated[str, Line(MAX_CLASS_CHARACTERS)]
    settings: DescriberSettings


@dataclass(frozen=True, slots=True)
class FindMask(Message):
    """Where is the subject in the picture that stands beside this? The answer's picture is the mask."""

    class_word: Annotated[str, Line(MAX_CLASS_CHARACTERS)]
    segmenter: str


@dataclass(frozen=True, slots=True)
class Survey(Message):
    """What is the device of that name, or the best one (`AUTO`), and how much room is on it?"""

    device: str


Question: TypeAlias = Describe | Match | FindMask | Survey
"""What an aide can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed(Message):
    """A device: the fields of `dreammix.models.memory.Device`, as they travel."""

    name: str
    kind: str
    title: str
    precision: str
    total_bytes: Annotated[int, Whole(0)]
    free_bytes: Annotated[int, Whole(0)]

    @classmethod
    def of(cls, device: Device) -> Surveyed:
        """What travels for a device."""
        return cls(**{each.name: getattr(device, each.name) for each in fields(device)})

    def device(self) -> Device:
        """The device. Raises ValueError: it is none that is known here."""
        return Device(
            name=self.name,
            kind=DeviceKind(self.kind),
            title=self.title,
            precision=Precision(self.precision),
            total_bytes=self.total_bytes,
            free_bytes=self.free_bytes,
        )


@dataclass(frozen=True, slots=True)
class Solved(Message):
    """The answer, as far as it is no picture."""

    device: Surveyed | None = None
    attributes: Annotated[tuple[Attribute, ...], Most(MAX_ATTRIBUTES)] = ()
    replacements: Annotated[tuple[Replacement, ...], Most(MAX_ATTRIBUTES)] = ()


@dataclass(frozen=True, slots=True)
class Unsolved(Message):
    """Why there is none."""

    error: ErrorReport


class Aides:
    """Asks, no more than `MAX_AIDES` at once."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MAX_AIDES)

    async def ask(
        self, question: Question, pictures: Sequence[Picture] = ()
    ) -> tuple[Solved, tuple[Picture, ...]]:
        """The answer to a question. Raises what the process raised, and DescriberFailure where it ended."""
        async with self._free:
            output = await _run(pack(Question, question, *pictures))
        try:
            answer, found = read(Solved | Unsolved, io.BytesIO(output))
        except Unreadable as error:
            raise _failure("its process ended without an answer") from error
        if isinstance(answer, Unsolved):
            raise answer.error.error()
        return answer, found


async def _run(parts: Sequence[bytes]) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", MODULE),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            output, _ = await process.communicate(b"".join(parts))
    except TimeoutError:
        raise _failure(f"it took more than {DEADLINE_S:.0f} seconds") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output


def _failure(why: str) -> DescriberFailure:
    return DescriberFailure("The pictures could not be looked at", why, "Try again, or do it by hand")
