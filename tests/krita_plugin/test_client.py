"""The client and a real server process: nothing lost, nothing twice, nothing secret told to a stranger."""

from __future__ import annotations

import json
import os
import signal
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dreammix.protocol import Cancelled, InsertSettings, Picture, Progress, SampleFormat, SubjectNotFound
from dreammix.protocol.jobs import JobChanged, JobState, Order, ResultReady
from dreammix.protocol.library import GetSubject
from dreammix.protocol.payloads import FileForm, ResultPicture, Upload
from dreammix.protocol.requests import InsertWish
from dreammix.protocol.services import GetHealth, Ping
from dreammix_krita.client.address import Address, find_local
from dreammix_krita.client.client import Client, Phase
from dreammix_krita.client.errors import NotConnected, VersionMismatch
from dreammix_krita.client.jobs import Painting
from dreammix_krita.client.wire import Wire
from tests.backend.serving import Serving, box, plain, serving
from tests.krita_plugin.loop import Box, Diary, ask, until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One server for all tests here that leave it running."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@contextmanager
def connected(folder: Path) -> Iterator[Client]:
    """A client that is ready."""
    client = Client()
    client.connect_to(lambda: find_local(folder))
    try:
        until(lambda: client.phase is Phase.READY)
        yield client
    finally:
        client.close()


@pytest.fixture
def client(server: Serving) -> Iterator[Client]:
    """A client of that server."""
    with connected(server.folder) as ready:
        yield ready


def painting(words: str = "a red mug", side: int = 32, steps: int = 3) -> Painting:
    """An insert into a small grey picture."""
    wish = InsertWish(prompt=words, settings=InsertSettings(steps=steps))
    return Painting(wish, plain(side, SampleFormat.RGBA8), plain(side, SampleFormat.GRAY8), box(side))


def ended(diary: Diary) -> bool:
    """Whether the job has come to its end."""
    return bool(diary.errors) or any(isinstance(e, JobChanged) and e.state.final for e in diary.events)


def steps(diary: Diary) -> list[int]:
    """The steps that were told."""
    return [event.step for event in diary.events if isinstance(event, Progress)]


def test_a_question_is_answered_by_its_type(client: Client) -> None:
    """The answer to `GetHealth` is a `Health`."""
    assert ask(client, GetHealth()).describer == "this computer"


def test_a_failure_is_the_error_of_the_tree(client: Client) -> None:
    """What the server raised is what the caller gets."""
    with pytest.raises(SubjectNotFound):
        ask(client, GetSubject("none"))


def test_an_insert_brings_its_pixels_back(client: Client) -> None:
    """A picture of several chunks goes up, its result comes down, and both are the same."""
    diary, fetched = Diary(), Box[Picture | bytes]()
    work = painting(side=512)
    client.start(work, diary)
    until(lambda: ended(diary))
    (result,) = [event for event in diary.events if isinstance(event, ResultReady)]
    client.fetch(ResultPicture(diary.infos[0].job, result.variant), fetched.put, fetched.fail)
    assert fetched.value() == work.scene
    assert diary.events[-1] == JobChanged(state=JobState.SUCCEEDED)


def test_cancel_ends_a_running_job(client: Client) -> None:
    """One click, one end."""
    diary = Diary()
    key = client.start(painting("slow 50", steps=500), diary)
    until(lambda: bool(steps(diary)))
    client.tell(key, Order.CANCEL)
    until(lambda: ended(diary))
    assert diary.events[-1] == JobChanged(state=JobState.CANCELLED)


def test_cancel_before_the_backend_knows_ends_at_once(client: Client) -> None:
    """The artist does not wait for pictures that are still going up, and the backend paints nothing."""
    diary = Diary()
    key = client.start(painting(side=512), diary)
    client.tell(key, Order.CANCEL)
    assert isinstance(diary.errors[0], Cancelled)
    ask(client, Ping())
    assert not diary.infos


def test_a_cut_line_loses_no_event_and_tells_none_twice(client: Client) -> None:
    """Events go on after the last one that was told, on another line of the same session."""
    diary, session = Diary(), client.session
    client.start(painting("slow 20", steps=80), diary)
    for cut_after in (3, 25, 45):
        until(lambda: max(steps(diary), default=0) >= cut_after)  # noqa: B023 - asked within this turn
        cut(client)
        assert client.phase is Phase.LOST
        until(lambda: client.phase is Phase.READY)
    until(lambda: ended(diary))
    assert client.session == session
    assert steps(diary) == sorted(set(steps(diary)))
    assert steps(diary)[-1] == 80
    assert len({info.job for info in diary.infos}) == 1
    assert [e.state for e in diary.events if isinstance(e, JobChanged)].count(JobState.SUCCEEDED) == 1


def test_a_line_cut_during_the_upload_begins_one_job(client: Client) -> None:
    """The pictures go up again, and the key says that it is the same job."""
    diary = Diary()
    client.start(painting(side=1024), diary)
    cut(client)
    until(lambda: ended(diary))
    assert not diary.errors
    assert len({info.job for info in diary.infos}) == 1


def test_a_question_on_a_lost_line_has_failed(client: Client) -> None:
    """Whoever asks learns that it is not known whether it was done."""
    answer: Box[object] = Box()
    client.ask(Ping(), answer.put, answer.fail)
    cut(client)
    with pytest.raises(NotConnected):
        answer.value()
    until(lambda: client.phase is Phase.READY)


