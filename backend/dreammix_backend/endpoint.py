"""The endpoint file: where the running server listens, and the token of this start. For its owner alone.

Written after the bind, so that nobody else can hold the port that it names, and removed at the end. One that
was left behind by a killed server names a port that anybody may hold by now: `is_running` believes only a
server that proves that it knows the token, and does not tell the token to find out.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from dreammix.protocol import OutputFailure
from dreammix.protocol.places import ENDPOINT_FILE
from dreammix.protocol.proof import PROOF_PATH, fresh_challenge, proves
from dreammix_backend.gate import MAX_TOKEN_CHARACTERS, Purpose

SCHEMA: Final = 1
TOKEN_BYTES: Final = 32
"""Randomness of a token."""
ANSWER_DEADLINE_S: Final = 5.0
"""How long a server may take to answer, in seconds."""
MAX_FILE_BYTES: Final = 4096
MAX_ANSWER_BYTES: Final = 64 * 1024
_ADDRESS: Final = re.compile(r"(?:[0-9.]{7,15}|\[[0-9a-f:]{2,39}\]):[0-9]{1,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A server of one start.

    Attributes:
        address: "127.0.0.1:41234".
        token: what its clients show.
        pid: its process.
    """

    address: str
    token: str = field(repr=False)
    pid: int


def new_token() -> str:
    """A token that nobody has yet."""
    return secrets.token_urlsafe(TOKEN_BYTES)


@contextmanager
def published(folder: Path, endpoint: Endpoint) -> Iterator[None]:
    """Let the owner's programs find the server, as long as the block runs. Raises OutputFailure."""
    path = folder / ENDPOINT_FILE
    part = folder / f".{ENDPOINT_FILE}.{secrets.token_hex(4)}"
    told = {"schema": SCHEMA, "address": endpoint.address, "token": endpoint.token, "pid": endpoint.pid}
    try:
        # Nobody but the owner may read it at any moment: it is created so.
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            json.dump(told, stream)
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise OutputFailure(
            f"Cannot write {path}", error.strerror or str(error), "Free some space, or change its rights"
        ) from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def read_endpoint(folder: Path) -> Endpoint | None:
    """What the folder's endpoint file says; None where there is none, or none that makes sense."""
    try:
        with (folder / ENDPOINT_FILE).open("rb") as stream:
            told = json.loads(stream.read(MAX_FILE_BYTES))
        match told:
            case {"schema": 1, "address": str(address), "token": str(token), "pid": int(pid)}:
                sensible = _ADDRESS.fullmatch(address) and 0 < len(token) <= MAX_TOKEN_CHARACTERS
                return Endpoint(address=address, token=token, pid=pid) if sensible else None
    except (OSError, ValueError):
        pass
    return None


def is_running(endpoint: Endpoint) -> bool:
    """Whether the server of this endpoint is still the one that listens there. Does not show the token."""
    challenge = fresh_challenge()
    answer = _get(endpoint.address, PROOF_PATH + challenge, {})
    return answer is not None and proves(answer, endpoint.token, endpoint.address, challenge)


def ask(endpoint: Endpoint, purpose: Purpose) -> str | None:
    """What the server answers to its owner; None where it is not there, or not the right one."""
    if not is_running(endpoint):
        return None
    return _get(endpoint.address, purpose.value, {"Authorization": f"Bearer {endpoint.token}"})


def _get(address: str, path: str, headers: dict[str, str]) -> str | None:
    try:
        with closing(HTTPConnection(address, timeout=ANSWER_DEADLINE_S)) as connection:
            connection.request("GET", path, headers={"Host": address, **headers})
            response = connection.getresponse()
            body = response.read(MAX_ANSWER_BYTES)
    except (OSError, HTTPException, ValueError, OverflowError):
        return None
    return body.decode("utf-8", "replace") if response.status == HTTPStatus.OK else None
