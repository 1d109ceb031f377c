"""An index of packages on this machine, as PyPI and PyTorch have theirs, that can be made to fail."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import ClassVar

TRICKLE_BYTES, TRICKLE_S = 1024, 0.05


@dataclass
class Shop:
    """What it has and how it fails.

    Attributes:
        wheels: by the index that they are in: `simple`, or `whl/` and a build of torch.
        url: where it is.
        cut: how many bytes of a file are sent, by its name, before the connection breaks; the next time, all.
        slow: how many bytes of a file are sent before it only trickles; the next time, all at once.
        trickling: set as soon as one trickles.
        spoiled: names of files that are sent with wrong bytes.
        asked: every request for a file: its name, and the byte that it begins with.
    """

    wheels: dict[str, list[Path]]
    url: str = ""
    cut: dict[str, int] = field(default_factory=dict)
    slow: dict[str, int] = field(default_factory=dict)
    trickling: Event = field(default_factory=Event)
    spoiled: set[str] = field(default_factory=set)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def file(self, name: str) -> Path | None:
        """The wheel of that name."""
        return next((path for wheels in self.wheels.values() for path in wheels if path.name == name), None)

    def page(self, index: str, package: str) -> str | None:
        """The page of a package in an index; None: it is not there."""
        # PyTorch's own links leave out the server.
        files = f"{self.url if index == 'simple' else ''}/files"
        links = [
            f'<a href="{files}/{path.name.replace("+", "%2B")}#sha256={sha256(path)}">{path.name}</a>'
            for path in self.wheels.get(index, ())
            if re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower() == package
        ]
        return "<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>" if links else None

    def sell_uv(self, program: Path) -> None:
        """Have the set-up in that folder fetch its uv here."""
        (uv,) = self.wheels["uv"]
        pins = [
            f"{system} {processor} {sha256(uv)} {uv.stat().st_size} {self.url}/files/{uv.name}"
            for system in ("Linux", "Darwin", "Windows")
            for processor in ("x86_64", "arm64")
        ]
        (program / "uv.txt").write_text("\n".join(pins) + "\n", encoding="utf-8")


@cache
def sha256(path: Path) -> str:
    """A file's hash."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def open_shop(wheels: dict[str, list[Path]]) -> Iterator[Shop]:
    """The shop while it is open, on a port of its own."""
    shop = Shop(wheels)
    handler = type("Handler", (_Handler,), {"shop": shop})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    shop.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    shop: ClassVar[Shop]
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, body: bool) -> None:
        place = self.path.strip("/")
        folder, _, name = place.replace("%2B", "+").rpartition("/")
        if folder == "files":
            self._send_file(name, body)
            return
        page = "" if place == "simple" else self.shop.page(folder, name)
        if page is None:
            self._send(404, b"", body)
        else:
            self._send(200, page.encode(), body, ("Content-Type", "text/html"))

    def _send(self, status: int, data: bytes, body: bool, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def _send_file(self, name: str, body: bool) -> None:
        path = self.shop.file(name)
        if path is None:
            self._send(404, b"", body)
            return
        data = path.read_bytes()
        if name in self.shop.spoiled:
            data = bytes(len(data))
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        last = min(int(asked[2]), len(data) - 1) if asked and asked[2] else len(data) - 1
        if body:
            self.shop.asked.append((name, first))
        if first >= len(data):
            self._send(416, b"", body)
            return
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last + 1 - first))
        self.end_headers()
        if not body:
            return
        whole = last == len(data) - 1 and first == 0
        stop = self.shop.cut.pop(name, None) if whole else None
        slow = self.shop.slow.pop(name, None) if whole else None
        if slow is not None:
            self.wfile.write(data[:slow])
            self.shop.trickling.set()
            first = self._trickle(data, slow)
        self.wfile.write(data[first : last + 1 if stop is None else stop])
        if stop is not None:
            self.close_connection = True

    def _trickle(self, data: bytes, first: int) -> int:
        """Send a little at a time, until nobody reads it any more; returns where it ended."""
        for place in range(first, len(data), TRICKLE_BYTES):
            try:
                self.wfile.write(data[place : place + TRICKLE_BYTES])
            except OSError:
                self.close_connection = True
                return len(data)
            time.sleep(TRICKLE_S)
        return len(data)
