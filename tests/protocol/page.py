"""Makes docs/protocol.md of the table and the messages themselves: `python -m tests.protocol.page`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, get_args

from dreammix.protocol import DreamMixError, codec, jobs, library, limits, messages, payloads, services
from dreammix.protocol.asking import answer_of
from dreammix.protocol.messages import SUBPROTOCOL, Ask, FromClient, FromServer
from dreammix.protocol.payloads import Chunk
from dreammix.protocol.session import SPEAKERS, TRANSITIONS, VIOLATION_CODE, State
from dreammix.protocol.shapes import Choice, Leaf, Maybe, Member, Record, Several, Shape, parts, shape, tag

PAGE: Final = Path("docs/protocol.md")
"""From the project's folder."""
_HEAD: Final = f"""\
# The protocol `{SUBPROTOCOL}`

What a client and the backend say to each other over a websocket of the subprotocol `{SUBPROTOCOL}`. This
page is made of the program itself (`python -m tests.protocol.page`); whole conversations to read along are in
`tests/protocol/golden`. In Python, `dreammix.protocol` has every message as a frozen dataclass, and
`dreammix.protocol.session.Session` keeps track of either end; `dreammix.protocol.caller.Caller` is a client
in a few calls.
"""
_VERSIONS: Final = f"""\
## Versions

A connection speaks one version, the one in the subprotocol's name. What `{SUBPROTOCOL}` says and
understands does not change: its conversations in `tests/protocol/golden` are spoken word for word. It may
grow by requests, and by fields of requests that are not written where they are none: a server that does not
know them answers `invalid_message`, and the conversation goes on; its `capabilities` tell that before. What
a server says unasked, and what answers a known request, gains neither fields nor kinds: a client that does
not know them would hang up.
"""


def page() -> str:
    """The whole page."""
    spoken = [*get_args(FromClient), *get_args(FromServer)]
    asked = list(get_args(Ask))
    values = [kind for kind in _reached([*spoken, *asked]) if kind not in spoken and kind not in asked]
    return "\n".join(
        [
            _HEAD,
            *_conversation(),
            _VERSIONS,
            *_bytes(),
            "## Messages\n",
            *(line for kind in spoken for line in _section(kind)),
            "## Requests\n",
            "What `body` of a request may be, and what answers it.\n",
            *(line for kind in asked for line in _section(kind)),
            "## Values\n",
            "What messages and requests hold. Where a field may hold several, the key `type` says which.\n",
            *(line for kind in values for line in _section(kind)),
            *_errors(),
            *_limits(),
        ]
    )


def _conversation() -> Iterator[str]:
    yield "## Who says what, when\n"
    yield _doc(messages) + "\n"
    yield "| state | message | from | state after it |"
    yield "|---|---|---|---|"
    for (state, kind), following in TRANSITIONS.items():
        name = "a chunk (binary)" if kind is Chunk else f"[`{tag(kind)}`](#{tag(kind)})"
        yield f"| {state} | {name} | {' or '.join(SPEAKERS[kind])} | {following} |"
    yield (
        f"\nA connection begins as {State.CONNECTED}. Anything that the table has no row for, and what is no"
        " message, ends it: the server says `goodbye`, and either end closes the websocket with code"
        f" {VIOLATION_CODE}. A request with a number that cannot be met, or whose body cannot be read, gets a"
        " `failure` instead, and the conversation goes on.\n"
    )


def _bytes() -> Iterator[str]:
    yield "## Pictures and files\n"
    yield _doc(payloads) + "\n"
    yield (
        f"A binary message is a chunk: a header of {codec.HEADER.size} bytes, big-endian, then data.\n\n"
        "| bytes | what |\n|---|---|\n"
        f"| 1 | {codec.CHUNK_VERSION}, the version of this form |\n"
        "| 4 | the number of the request that began the transfer |\n"
        "| 8 | offset of the data in the transfer |\n"
        f"| 1 to {limits.MAX_CHUNK_BYTES} | data |\n"
    )
    yield "Jobs and the library:\n"
    yield f"- {_doc(jobs).partition(chr(10) * 2)[2]}"
    yield f"- {_doc(library).partition(chr(10) * 2)[2]}\n"


