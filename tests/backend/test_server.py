"""The server as a process, attacked and used over real sockets."""

import asyncio
import base64
import re
import secrets
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dreammix.models.devices import device_named
from dreammix.models.memory import AUTO, PROCESSOR
from dreammix.protocol import DreamMixError, InvalidRequest, JobNotFound, Profile, SampleFormat
from dreammix.protocol.jobs import (
    AcknowledgeJob,
    ControlJob,
    FollowJob,
    JobChanged,
    JobState,
    ListJobs,
    Order,
    PreviewReady,
    ResultReady,
)
from dreammix.protocol.messages import SUBPROTOCOL
from dreammix.protocol.payloads import Abandon, PixelForm, PreviewPicture, ResultPicture, Upload
from dreammix.protocol.proof import fresh_challenge, proves
from dreammix.protocol.services import ChooseProfile, GetHealth, ListModels, Ping
from dreammix.protocol.transfer import chunks
from dreammix_backend import starting
from dreammix_backend.connection import MAX_MESSAGE_BYTES
from dreammix_backend.endpoint import Endpoint, is_running, read_endpoint
from dreammix_backend.starting import usual_device
from tests.backend.serving import PATIENCE_S, ROOT, Serving, command, connected, plain, serving, start

RELOADS = 20
"""How often a plugin is loaded again, as the threat model's row 21 has it."""
AT_ONCE = 4
"""How many of those start a backend at the same moment."""


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


async def test_requests_are_answered(server: Serving) -> None:
    """A client says hello, is welcomed, and gets its answers."""
    async with connected(server.endpoint) as client:
        assert not client.welcome.resumed and client.welcome.device == "cpu"
        await client.ask(Ping())
        health = await client.ask(GetHealth())
        assert health.jobs_waiting == health.jobs_running == 0 and health.uptime_seconds > 0
        for figure in ("disk_free", "memory", "memory_free", "device_free"):
            assert getattr(health, f"{figure}_bytes") > 0
        assert "sandbox" in [model.model for model in (await client.ask(ListModels())).models]


async def test_where_nobody_names_a_device_the_best_one_is_told(tmp_path: Path) -> None:
    """It is found by a process that loads torch, which the server does not, and stands in the log as well."""
    best = device_named(AUTO).name
    with serving(tmp_path, "--device", AUTO) as running:
        async with connected(running.endpoint) as client:
            async with asyncio.timeout(PATIENCE_S):
                while (health := await client.ask(GetHealth())).device is None:
                    pass  # It answers, too, while a busy machine has not loaded torch yet.
            assert health.device == best
        assert f"computing device={best} " in running.log


async def test_how_models_lie_in_memory_is_chosen_at_the_start_and_by_clients(tmp_path: Path) -> None:
    """What the next insert's model lies in is said afterwards; what means nothing here is refused."""
    with serving(tmp_path, "--profile", "fp8") as running:
        async with connected(running.endpoint) as client:
            assert (await client.ask(GetHealth())).chosen_profile is Profile.FP8
            chosen = await client.ask(ChooseProfile(Profile.TILED))
            assert (chosen.chosen_profile, chosen.profile) == (Profile.TILED, None)
            await client.until_end(await client.insert())
            assert (await client.ask(GetHealth())).profile is Profile.TILED
            assert (await client.ask(ChooseProfile())).profile is Profile.FULL
            with pytest.raises(InvalidRequest, match="means nothing"):
                await client.ask(ChooseProfile(Profile.GROUP))