def test_a_fetch_outlives_a_cut_line(client: Client) -> None:
    """A result that was on its way is fetched again."""
    diary, fetched = Diary(), Box[Picture | bytes]()
    work = painting(side=512)
    client.start(work, diary)
    until(lambda: ended(diary))
    client.fetch(ResultPicture(diary.infos[0].job, 0), fetched.put, fetched.fail)
    cut(client)
    assert fetched.value() == work.scene


def test_an_upload_over_the_limit_is_refused_before_it_is_sent(client: Client) -> None:
    """What the server has said that it takes is known here."""
    assert client.welcome is not None
    with pytest.raises(Exception, match="at most"):
        ask(client, Upload(FileForm(client.welcome.limits.upload_bytes)))


def test_a_server_that_was_killed_is_found_again_under_its_new_address(tmp_path: Path) -> None:
    """The next start has another port and another token; the job is known to it and ends once."""
    diary = Diary()
    with serving(tmp_path) as first, connected(first.folder) as client:
        client.start(painting("slow 20", steps=30), diary)
        until(lambda: bool(steps(diary)))
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        until(lambda: client.phase is Phase.LOST)
        with serving(tmp_path):
            until(lambda: ended(diary))
            assert not diary.errors
            assert diary.events[-1] == JobChanged(state=JobState.SUCCEEDED)
            client.close()


def test_nothing_remains_after_close(server: Serving) -> None:
    """No timer, no socket, no call."""
    with connected(server.folder) as client:
        diary = Diary()
        client.start(painting("slow 20", steps=1000), diary)
        until(lambda: bool(steps(diary)))
        client.close()
        told = len(diary.events)
        answer: Box[object] = Box()
        client.ask(Ping(), answer.put, answer.fail)
        with pytest.raises(NotConnected):
            answer.value()
        assert len(diary.events) == told
        assert not client.findChildren(Wire)


class Stranger(socketserver.ThreadingTCPServer):
    """Listens, answers every request with the same text, and keeps what it was told."""

    daemon_threads = True

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.told = b""
        super().__init__(("127.0.0.1", 0), StrangersEar)


class StrangersEar(socketserver.BaseRequestHandler):
    """Hears one request to the end of its headers."""

    def handle(self) -> None:
        """Keep it, and answer."""
        assert isinstance(self.server, Stranger)
        heard = b""
        while b"\r\n\r\n" not in heard:
            part = self.request.recv(4096)
            if not part:
                return
            heard += part
        self.server.told += heard
        self.request.sendall(self.server.answer)


@contextmanager
def stranger(folder: Path, answer: bytes) -> Iterator[Stranger]:
    """Somebody else at the port that an endpoint file names, whose process happens to live."""
    with Stranger(answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told = {"schema": 1, "address": f"127.0.0.1:{server.server_address[1]}", "token": "secret"}
        (folder / "endpoint.json").write_text(json.dumps(told | {"pid": os.getpid()}))
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + b"0" * 64,
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
        b"no HTTP at all\r\n\r\n",
        b"x" * 100_000,
        b"",
    ],
)
def test_row_4_a_stranger_at_the_port_is_told_nothing(tmp_path: Path, answer: bytes) -> None:
    """Without the proof no token is sent, and the client goes on looking."""
    with stranger(tmp_path, answer) as server:
        client = Client()
        client.connect_to(lambda: find_local(tmp_path))
        until(lambda: client.error is not None)
        client.close()
        assert server.told.startswith(b"GET /proof/")
        assert b"secret" not in server.told
        assert b"uthorization" not in server.told


def test_row_4_a_dead_process_is_not_even_asked(tmp_path: Path) -> None:
    """A stale file: nothing is sent to whoever holds the port by now."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with stranger(tmp_path, b"") as server:
        path = tmp_path / "endpoint.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"pid": child}))
        with pytest.raises(NotConnected):
            find_local(tmp_path)
        assert server.told == b""


@pytest.mark.parametrize(
    ("theirs", "remedy"), [(2, "Update the plugin"), (0, "Update the backend"), (1, "Update the older")]
)
def test_row_23_a_version_mismatch_says_what_to_update(theirs: int, remedy: str) -> None:
    """N-1, N and N+1."""
    text = f"This server speaks dreammix.v{theirs}, and nothing else.\n".encode()
    head = f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(text)}\r\n\r\n".encode()
    with Stranger(head + text) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        wire = Wire(Address(host="127.0.0.1", port=server.server_address[1], token="t", pid=1), owner())
        ends: Box[NotConnected] = Box()
        wire.ended.connect(ends.put)
        wire.open()
        error = ends.value()
        server.shutdown()
    assert isinstance(error, VersionMismatch)
    assert error.remedy.startswith(remedy)


def owner() -> Client:
    """Anything that can own a wire, kept alive."""
    _OWNERS.append(Client())
    return _OWNERS[-1]


_OWNERS: list[Client] = []


def cut(client: Client) -> None:
    """Let the socket fail under the client, as a network does."""
    (wire,) = client.findChildren(Wire)
    wire._socket.abort()
    until(lambda: client.phase is not Phase.READY)
