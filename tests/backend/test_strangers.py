"""Strangers at the server's socket: what is not a client's handshake or message, byte by byte."""

import base64
import re
import secrets
import socket
import struct
from collections.abc import Iterator

import psutil
import pytest

from dreammix.protocol.messages import SUBPROTOCOL
from dreammix.protocol.proof import fresh_challenge, proves
from dreammix_backend.connection import MAX_MESSAGE_BYTES
from dreammix_backend.endpoint import Endpoint
from tests.backend.serving import PATIENCE_S, Serving, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One server for the tests that leave it as it was."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


def knock(endpoint: Endpoint, path: str = "/", **changes: str | list[str] | None) -> tuple[int, str]:
    """The status and the body that an upgrade with other headers is answered with.

    A header that is None is left out, a list comes once for each; underscores stand for hyphens.
    """
    usual: dict[str, str | list[str] | None] = {
        "Host": endpoint.address,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": SUBPROTOCOL,
        "Authorization": f"Bearer {endpoint.token}",
    }
    headers = usual | {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"GET {path} HTTP/1.1"]
    for name, value in headers.items():
        for each in [] if value is None else [value] if isinstance(value, str) else value:
            lines.append(f"{name}: {each}")
    with dialled(endpoint) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        answer = b""
        while b"\r\n\r\n" not in answer and (part := line.recv(65536)):
            answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length[1]) and (part := line.recv(65536)):
            body += part
    return int(head.split()[1]), body.decode()


def dialled(endpoint: Endpoint) -> socket.socket:
    """A plain connection to the server."""
    host, _, port = endpoint.address.rpartition(":")
    line = socket.create_connection((host, int(port)), timeout=PATIENCE_S)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def upgraded(endpoint: Endpoint) -> socket.socket:
    """A plain connection on which the websocket is open."""
    line = dialled(endpoint)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    line.sendall(
        f"GET / HTTP/1.1\r\nHost: {endpoint.address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n"
        f"Authorization: Bearer {endpoint.token}\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += line.recv(1)
    assert answer.startswith(b"HTTP/1.1 101")
    return line


def frame(data: bytes, opcode: int = 1, *, fin: bool = True) -> bytes:
    """A client's frame, masked with zeros."""
    head = bytes([opcode | (0x80 if fin else 0)])
    if len(data) < 126:
        return head + bytes([0x80 | len(data)]) + bytes(4) + data
    return head + b"\xfe" + struct.pack(">H", len(data)) + bytes(4) + data


def closes(line: socket.socket) -> bool:
    """Whether the server ends the connection; what it still says is passed over."""
    try:
        while line.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def close_code(line: socket.socket) -> int:
    """The code of the close frame that the server sends."""
    data = b""
    while part := line.recv(65536):
        data += part
    at = data.index(b"\x88")
    return int(struct.unpack(">H", data[at + 2 : at + 4])[0])


# --- the gate ---


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1.evil.example"]
)
def test_row_1_a_web_page_never_enters_the_handler(server: Serving, origin: str) -> None:
    """Row 1: 403 before the upgrade; nobody has come as far as the log's "a client has come"."""
    come = server.log.count("a client has come")
    assert knock(server.endpoint, Origin=origin)[0] == 403
    assert server.log.count("a client has come") == come


@pytest.mark.parametrize("host", ["evil.com", "127.0.0.1.evil.com:80", None, "twice", "127.0.0.1:1"])
def test_row_2_a_rebound_host_is_refused(server: Serving, host: str | None) -> None:
    """Row 2: evil.com, a suffix, missing, duplicate, wrong port: 403."""
    value = [server.endpoint.address, "evil.com"] if host == "twice" else host
    assert knock(server.endpoint, Host=value)[0] == 403


@pytest.mark.parametrize("token", [None, "", "Bearer", "Bearer wrong", "Bearer sch\xfcssel"])
def test_row_3_a_wrong_token_is_refused(server: Serving, token: str | None) -> None:
    """Row 3: missing, empty, wrong, not ASCII: 401."""
    assert knock(server.endpoint, Authorization=token)[0] == 401


