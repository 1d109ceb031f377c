"""Where a backend listens and how it is believed: this machine's by its endpoint file, a studio's by TLS."""

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from dreammix.protocol.places import ENDPOINT_FILE
from dreammix_krita.client.errors import NotConnected

MAX_FILE_BYTES: Final = 4096
"""An endpoint file is read no further."""
MAX_TOKEN_CHARACTERS: Final = 256
_HOST_PORT: Final = re.compile(r"(127\.0\.0\.1|\[::1\]):([0-9]{1,5})")
_TOKEN: Final = re.compile(f"[!-~]{{1,{MAX_TOKEN_CHARACTERS}}}")
_STILL_ACTIVE: Final = 259
"""What Windows gives as the exit code of a process that has not ended."""
_QUERY_LIMITED_INFORMATION: Final = 0x1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A backend to connect to.

    Attributes:
        host: a name or number, an IPv6 one without its brackets.
        port: its TCP port.
        token: what it lets this artist in for. Nothing but a believed backend is told it.
        pid: its process on this machine; None: it is elsewhere.
        certificate: for a backend elsewhere, a PEM file with who is trusted beside the system's authorities.
    """

    host: str
    port: int
    token: str = field(repr=False)
    pid: int | None = None
    certificate: Path | None = None

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken: everywhere but on this machine. There, the proof of the token is asked."""
        return self.pid is None

    @property
    def text(self) -> str:
        """Host and port, as a `Host` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The websocket's."""
        return f"{'wss' if self.secure else 'ws'}://{self.text}/"


Find: TypeAlias = Callable[[], Address]
"""Says where the backend is now. Raises NotConnected: nowhere."""


def find_local(folder: Path) -> Address:
    """The backend of this machine whose own folder that is. Raises NotConnected.

    Only what can be told from the file is checked here: that its process lives. A process of the same number
    may still be another one; that is what the proof is for.
    """
    try:
        with (folder / ENDPOINT_FILE).open("rb") as stream:
            address = _parse(stream.read(MAX_FILE_BYTES))
    except FileNotFoundError:
        raise NotConnected("The backend is not running", "it says nowhere where it is", _START) from None
    except OSError as error:
        reason = error.strerror or "of the file system"
        raise NotConnected(
            "The backend cannot be found", f"its endpoint file is unreadable: {reason}", _START
        ) from error
    if address is None:
        raise NotConnected("The backend cannot be found", "its endpoint file makes no sense", _START)
    if address.pid is None or not is_alive(address.pid):
        raise NotConnected("The backend is not running", "its process has ended", _START)
    return address


_START: Final = "Start the backend"


def _parse(data: bytes) -> Address | None:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return None
    match told:
        case {"schema": 1, "address": str(text), "token": str(token), "pid": int(pid)}:
            place = _HOST_PORT.fullmatch(text)
            if place is None or not _TOKEN.fullmatch(token) or isinstance(pid, bool):
                return None
            port = int(place[2])
            if not (0 < port < 1 << 16 and 0 < pid < 1 << 31):
                return None
            return Address(host=place[1].strip("[]"), port=port, token=token, pid=pid)
    return None


def is_alive(pid: int) -> bool:
    """Whether there is a process of that number that has not ended."""
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _is_alive_on_windows(pid: int) -> bool:
    """On Windows `os.kill` would end it."""
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - elsewhere there is no such attribute
    handle = kernel.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return False
    try:
        code = ctypes.c_ulong()
        return bool(kernel.GetExitCodeProcess(handle, ctypes.byref(code))) and code.value == _STILL_ACTIVE
    finally:
        kernel.CloseHandle(handle)
