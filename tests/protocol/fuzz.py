"""Hostile input for the server's session: `python -m tests.protocol.fuzz --count 100000`.

Three kinds by turns: bytes and texts of no kind; messages with something in their JSON changed; sound
messages out of turn. Whatever comes, the session returns actions, each a message, an answer or a close. It
raises nothing, keeps no more than its limits allow, and in the end the process holds no more memory than
after a tenth of the run.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from dreammix.protocol import Box, SampleFormat, Size
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.codec import HEADER, encode
from dreammix.protocol.jobs import AcknowledgeJob, ControlJob, FollowJob, Insert, Order
from dreammix.protocol.library import CreateSubject, ListSubjects
from dreammix.protocol.limits import Limits
from dreammix.protocol.messages import AnyMessage, Failure, Hello, Request, Side, Welcome
from dreammix.protocol.payloads import Abandon, Chunk, Fetch, FileForm, PixelForm, SubjectPicture, Upload
from dreammix.protocol.requests import InsertSettings
from dreammix.protocol.services import Ping, PlanInsert
from dreammix.protocol.session import Close, Deliver, Send, Session, State

LIMITS: Final = Limits(pending_requests=8, uploads=4, upload_bytes=64, held_bytes=128, chunk_bytes=32)
MAX_GROWTH_BLOCKS: Final = 20_000
"""Most blocks of memory by which the process may grow between a tenth of the run and its end."""

INSERT: Final = Insert(prompt="a mug", key="k", scene=1, mask=2, window=Box(0, 0, 2, 2))
BODIES: Final = (
    Ping(),
    Upload(FileForm(8)),
    Upload(PixelForm(Size(2, 2), SampleFormat.RGBA8)),
    Fetch(SubjectPicture("pip", 0)),
    Abandon(1),
    INSERT,
    ControlJob("j", Order.CANCEL),
    FollowJob("j", 3),
    AcknowledgeJob("j"),
    ListSubjects(),
    CreateSubject(name="Pip", class_word="mug", pictures=(1, 2)),
    PlanInsert(canvas=Size(9, 9), region=Box(1, 1, 2, 2), settings=InsertSettings()),
)
NOTHINGS: Final = ("null", "true", "[]", "{}", "[[[]]]", '{"type":"ping"}')
VALUES: Final = (0, -1, 1.5, 2**31, 2**70, "", "..", "\x00", "\ud800", "x" * 5000)
PIECES: Final = (
    "{",
    "}",
    "[",
    '"',
    ":",
    ",",
    "1",
    "NaN",
    "1e999",
    "\\ud800",
    '"type"',
    '"request"',
    "é",
    "\x00",
)


def hostile_input(chance: random.Random, session: Session) -> str | bytes:
    """Something that a client might send, with something wrong in it, or not."""
    kinds = (_noise, _changed, _out_of_turn, _out_of_turn)
    return chance.choice(kinds)(chance, session)


def attack(count: int, seed: int) -> Counter[str]:
    """Send `count` hostile inputs to sessions, a new one after each close. Counts what came of them."""
    chance = random.Random(seed)
    came: Counter[str] = Counter()
    session = _greeted(chance)
    settled = 0
    for turn in range(count):
        data = hostile_input(chance, session)
        actions = session.receive(data)
        came[_outcome(session, actions)] += 1
        _answer(chance, session)
        if session.state is State.CLOSED:
            session = _greeted(chance)
        if turn == count // 10:
            settled = _blocks()
    came["blocks grown"] = max(0, _blocks() - settled)
    return came


def _outcome(session: Session, actions: tuple[object, ...]) -> str:
    """Which of the documented outcomes it was. Raises AssertionError for any other."""
    assert len(session.waiting) <= LIMITS.pending_requests
    assert len(session.uploads) <= LIMITS.uploads and session.uploads.held <= LIMITS.held_bytes
    match actions:
        case ():
            return "passed over"
        case (Deliver(),):
            return "a message"
        case (Send(),):
            return "a failure"
        case (Send(), Close(ErrorReport())):
            assert session.state is State.CLOSED
            return "a close"
    raise AssertionError(f"{actions} is no documented outcome")


def _greeted(chance: random.Random) -> Session:
    """A server's session: most often welcomed, sometimes at its beginning."""
    session = Session(Side.SERVER)
    if chance.random() < 0.9:
        session.receive(encode(Hello(client="fuzz", version="1")))
        session.send(Welcome(version="1", session="s", resumed=False, limits=LIMITS))
    return session


