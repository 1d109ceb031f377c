"""Studio mode: a server for several people on a network. Without TLS and a token for each it does not start.

The users' file holds names and digests; a token is shown once, when its user is added:

    {"schema": 1, "users": [{"name": "ana", "digest": "<SHA-256 of the token, in hexadecimal digits>"}]}
"""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreammix.files.durable import write_whole
from dreammix.protocol import InvalidRequest
from dreammix_backend.endpoint import new_token
from dreammix_backend.gate import Key

SCHEMA: Final = 1
SHARED_ARTIST: Final = "shared"
"""The library that every user of a studio sees, beside the one of their own name."""
LOCAL_USER: Final = "local"
"""Who comes in with the endpoint file's token: the one who started the server."""
MAX_USERS: Final = 1000
MAX_FILE_BYTES: Final = 1024 * 1024
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_RESERVED: Final = frozenset({SHARED_ARTIST, LOCAL_USER})
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on: "127.0.0.1", 0 is the usual one (any free port)."""

    host: str = "127.0.0.1"
    port: int = 0

    @property
    def at_home(self) -> bool:
        """Whether only programs on this machine can reach it. A name is not resolved: it counts as abroad."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What opens a server to a network.

    Attributes:
        listen: where.
        tls: what it proves itself with.
        names: the hosts that its users may call it by.
        keys: who they are.
    """

    listen: Listen
    tls: ssl.SSLContext
    names: tuple[str, ...]
    keys: tuple[Key, ...]


def parse_listen(text: str) -> Listen:
    """ "0.0.0.0:8443", "[::1]:8443". Raises InvalidRequest."""
    host, colon, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not host or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise InvalidRequest(f"{text!r} is no address", "it must be HOST:PORT", "Write it like 0.0.0.0:8443")
    return Listen(host, int(port))


def open_studio(
    listen: Listen, cert: Path | None, key: Path | None, users: Path | None, names: tuple[str, ...]
) -> Studio:
    """What a server beyond this machine needs. Raises InvalidRequest: something of it is missing."""
    if cert is None or key is None or users is None:
        raise InvalidRequest(
            f"The server does not listen on {listen.host}",
            "others could reach it there, without TLS and a token for each of them",
            "Give --cert, --key and --users, or listen on 127.0.0.1",
        )
    if not names and _is_any(listen.host):
        raise InvalidRequest(
            "The server has no name",
            f"{listen.host} is every address of this machine, and users call it by one",
            "Say which with --name, as in its certificate",
        )
    keys = read_users(users)
    if not keys:
        raise InvalidRequest(
            f"{users} names nobody", "nobody could come in", f"dreammix serve --users {users} --add-user NAME"
        )
    return Studio(listen=listen, tls=_tls(cert, key), names=names or (listen.host,), keys=keys)


def read_users(path: Path) -> tuple[Key, ...]:
    """The users of a file. Raises InvalidRequest: it cannot be read, or makes no sense."""
    try:
        with path.open("rb") as stream:
            told = json.loads(stream.read(MAX_FILE_BYTES))
        return _keys(told)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidRequest(
            f"The users' file {path} cannot be used", str(error), "Add users with dreammix serve --add-user"
        ) from error


def add_user(path: Path, name: str) -> str:
    """Write a new user, or a known one's new token, into the file; returns the token, which is kept nowhere.

    Raises InvalidRequest: the name is none, or the file makes no sense; OutputFailure.
    """
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise InvalidRequest(
            f"{name!r} is no user's name",
            f"names are 1 to 32 of a-z, 0-9, - and _, and not {' or '.join(sorted(_RESERVED))}",
            "Choose another",
        )
    known = {key.user: key for key in (read_users(path) if path.exists() else ())}
    token = new_token()
    known[name] = Key.of(name, token)
    if len(known) > MAX_USERS:
        raise InvalidRequest("There are too many users", f"{MAX_USERS} are allowed", "Remove some")
    users = [{"name": key.user, "digest": key.digest.hex()} for key in known.values()]
    content = json.dumps({"schema": SCHEMA, "users": users}, indent=1) + "\n"
    write_whole({path: content.encode()})
    return token


def _is_any(host: str) -> bool:
    """Whether a host stands for every address of the machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _keys(told: object) -> tuple[Key, ...]:
    if not isinstance(told, dict) or told["schema"] != SCHEMA or not isinstance(told["users"], list):
        raise ValueError(f"it is no users' file of schema {SCHEMA}")
    keys = {}
    for user in told["users"]:
        name, digest = user["name"], user["digest"]
        if not _NAME.fullmatch(name) or name in _RESERVED or not _DIGEST.fullmatch(digest):
            raise ValueError(f"{name!r} is no user")
        keys[name] = Key(name, bytes.fromhex(digest))
    return tuple(keys.values())


def _tls(cert: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidRequest(
            f"The certificate {cert} cannot be used",
            str(error),
            "Give a certificate and its key, both as PEM files",
        ) from error
    return context