def _section(kind: type) -> Iterator[str]:
    yield f"### `{tag(kind)}`\n"
    head, _, rest = _doc(kind).partition("Attributes:")
    yield head.strip() + "\n"
    if kind in get_args(Ask):
        yield f"Answered by {_link(answer_of(kind))}.\n"
    if parts(kind):
        told = _told(rest)
        yield "| field | holds | if left out | meaning |"
        yield "|---|---|---|---|"
        for part, field in zip(parts(kind), fields(kind), strict=True):
            yield f"| `{part.name}` | {_words(part.shape)} | {_default(field)} | {told.get(part.name, '')} |"
        yield ""


def _words(wanted: Shape) -> str:
    """The shape in words, with links to the dataclasses in it."""
    match wanted:
        case Record(kind):
            return _link(kind)
        case Choice(kinds):
            return "one of " + ", ".join(_link(kind) for kind in kinds.values())
        case Several(item, most):
            return ("list of " if most is None else f"at most {most} of ") + _words(item)
        case Maybe(inner):
            return _words(inner) + "; or none"
    return str(wanted)


def _link(kind: type) -> str:
    return f"[`{tag(kind)}`](#{tag(kind)})"


def _default(field: Field[Any]) -> str:
    if field.default_factory is not MISSING:
        return "its own defaults"
    if field.default is MISSING:
        return "none" if "None" in str(field.type) else ""
    return "none" if field.default in (None, "", ()) else f"`{str(field.default).lower()}`"


def _told(attributes: str) -> dict[str, str]:
    """What a docstring says of each attribute; several may share a line."""
    told = {}
    for names, text in re.findall(r"^    (\w[\w, ]*): (.+(?:\n      .+)*)", attributes, re.MULTILINE):
        for name in names.split(", "):
            told[name] = " ".join(text.split())
    return told


def _reached(kinds: list[type]) -> list[type]:
    """All dataclasses that these hold or are answered by, in the order in which one meets them."""
    found: list[type] = []

    def visit(wanted: Shape) -> None:
        match wanted:
            case Record(kind):
                reach(kind)
            case Choice(choices):
                for kind in choices.values():
                    reach(kind)
            case Several(item, _) | Maybe(item):
                visit(item)
            case Leaf() | Member():
                pass

    def reach(kind: type) -> None:
        if kind not in found:
            found.append(kind)
            for part in parts(kind):
                visit(part.shape)

    for kind in kinds:
        visit(shape(kind))
        if kind in get_args(Ask):
            reach(answer_of(kind))
    return [kind for kind in found if is_dataclass(kind)]


def _errors() -> Iterator[str]:
    yield "## Errors\n"
    yield "| code | what happened |"
    yield "|---|---|"
    kinds = [DreamMixError]
    while kinds:
        kind = kinds.pop(0)
        kinds = [*kind.__subclasses__(), *kinds]
        if kind.__module__ == "dreammix.protocol.errors":
            yield f"| `{kind.code}` | {_doc(kind).splitlines()[0]} |"
    yield ""


def _limits() -> Iterator[str]:
    yield "## Limits\n"
    yield "| limit | value | |"
    yield "|---|---|---|"
    for room in (limits, messages, jobs, library, payloads, services):
        source = inspect.getsource(room)
        for name, text in re.findall(r'^(MAX_\w+) = .+\n"""((?:.|\n)+?)"""', source, re.MULTILINE):
            yield f"| `{name}` | {getattr(room, name)} | {' '.join(text.split())} |"


def _doc(thing: object) -> str:
    text = inspect.getdoc(thing) or ""
    # A drawing of columns stays as it is drawn.
    return re.sub(
        r"\n\n((?:    .+\n?)+)", lambda drawn: f"\n\n```\n{inspect.cleandoc(drawn[1])}\n```\n", text
    )


def main() -> None:
    """Write the page."""
    PAGE.write_text(page() + "\n", encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
