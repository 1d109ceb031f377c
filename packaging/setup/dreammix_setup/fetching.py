"""Fetches files by their hash; one that was cut goes on where it stopped."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dreammix_setup.troubles import GO_ON, Trouble, of_the_disk, offline

CHUNK = 1 << 20
"""Most bytes that are read at a time."""
SILENCE_S = 30
"""How long a server may say nothing, in seconds."""
TRIES = 3
"""How often in a row a file may be cut without a byte having come."""
PAUSE_S = 2.0
"""How long is waited after a cut, in seconds; longer each time."""
SPARE_BYTES = 256 << 20
"""What must stay free on the disk."""
_PART = 206
_NOT_SATISFIABLE = 416

Count = Callable[[int], None]
"""Is told how many bytes of a file there are; may raise to stop."""


@dataclass(frozen=True)
class File:
    """A file to fetch: its name, its address, its SHA-256 and its size in bytes (0: unknown)."""

    name: str
    url: str
    sha256: str
    size: int = 0

    @property
    def host(self) -> str:
        """Who has it."""
        return urllib.parse.urlsplit(self.url).netloc


def fetch(file: File, folder: Path, count: Count, pause: Callable[[float], None] = time.sleep) -> Path:
    """The file in that folder, fetched as far as it is not there. Raises Trouble."""
    whole, part = folder / file.name, folder / f"{file.name}.part"
    if whole.exists() and hash_of(whole) == file.sha256:
        count(whole.stat().st_size)
        return whole
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for _ in range(2):  # A file of wrong bytes is fetched once more, from its beginning.
            _fill(file, part, count, pause)
            if hash_of(part) == file.sha256:
                part.replace(whole)
                return whole
            part.unlink()
    except OSError as error:
        raise of_the_disk(error, part) from error
    raise Trouble(
        f"{file.name} is not what it should be",
        f"the bytes that {file.host} sends have another hash than the one that was published",
        "Try again later or from another network; if it stays so, tell us",
    )


def _fill(file: File, part: Path, count: Count, pause: Callable[[float], None]) -> None:
    """Append to the part until the server says that it is whole."""
    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            _append(file, part, count)
            return
        except urllib.error.HTTPError as error:
            if error.code == _NOT_SATISFIABLE and before:
                # There is nothing after what is here: it is whole, or longer than it should be.
                return
            reason: object = f"it answers {error.code} {error.reason} for {file.name}"
            if error.code < 500:
                raise offline(file.host, reason) from error
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            reason = _reason(file, error)
        failures = 1 if part.exists() and part.stat().st_size > before else failures + 1
        if failures >= TRIES:
            raise offline(file.host, reason)
        pause(PAUSE_S * failures)


def _append(file: File, part: Path, count: Count) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with open_url(file.url, headers) as answer:
        if not (
            answer.status == _PART and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        ):
            have = 0
        length = answer.headers.get("Content-Length")
        wanted = have + int(length) if length is not None and length.isdigit() else None
        with part.open("ab" if have else "wb") as stream:
            while data := answer.read1(CHUNK):
                stream.write(data)
                have += len(data)
                count(have)
    if wanted is not None and have < wanted:
        raise ConnectionError("the connection was cut")


def open_url(
    url: str, headers: dict[str, str] | None = None, method: str | None = None
) -> http.client.HTTPResponse:
    """An answer of a server. Raises URLError and its like."""
    request = urllib.request.Request(url, headers=headers or {}, method=method)
    answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=SILENCE_S)
    return answer


def _reason(file: File, error: Exception) -> object:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        raise Trouble(
            f"{file.host} cannot be trusted",
            f"its certificate was not accepted ({reason.verify_message})",
            f"Look whether the clock is right and whether a proxy is in between, then {GO_ON}",
        ) from error
    return getattr(reason, "strerror", None) or reason


def check_server(url: str) -> None:
    """Raises Trouble: that server cannot be reached."""
    file = File(url, url, "")
    try:
        open_url(url, method="HEAD").close()
    except urllib.error.HTTPError:
        return  # It is there, whatever it thinks of the question.
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise offline(file.host, _reason(file, error)) from error


def size_of(file: File) -> int:
    """How many bytes a server says that a file has; 0: it does not say."""
    try:
        with open_url(file.url, method="HEAD") as answer:
            return int(answer.headers.get("Content-Length") or 0)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError):
        return 0


def hash_of(path: Path) -> str:
    """A file's SHA-256 in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while data := stream.read(CHUNK):
            digest.update(data)
    return digest.hexdigest()


def check_space(folder: Path, needed: int, purpose: str) -> None:
    """Raises Trouble: the disk of a folder has not that many bytes free, and some to spare."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise Trouble(
            "There is not enough space on the disk",
            f"{purpose} needs {_gigabytes(needed + SPARE_BYTES)}, and {folder} has {_gigabytes(free)}",
            f"Free some space and {GO_ON}, or name another folder in the environment variable DREAMMIX_SETUP",
        )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
