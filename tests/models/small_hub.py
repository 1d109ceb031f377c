"""A hub on this machine: repositories in memory, spoken of as the real one does, with faults to order."""

from __future__ import annotations

import gzip
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

REVISION: Final = "0123456789abcdef0123456789abcdef01234567"
PATIENCE_S: Final = 60.0
"""How long an answer is held at most: longer than any test takes."""
LARGE_BYTES: Final = 1000
"""Files of more bytes are said to be stored with their SHA-256, smaller ones as git's blobs."""
PART_BYTES: Final = 16
"""A pressed answer comes in two parts, the first of so many bytes."""


@dataclass
class SmallHub:
    """What it serves, what is wrong with it, and what it was asked.

    Attributes:
        files: contents by name, of `repository`.
        beside: further repositories, by name, and what they hold.
        endpoint: its address.
        cut_after: break off each file that is not pressed after so many bytes.
        cuts: how many answers are broken off.
        hold_after: send so many bytes of each file that is not pressed, and the rest when `released`.
        released: set when the line is quick again.
        wrong: names of files of which other bytes are sent than are listed.
        ignores_ranges: whether every large file begins at the beginning.
        status: answer everything with this instead.
        asked: method, path and `Range` header of every request to the hub itself, in order.
        headers: all headers of every request, also to where the large files lie.
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

    def listing(self, path: str) -> bytes | None:
        """What is said of the repository that a path of the API names; None: there is no such."""
        for repository, files in self._repositories().items():
            if path in (f"/api/models/{repository}", f"/api/models/{repository}/revision/{self.revision}"):
                return self._listing(repository, files)
        return None

    def file(self, path: str, before: str, between: str) -> tuple[str, bytes] | None:
        """The path after which a file is named, and its content: /BEFORE/REPOSITORY/BETWEEN/REVISION/NAME."""
        for repository, files in self._repositories().items():
            begin = f"{before}/{repository}{between}/{self.revision}/"
            if path.startswith(begin) and (name := path.removeprefix(begin)) in files:
                content = files[name]
                sent = bytes(byte ^ 1 for byte in content) if name in self.wrong else content
                return f"{repository}/{self.revision}/{name}", sent
        return None

    def _repositories(self) -> Mapping[str, Mapping[str, bytes]]:
        return {self.repository: self.files, **self.beside}

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
    """Serve it on a free port for as long as the block lasts, and its large files on another one.

    As the real hub does: a large file is found under an address of another host, signed and of this time
    only; a small one under another path, pressed where the client takes that, and its length unknown.
    """
    stored: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.reply(unquote(urlsplit(self.path).path))

        def reply(self, path: str) -> None:
            raise NotImplementedError

        def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def send_file(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            """A file's content, with what is wrong with the line."""
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if hub.cuts and 0 < hub.cut_after < len(body):
                hub.cuts -= 1
                self.wfile.write(body[: hub.cut_after])
                self.wfile.flush()
                self.close_connection = True
                return
            held = len(body) if hub.hold_after is None else hub.hold_after
            self.wfile.write(body[:held])
            self.wfile.flush()
            if body[held:]:
                hub.released.wait(PATIENCE_S)
                with suppress(OSError):  # Who waited may have gone meanwhile.
                    self.wfile.write(body[held:])

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Front(Handler):
        def reply(self, path: str) -> None:
            hub.asked.append(("GET", path, self.headers.get("Range")))
            listing = hub.listing(path)
            if hub.status != 200:
                self.send(hub.status, b"{}", {})
            elif listing is not None:
                self.send(200, listing, {"Content-Type": "application/json; charset=utf-8"})
            elif (found := hub.file(path, "", "/resolve")) is not None:
                self._redirect(*found)
            elif (found := hub.file(path, "/api/resolve-cache/models", "")) is not None:
                self._small(found[1])
            else:
                self.send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

        def _redirect(self, name: str, content: bytes) -> None:
            digest = hashlib.sha256(content).hexdigest()
            said = {"X-Repo-Commit": hub.revision, "X-Linked-Size": str(len(content))}
            said |= {"X-Linked-ETag": f'"{digest}"', "Accept-Ranges": "bytes", "Vary": "Origin, Accept"}
            if len(content) > LARGE_BYTES:
                key = secrets.token_hex(8)
                stored[key] = content
                place, status = f"{store_at}/repos/{digest}?Expires=4102444800&Signature={key}", 302
            else:
                place, status = f"/api/resolve-cache/models/{quote(name)}?etag=%22{digest[:8]}%22", 307
            body = f"{'Found' if status == 302 else 'Temporary Redirect'}. Redirecting to {place}".encode()
            self.send(status, body, said | {"Location": place, "Content-Type": "text/plain; charset=utf-8"})

        def _small(self, content: bytes) -> None:
            if "gzip" not in self.headers.get("Accept-Encoding", ""):
                self.send_file(200, content, {"Content-Type": "text/plain; charset=utf-8"})
                return
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            pressed = gzip.compress(content)
            for part in (pressed[:PART_BYTES], pressed[PART_BYTES:]):
                if part:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")

    class Store(Handler):
        def reply(self, path: str) -> None:
            key = parse_qs(urlsplit(self.path).query).get("Signature", [""])[0]
            if key not in stored:
                self.send(
                    403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"}
                )
                return
            content, asked = stored[key], self.headers.get("Range")
            said = {"ETag": f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'}
            if asked is None or hub.ignores_ranges:
                self.send_file(200, content, said)
                return
            first = int(asked.removeprefix("bytes=").removesuffix("-"))
            said["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            self.send_file(206, content[first:], said)

    with _listening(Store) as store_at, _listening(Front) as hub.endpoint:
        try:
            yield hub
        finally:
            hub.released.set()


@contextmanager
def _listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server that answers so."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
