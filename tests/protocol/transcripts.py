"""Transcripts of conversations, one message a line: `client  {...}`, `server  {...}`; bytes in hexadecimal.

A line that begins with `client!` is said by a client that does not keep to the protocol: what its session
would not send. A line that begins with `server=` is what the server's session says to that by itself, and
`hangs up` is the end. Lines that begin with `#` are remarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix.protocol.codec import Unreadable, decode, encode
from dreammix.protocol.messages import Side
from dreammix.protocol.session import Close, Deliver, Send, Session

FOLDER: Final = Path(__file__).parent / "golden"
"""A folder for each version of the protocol that was ever released."""
HANGS_UP: Final = "hangs up"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: who says what, and how."""

    number: int
    speaker: Side
    manner: str
    data: str | bytes


def lines(path: Path) -> Iterator[Line]:
    """The lines of a transcript."""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if text and not text.startswith("#"):
            head, said = text.split(maxsplit=1)
            speaker = Side(head.rstrip("!="))
            is_text = said.startswith("{") or said == HANGS_UP
            yield Line(number, speaker, head.removeprefix(speaker), said if is_text else bytes.fromhex(said))


def replay(path: Path) -> None:
    """Let two sessions speak a transcript. Raises AssertionError with the line at which they do not."""
    ends = {side: Session(side) for side in Side}
    answers: list[str | bytes] = []
    for line in lines(path):
        where = f"{path.name}, line {line.number}"
        speaker, hearer = ends[line.speaker], ends[line.speaker.other]
        if line.manner == "=":
            assert answers.pop(0) == line.data, where
            continue
        assert not answers, f"{where}: the server had something to say before"
        if line.manner == "!":
            for action in hearer.receive(line.data):
                assert isinstance(action, (Send, Close)), where
                answers.append(action.data if isinstance(action, Send) else HANGS_UP)
            continue
        message = decode(line.data, line.speaker)
        assert not isinstance(message, Unreadable), where
        assert encode(message) == line.data, f"{where}: it is written otherwise now"
        assert speaker.send(message) == line.data, where
        assert hearer.receive(line.data) == (Deliver(message),), where
    assert not answers, f"{path.name}: the server had something to say at the end"
