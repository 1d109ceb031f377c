"""A hub on this machine: repositories in memory, spoken of as the real one does, with faults to order."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import unquote, urlsplit

REVISION: Final = "0123456789abcdef0123456789abcdef01234567"
PATIENCE_S: Final = 60.0
"""How long an answer is held at most: longer than any test takes."""
LARGE_BYTES: Final = 1000
"""Files of more bytes are said to be stored with their SHA-256, smaller ones as git's blobs."""


@dataclass
class SmallHub:
    """What it serves, what is wrong with it, and what it was asked.

    Attributes:
        files: contents by name, of `repository`.
        beside: further repositories, by name, and what they hold.
        endpoint: its address.
        cut_after: break off each answer after so many bytes.
        cuts: how many answers are broken off.
        hold_after: send so many bytes of each answer, and the rest when `released`.
        released: set when the line is quick again.
        wrong: names of files of which other bytes are sent than are listed.
        ignores_ranges: whether every answer begins at the beginning.
        status: answer everything with this instead.
        asked: method, path and `Range` header of every request, in order.
        headers: all headers of every request.
    """

    files: Mapping[str, bytes]
    repository: str = "someone/model"
    beside: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    endpoint: str = ""
    cut_after: int = 0
    cuts: int = 0
    hold_after: int | None = None
    released: threading.Event = field(default_factory=threading.Event)
    wrong: frozenset[str] = frozenset()
    ignores_ranges: bool = False
    status: int = 200
    revision: str = REVISION
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def fetched(self) -> list[str]:
        """The files that were sent, one name for each answer."""
        return [
            path.split(f"/resolve/{self.revision}/")[1] for _, path, _ in self.asked if "/resolve/" in path
        ]

    def answer(self, path: str) -> bytes | None:
        """What lies at a path; None: nothing."""
        for repository, files in {self.repository: self.files, **self.beside}.items():
            begin = f"/{repository}/resolve/{self.revision}/"
            if path in (f"/api/models/{repository}", f"/api/models/{repository}/revision/{self.revision}"):
                return self._listing(repository, files)
            if path.startswith(begin) and path.removeprefix(begin) in files:
                return self._sent(files, path.removeprefix(begin))
        return None

    def _sent(self, files: Mapping[str, bytes], name: str) -> bytes:
        return bytes(byte ^ 1 for byte in files[name]) if name in self.wrong else files[name]

    def _listing(self, repository: str, files: Mapping[str, bytes]) -> bytes:
        """What the hub says of a repository when asked for its files' metadata."""
        siblings = []
        for name, content in files.items():
            entry: dict[str, object] = {"rfilename": name, "size": len(content)}
            entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            if len(content) > LARGE_BYTES:
                digest = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
            siblings.append(entry)
        return json.dumps({"id": repository, "sha": self.revision, "siblings": siblings}).encode()


@contextmanager
def serving(hub: SmallHub) -> Iterator[SmallHub]:
    """Serve it on a free port for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append(("GET", path, self.headers.get("Range")))
            hub.headers.append({name.lower(): value for name, value in self.headers.items()})
            content = hub.answer(path)
            if hub.status != 200:
                self._send(hub.status, b"{}", {})
            elif content is None:
                self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            elif path.startswith("/api/"):
                self._send(200, content, {"Content-Type": "application/json"})
            else:
                self._file(content)

        def _file(self, content: bytes) -> None:
            asked = self.headers.get("Range")
            if asked is None or hub.ignores_ranges:
                self._send(200, content, {})
                return
            first = int(asked.removeprefix("bytes=").removesuffix("-"))
            place = f"bytes {first}-{len(content) - 1}/{len(content)}"
            self._send(206, content[first:], {"Content-Range": place})

        def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if hub.cuts and 0 < hub.cut_after < len(body) and "/resolve/" in self.path:
                hub.cuts -= 1
                self.wfile.write(body[: hub.cut_after])
                self.wfile.flush()
                self.close_connection = True
                return
            held = len(body) if hub.hold_after is None or "/resolve/" not in self.path else hub.hold_after
            self.wfile.write(body[:held])
            self.wfile.flush()
            if body[held:]:
                hub.released.wait(PATIENCE_S)
                with suppress(OSError):  # Who waited may have gone meanwhile.
                    self.wfile.write(body[held:])

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