def test_row_3_the_token_is_in_no_log_and_no_command_line(server: Serving) -> None:
    """Row 3: neither the log, nor the process's arguments, nor its environment hold it."""
    knock(server.endpoint, Authorization="Bearer wrong")
    knock(server.endpoint, path=f"/?token={server.endpoint.token}")
    process = psutil.Process(server.process.pid)
    for place in (server.log, *process.cmdline(), *process.environ().values()):
        assert server.endpoint.token not in place
    assert "turned away" in server.log


def test_row_4_the_server_proves_itself_first(server: Serving) -> None:
    """Row 4: without the token the challenge is answered; the answer fits this address alone."""
    challenge = fresh_challenge()
    status, proof = knock(server.endpoint, path=f"/proof/{challenge}", Authorization=None)
    assert status == 200
    assert proves(proof, server.endpoint.token, server.endpoint.address, challenge)


@pytest.mark.parametrize("offer", [None, "dreammix.v0", "dreammix.v2"])
def test_row_23_another_version_is_told_which_one_is_spoken(server: Serving, offer: str | None) -> None:
    """Row 23: N-1 and N+1 are refused with the version in the answer."""
    status, text = knock(server.endpoint, Sec_WebSocket_Protocol=offer)
    assert status == 400 and SUBPROTOCOL in text


def test_row_23_a_client_that_offers_several_gets_ours(server: Serving) -> None:
    """Row 23: version N among others is chosen."""
    assert knock(server.endpoint, Sec_WebSocket_Protocol=f"dreammix.v2, {SUBPROTOCOL}")[0] == 101


# --- what is sent ---


def test_row_11_a_huge_message_is_refused_by_its_header(server: Serving) -> None:
    """Row 11: a header that announces 2 GiB is answered by 1009, and no memory is taken."""
    before = psutil.Process(server.process.pid).memory_info().rss
    with upgraded(server.endpoint) as line:
        line.sendall(b"\x82\xff" + struct.pack(">Q", 2 << 30) + bytes(4))
        assert close_code(line) == 1009
    assert psutil.Process(server.process.pid).memory_info().rss < before + MAX_MESSAGE_BYTES


def test_row_11_nothing_is_compressed(server: Serving) -> None:
    """Row 11: a client that offers compression does not get it, so there is no bomb."""
    line = upgraded(server.endpoint)
    with line:
        line.sendall(frame(b"\xaa" * 20, opcode=0x41))  # The bit that says: compressed.
        assert close_code(line) == 1002


@pytest.mark.parametrize(
    "data",
    [
        frame(b"not json"),
        frame(b'{"type": "hello", "client": NaN}'),
        frame(b'{"type":"hello","type":"hello"}'),
        frame(b"[" * 5000),
        frame(b"\xff\xfe"),
        frame(b"", opcode=2),
        frame(b"chunk before hello", opcode=2),
        frame(b'{"type":"request","number":1,"body":{"type":"ping"}}'),
    ],
)
def test_row_12_and_15_nonsense_is_answered_and_hung_up(server: Serving, data: bytes) -> None:
    """Rows 12, 15: what is no message, or comes before hello, ends the connection and nothing else."""
    with upgraded(server.endpoint) as line:
        line.sendall(data)
        assert close_code(line) in (1002, 1007)
    assert "Traceback" not in server.log


def test_row_13_a_dripped_handshake_is_closed(server: Serving) -> None:
    """Row 13: a client that does not end its handshake is disconnected."""
    with dialled(server.endpoint) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert closes(line)


def test_row_13_a_client_that_does_not_say_hello_is_closed(server: Serving) -> None:
    """Row 13: an open websocket on which nothing is said does not stay."""
    with upgraded(server.endpoint) as line:
        assert closes(line)