def test_where_nobody_names_a_device_the_server_takes_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever torch may find; only one that is built for the processor alone need not be asked."""
    for installed, usual in (("2.13.0+cu130", AUTO), ("2.13.0", AUTO), ("2.13.0+cpu", PROCESSOR)):
        monkeypatch.setattr(starting, "version", lambda _, installed=installed: installed)
        assert usual_device() == usual


async def test_an_insert_from_upload_to_result(server: Serving) -> None:
    """Progress and previews come while it runs, the result is fetched, and gone once acknowledged."""
    async with connected(server.endpoint) as client:
        job = await client.insert(key="whole")
        events = await client.until_end(job)
        kinds = [type(event.event) for event in events]
        assert PreviewReady in kinds and kinds.count(ResultReady) == 1
        assert [event.sequence for event in events] == sorted({event.sequence for event in events})
        assert await client.fetch(ResultPicture(job, 0)) == plain(32, SampleFormat.RGBA8)
        await client.ask(AcknowledgeJob(job))
        assert (await client.ask(ListJobs())).jobs == ()


async def test_cancel_answers_at_the_next_step(server: Serving) -> None:
    """A cancelled job ends as cancelled, once, and the next one is done."""
    async with connected(server.endpoint) as client:
        job = await client.insert(key="long", prompt="slow 50")
        await client.ask(ControlJob(job, Order.CANCEL))
        assert (await client.until_end(job))[-1].event == JobChanged(state=JobState.CANCELLED)
        after = await client.insert(key="after")
        assert (await client.until_end(after))[-1].event == JobChanged(state=JobState.SUCCEEDED)


async def test_the_same_key_begins_one_job(server: Serving) -> None:
    """Row 22: who asks again after a lost answer gets the first job."""
    async with connected(server.endpoint) as client:
        job = await client.insert(key="once")
        assert await client.insert(key="once") == job
        assert len((await client.ask(ListJobs())).jobs) == 1


async def test_row_22_nothing_is_lost_over_a_reconnect(server: Serving) -> None:
    """Row 22: cut off in the middle, a client resumes its session and gets what it missed, once."""
    async with connected(server.endpoint) as client:
        session = client.welcome.session
        job = await client.insert(key="cut", prompt="slow 20")
        first = await asyncio.wait_for(client.events.get(), PATIENCE_S)
        client.socket.transport.abort()
    async with connected(server.endpoint, session=session) as client:
        assert client.welcome.resumed
        await client.ask(FollowJob(job, first.sequence))
        events = await client.until_end(job)
        assert events[0].sequence > first.sequence
        assert sum(isinstance(event.event, JobChanged) and event.event.state.final for event in events) == 1
        assert await client.fetch(ResultPicture(job, 0)) == plain(32, SampleFormat.RGBA8)


async def test_row_16_anothers_job_is_unknown(server: Serving) -> None:
    """Row 16: with the token but another session, every command on a job says that there is none."""
    async with connected(server.endpoint) as owner, connected(server.endpoint) as other:
        job = await owner.insert(key="mine")
        await owner.until_end(job)
        commands = [FollowJob(job), AcknowledgeJob(job), *(ControlJob(job, order) for order in Order)]
        for asked in commands:
            with pytest.raises(JobNotFound):
                await other.ask(asked)
        for source in (ResultPicture(job, 0), PreviewPicture(job, 0)):
            with pytest.raises(JobNotFound):
                await other.fetch(source)
        assert (await other.ask(ListJobs())).jobs == ()
        assert len((await owner.ask(ListJobs())).jobs) == 1


async def test_row_16_a_guessed_session_is_a_new_one(server: Serving) -> None:
    """Row 16: nobody resumes a session whose name they do not know."""
    async with connected(server.endpoint, session="0" * 32) as client:
        assert not client.welcome.resumed and client.welcome.session != "0" * 32


async def test_an_abandoned_upload_is_forgotten(server: Serving) -> None:
    """Half sent, then abandoned: it fails as cancelled, and its number means nothing any more."""
    async with connected(server.endpoint) as client:
        picture = plain(64, SampleFormat.RGBA8)
        number = await client.begin(Upload(PixelForm(picture.size, picture.format)))
        chunk = next(chunks(number, picture.data, 1000))
        await client.socket.send(client.session.send(chunk))
        await client.ask(Abandon(number))
        with pytest.raises(DreamMixError):
            await client.answer(number)
        await client.ask(Ping())


# --- slow and stalled clients ---


def test_row_13_a_dripped_handshake_is_closed(server: Serving) -> None:
    """Row 13: a client that does not end its handshake is disconnected."""
    with dialled(server.endpoint) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert closes(line)


def test_row_13_a_client_that_does_not_say_hello_is_closed(server: Serving) -> None:
    """Row 13: an open websocket on which nothing is said does not stay."""
    with upgraded(server.endpoint) as line:
        assert closes(line)


# --- its life ---


def test_it_stops_when_asked_to(tmp_path: Path) -> None:
    """`--status` says how it is, `--stop` ends it, and both know when there is none."""
    running = start(tmp_path)
    asked = [sys.executable, "-m", "dreammix_backend", "--folder", str(running.folder)]
    status = subprocess.run([*asked, "--status"], capture_output=True, text=True, check=True)
    assert running.endpoint.address in status.stdout and running.endpoint.token not in status.stdout
    subprocess.run([*asked, "--stop"], capture_output=True, check=True)
    assert running.process.wait(PATIENCE_S) == 0
    assert not (running.folder / "endpoint.json").exists()
    gone = subprocess.run([*asked, "--status"], capture_output=True, text=True, check=False)
    assert gone.returncode == 1 and "No server is running" in gone.stdout


def test_two_servers_do_not_share_a_library(tmp_path: Path, server: Serving) -> None:
    """The second says in one line why not, and the first goes on."""
    second = subprocess.run(
        [*command(tmp_path)[:5], "--folder", str(tmp_path / "own"), "--library", str(server.library)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "another DreamMix server works with it" in second.stderr and "Traceback" not in second.stderr
    assert is_running(server.endpoint)


def test_row_4_a_killed_server_leaves_a_stale_file_that_is_replaced(tmp_path: Path) -> None:
    """Row 4: after kill -9 the endpoint is not believed; the next server replaces it, with a new token."""
    killed = start(tmp_path)
    killed.process.kill()
    killed.process.wait()
    assert (killed.folder / "endpoint.json").exists() and not is_running(killed.endpoint)
    with serving(tmp_path) as running:
        assert running.endpoint.token != killed.endpoint.token


def test_row_21_it_ends_with_its_parent(tmp_path: Path) -> None:
    """Row 21: the backend that a plugin started does not outlive Krita."""
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    running = start(tmp_path, "--parent-pid", str(parent.pid))
    parent.communicate(b"\n")
    assert running.process.wait(PATIENCE_S) == 0
    assert "its parent has ended" in running.log


def test_row_21_reloads_leave_one_backend(tmp_path: Path) -> None:
    """Row 21: a plugin that is loaded twenty times, and starts a backend each time, leaves the first one."""
    with serving(tmp_path) as running:
        for _ in range(RELOADS // AT_ONCE):
            tries = [
                subprocess.Popen(command(tmp_path), cwd=ROOT, stderr=subprocess.PIPE, text=True)
                for _ in range(AT_ONCE)
            ]
            for one in tries:
                assert "is in use" in one.communicate()[1] and one.returncode == 1
        assert is_running(running.endpoint)
        assert read_endpoint(running.folder) == running.endpoint


async def test_queue_and_results_outlive_a_killed_server(tmp_path: Path) -> None:
    """Rows 20, 22: what was finished is still there after kill -9, and what was waiting is done."""
    first = start(tmp_path)
    async with connected(first.endpoint) as client:
        session = client.welcome.session
        done = await client.insert(key="done")
        await client.until_end(done)
        waiting = await client.insert(key="waiting", prompt="slow 100")
        first.process.kill()
        first.process.wait()
    with serving(tmp_path) as second:
        async with connected(second.endpoint, session=session) as client:
            assert client.welcome.resumed
            assert await client.fetch(ResultPicture(done, 0)) == plain(32, SampleFormat.RGBA8)
            await client.ask(FollowJob(waiting))
            assert (await client.until_end(waiting))[-1].event == JobChanged(state=JobState.SUCCEEDED)


async def test_a_stopping_server_says_goodbye(tmp_path: Path) -> None:
    """Clients hear why the connection ends, and the process ends in order."""
    running = start(tmp_path)
    async with connected(running.endpoint) as client:
        running.process.send_signal(signal.SIGTERM)
        await client.socket.wait_closed()
        assert client.socket.close_code == 1001
    assert running.process.wait(PATIENCE_S) == 0


def test_a_library_that_cannot_be_written_is_served(tmp_path: Path) -> None:
    """On a read-only disk the artist still sees the rest; the log says what is wrong."""
    (tmp_path / "library").write_bytes(b"")
    with serving(tmp_path) as running:
        assert "cannot be used" in running.log


def test_importing_the_server_loads_no_torch() -> None:
    """It listens in under a second because it loads nothing that takes longer."""
    heavy = "{'torch', 'diffusers', 'transformers'}"
    program = f"import sys, dreammix_backend.starting; print(*({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
