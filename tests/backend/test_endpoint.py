"""The endpoint file, and who is believed to be the server that it names."""

import json
import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import OutputFailure
from dreammix.protocol.places import ENDPOINT_FILE
from dreammix.protocol.proof import PROOF_PATH, fresh_challenge, prove, proves
from dreammix_backend.endpoint import Endpoint, ask, is_running, new_token, published, read_endpoint
from dreammix_backend.gate import Purpose

HERE = Endpoint(address="127.0.0.1:41234", token="a-token", pid=os.getpid())


@contextmanager
def impostor(answer: str) -> Iterator[tuple[str, list[str]]]:
    """A program on some port that answers `answer` to everything: its address, and all that it was sent.

    "proof for <address>": it passes the challenge on to the real server of that address.
    """
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.path}\n{self.headers}")
            body = answer.encode()
            if answer.startswith("proof for "):
                body = prove("a-token", answer.split()[-1], self.path.removeprefix(PROOF_PATH)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", heard
        finally:
            server.shutdown()
            thread.join()


def test_what_is_published_is_read_again(tmp_path: Path) -> None:
    """Address, token and process, while the server runs; nothing after it."""
    with published(tmp_path, HERE):
        assert read_endpoint(tmp_path) == HERE
    assert list(tmp_path.iterdir()) == []


def test_row_3_nobody_else_may_read_it(tmp_path: Path) -> None:
    """Row 3: the file's mode is 0600, whatever the umask, and over one that was open to all."""
    (tmp_path / ENDPOINT_FILE).write_text("{}")
    (tmp_path / ENDPOINT_FILE).chmod(0o666)
    before = os.umask(0)
    try:
        with published(tmp_path, HERE):
            assert stat.S_IMODE((tmp_path / ENDPOINT_FILE).stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_row_3_tokens_are_long_and_new() -> None:
    """Row 3: 32 random bytes each time, and no log line shows them by accident."""
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000 and all(len(token) == 43 for token in tokens)
    assert "a-token" not in repr(HERE)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_an_endpoint_file_that_makes_no_sense_is_none(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Row 12: whatever bytes stand there: an endpoint or None, never an exception."""
    folder = tmp_path_factory.getbasetemp()
    (folder / ENDPOINT_FILE).write_bytes(content)
    assert read_endpoint(folder) is None


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"address": "127.0.0.1"},
        {"address": ":80"},
        {"address": "example.com:80"},
        {"address": "127.0.0.1\r\nX:80"},
        {"address": "127.0.0.1:http"},
        {"token": ""},
        {"token": "x" * 1000},
        {"pid": "1"},
        {"address": None},
    ],
)
def test_an_endpoint_with_a_wrong_field_is_none(tmp_path: Path, change: dict[str, object]) -> None:
    """Each field has its form."""
    told = {"schema": 1, "address": HERE.address, "token": HERE.token, "pid": HERE.pid}
    (tmp_path / ENDPOINT_FILE).write_text(json.dumps(told))
    assert read_endpoint(tmp_path) == HERE
    (tmp_path / ENDPOINT_FILE).write_text(json.dumps(told | change))
    assert read_endpoint(tmp_path) is None


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    """No endpoint, no server: the error says where."""
    with pytest.raises(OutputFailure, match=ENDPOINT_FILE), published(tmp_path / "missing", HERE):
        pass


def test_row_4_a_stale_file_is_recognised(tmp_path: Path) -> None:
    """Row 4: a killed server's port is free: nobody is running there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    assert not is_running(Endpoint(address=address, token="a-token", pid=1))


@pytest.mark.parametrize("answer", ["", "yes", "0" * 64, "\xff" * 9, "proof for 127.0.0.1:41234"])
def test_row_4_an_impostor_gets_no_token(answer: str) -> None:
    """Row 4: one who took over the port, even one who passes the challenge on, is not believed nor told."""
    with impostor(answer) as (address, heard):
        endpoint = Endpoint(address=address, token="a-token", pid=1)
        assert not is_running(endpoint)
        assert ask(endpoint, Purpose.STOP) is None
    assert len(heard) == 2
    assert not any("a-token" in request or "Bearer" in request for request in heard)


def test_row_4_every_challenge_is_another() -> None:
    """Row 4: an answer that was listened to earlier is of no use."""
    challenge = fresh_challenge()
    assert challenge != fresh_challenge()
    assert proves(prove("t", "a:1", challenge), "t", "a:1", challenge)


def test_an_address_that_is_none_is_not_asked() -> None:
    """A port beyond all ports, a name with a line break: nobody is running there."""
    for address in ("127.0.0.1:99999", "127.0.0.1\r\nX: y:80", "127.0.0.1:x", ""):
        assert not is_running(Endpoint(address=address, token="a-token", pid=1))