def _answer(chance: random.Random, session: Session) -> None:
    """What a server does now and then: end a request, so that new ones find room."""
    if session.state is State.OPEN and session.waiting and chance.random() < 0.3:
        session.send(Failure(chance.choice(session.waiting), ErrorReport("error", "a", "b", "c")))


def _noise(chance: random.Random, session: Session) -> str | bytes:
    if chance.random() < 0.5:
        return chance.randbytes(chance.randrange(40))
    return "".join(chance.choices(PIECES, k=chance.randrange(30)))


def _changed(chance: random.Random, session: Session) -> str | bytes:
    """A message whose JSON, or whose text, was changed in one place or several."""
    content = json.loads(encode(_sound(chance, session, text=True)))
    for _ in range(chance.randrange(1, 4)):
        owner, key = chance.choice(list(_places(content)))
        way = chance.random()
        if way < 0.6:
            owner[key] = _odd(chance)
        elif way < 0.8:
            del owner[key]
        elif isinstance(owner, dict):
            owner["extra"] = _odd(chance)
        else:
            owner.append(_odd(chance))
        if not content:
            break
    text = json.dumps(content, ensure_ascii=False)
    if chance.random() < 0.3:
        place = chance.randrange(len(text))
        text = text[:place] + chance.choice(PIECES) + text[place + chance.randrange(3) :]
    return text


def _odd(chance: random.Random) -> object:
    if chance.random() < 0.4:
        return json.loads(chance.choice(NOTHINGS))
    return chance.choice(VALUES)


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Every object or list with each of its keys or places."""
    for key in list(content) if isinstance(content, dict) else range(len(content)):
        yield content, key
        if isinstance(content[key], (dict, list)):
            yield from _places(content[key])


def _out_of_turn(chance: random.Random, session: Session) -> str | bytes:
    """A sound message of either side, whatever the state."""
    data = encode(_sound(chance, session, text=False))
    if isinstance(data, bytes) and chance.random() < 0.2:
        return data[: chance.randrange(HEADER.size + 2)]
    return data


def _sound(chance: random.Random, session: Session, *, text: bool) -> AnyMessage:
    number = session.next_number + (chance.randrange(-2, 3) if chance.random() < 0.1 else 0)
    body = chance.choice(BODIES)
    if isinstance(body, Insert):
        body = replace(body, scene=max(1, number - 1), mask=max(1, number - 2))
    if text or chance.random() < 0.7:
        request = Request(max(1, number), body)
        return (
            request if chance.random() < 0.97 else chance.choice((Hello(client="a", version="b"), _FAILURE))
        )
    return Chunk(
        max(0, number - chance.randrange(4)),
        chance.choice((0, 0, 4, 8, 2**40)),
        bytes(chance.choice((4, 8, 40))),
    )


_FAILURE: Final = Failure(1, ErrorReport("error", "a", "b", "c"))


def _blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


def main() -> None:
    """Attack as often as asked, and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    came = attack(arguments.count, arguments.seed)
    grown = came.pop("blocks grown")
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in came.most_common())
    print(f"{arguments.count} hostile inputs in {time.perf_counter() - begun:.0f} s: {outcomes}")
    print(f"nothing raised; {grown} blocks of memory more than after a tenth of it")
    if grown > MAX_GROWTH_BLOCKS:
        sys.exit(f"the memory grew by more than {MAX_GROWTH_BLOCKS} blocks")


if __name__ == "__main__":
    main()
