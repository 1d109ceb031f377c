"""An endpoint that speaks OpenAI's chat completions, on this computer, and answers what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dreammix.attributes import DescriberKind, DescriberSettings
from dreammix.protocol import Picture, SampleFormat, Size

KEY = "sk-very-secret-0123456789"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the endpoint was sent; names of headers in lower case."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class Reply:
    """What it sends back: a status, headers, chunks of the body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Callable[[], Iterator[bytes]] = lambda: iter(())


def completion(text: str | None) -> Reply:
    """A chat completion that says `text`."""
    return plain(json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}))


def plain(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Any body."""
    return Reply(
        status, {"Content-Type": "application/json", **(headers or {})}, lambda: iter([text.encode()])
    )


class Endpoint(ThreadingHTTPServer):
    """Gives its replies in turn, the last one again and again."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.replies: list[Reply] = []
        self.released = threading.Event()

    def settings(self, *, retries: int = 0, timeout_s: float = 30.0) -> DescriberSettings:
        """How to reach it."""
        return DescriberSettings(
            kind=DescriberKind.OPENAI,
            endpoint=f"http://127.0.0.1:{self.server_port}/v1",
            model="seer",
            retries=retries,
            timeout_s=timeout_s,
        )


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(Asked(self.path, headers, body))
        reply = self.server.replies.pop(0) if len(self.server.replies) > 1 else self.server.replies[0]
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for chunk in reply.chunks():
                self.wfile.write(chunk)
                self.wfile.flush()
        except OSError:  # Who asked has gone.
            return

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A running endpoint; the key is in the environment."""
    monkeypatch.setenv("DREAMMIX_DESCRIBER_KEY", KEY)
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def red() -> Picture:
    """A red picture of 800 x 400, whose right half is transparent."""
    row = bytes((200, 20, 20, 255)) * 400 + bytes(4) * 400
    return Picture(Size(800, 400), SampleFormat.RGBA8, row * 400)
