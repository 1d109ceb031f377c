"""Who may come in: looks at a request's path and headers before the upgrade, and at nothing else.

Pure: no socket and no clock. Asked in this order, so that a stranger learns as little as possible:

| asked                                      | otherwise                                           |
|--------------------------------------------|-----------------------------------------------------|
| Is the one Host header one of ours?        | 403: a name that was made to point at this machine  |
| Is there no Origin header?                 | 403: web pages send one, DreamMix never does        |
| `/proof/<challenge>`                       | answered with the proof; the token is not needed    |
| Is the one bearer token a known one?       | 401                                                 |
| `/` is the websocket, others by `Purpose`  | 404                                                 |
| Is subprotocol `dreammix.v1` offered?      | 400, with the version that is spoken here           |
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Final

from dreammix.protocol.messages import SUBPROTOCOL
from dreammix.protocol.proof import PROOF_PATH, is_challenge, prove

MAX_TOKEN_CHARACTERS: Final = 256
"""A longer token is not even hashed."""


class Purpose(Enum):
    """What a request with a known token is for, by its path."""

    CONVERSE = "/"
    STATUS = "/status"
    STOP = "/stop"


@dataclass(frozen=True, slots=True)
class Key:
    """Whose token has which SHA-256 digest. The token itself is kept by its owner alone."""

    user: str
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, user: str, token: str) -> Key:
        """The key that this user's token fits."""
        return cls(user, hashlib.sha256(token.encode()).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """One address that is listened on.

    Attributes:
        hosts: the `Host` headers that mean us, each with its port. Compared as they are, never resolved.
        keys: whom it lets in.
        proof_token: the token that is proved to those who ask for it; None: no proof is given (TLS proves).
        manages: whether it answers `Purpose.STATUS` and `Purpose.STOP`.
    """

    hosts: frozenset[str]
    keys: tuple[Key, ...] = field(repr=False)
    proof_token: str | None = field(default=None, repr=False)
    manages: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """This user, for this purpose."""

    user: str
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Answered:
    """Not let in: what is answered instead, as plain text."""

    status: HTTPStatus
    text: str


def judge(entrance: Entrance, path: str, headers: Sequence[tuple[str, str]]) -> Admitted | Answered:
    """Let a request in, or say what to answer it.

    Args:
        entrance: where it arrived.
        path: its path, as it was sent.
        headers: its headers in their order, repeated ones repeated.
    """
    host = _only(headers, "host")
    if host is None or host not in entrance.hosts:
        return Answered(HTTPStatus.FORBIDDEN, "This host name is not served here.")
    if _values(headers, "origin"):
        return Answered(HTTPStatus.FORBIDDEN, "Web pages are not served here.")
    if entrance.proof_token is not None and path.startswith(PROOF_PATH):
        challenge = path.removeprefix(PROOF_PATH)
        if is_challenge(challenge):
            return Answered(HTTPStatus.OK, prove(entrance.proof_token, host, challenge))
        return Answered(HTTPStatus.BAD_REQUEST, "This is no challenge.")
    user = _owner(entrance.keys, _only(headers, "authorization"))
    if user is None:
        return Answered(HTTPStatus.UNAUTHORIZED, "The token is missing or wrong.")
    purposes = {purpose.value: purpose for purpose in Purpose}
    purpose = purposes.get(path)
    if purpose is None or not (entrance.manages or purpose is Purpose.CONVERSE):
        return Answered(HTTPStatus.NOT_FOUND, "There is nothing at this path.")
    if purpose is Purpose.CONVERSE and SUBPROTOCOL not in _offered(headers):
        return Answered(HTTPStatus.BAD_REQUEST, f"This server speaks {SUBPROTOCOL}, and nothing else.")
    return Admitted(user, purpose)


def _owner(keys: Sequence[Key], authorization: str | None) -> str | None:
    """Whose token this header holds. Takes as long for every wrong one."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or len(token) > MAX_TOKEN_CHARACTERS:
        return None
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
    owners = [key.user for key in keys if hmac.compare_digest(key.digest, digest)]
    return owners[0] if owners else None


def _offered(headers: Sequence[tuple[str, str]]) -> set[str]:
    lines = _values(headers, "sec-websocket-protocol")
    return {word.strip() for line in lines for word in line.split(",")}


def _only(headers: Sequence[tuple[str, str]], name: str) -> str | None:
    """The value of a header that must stand there once; None where it does not."""
    values = _values(headers, name)
    return values[0] if len(values) == 1 else None


def _values(headers: Sequence[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in headers if key.lower() == name]
