"""The server as a process, used over real sockets, and its life."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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
from dreammix.protocol.payloads import Abandon, PixelForm, PreviewPicture, ResultPicture, Upload
from dreammix.protocol.services import ChooseProfile, GetHealth, ListModels, Ping
from dreammix.protocol.transfer import chunks
from dreammix_backend import starting
from dreammix_backend.endpoint import is_running, read_endpoint
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
