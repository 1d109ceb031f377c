"""A worker process on its own: it ends when its server does (row 21 of the threat model)."""

import os
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from dreammix_backend.jobs import JobOrder, split
from dreammix_backend.packing import MAX_JSON_BYTES, pack, read
from dreammix_backend.store import ORDER
from dreammix_backend.workers.messages import FromWorker, Perform, Ready, Reported, ToWorker
from tests.small_tools import request

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-P", "-m", "dreammix_backend.worker", "--tools", "tests.small_tools:load"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
PATIENCE_S = 60.0
"""How long a process may take to be gone, in seconds, before the test says that it is not."""

PARENT = """
import subprocess, sys
worker = subprocess.Popen(sys.argv[1:], stdin=0, stdout=1)
print(worker.pid, file=sys.stderr, flush=True)
worker.wait()
"""


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A worker that is ready."""
    with subprocess.Popen(COMMAND, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert words_of(process) == Ready()
        yield process
        process.kill()


def words_of(process: subprocess.Popen[bytes]) -> Any:
    """What it says next."""
    assert process.stdout is not None
    words, _ = read(FromWorker, process.stdout)
    return words


def order(stream: IO[bytes] | None, folder: Path, prompt: str) -> None:
    """Have it do something."""
    wish, pictures = split(request(prompt))
    asked = JobOrder(wish=wish, model="sandbox", artist="ann")
    (folder / ORDER).write_bytes(b"".join(pack(JobOrder, asked, *pictures)))
    assert stream is not None
    stream.write(b"".join(pack(ToWorker, Perform("job", str(folder)))))
    stream.flush()


def test_an_idle_worker_ends_with_its_input(worker: subprocess.Popen[bytes]) -> None:
    """Row 21: when the server is gone, so is the worker."""
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(PATIENCE_S) == 0


def test_a_busy_worker_ends_with_its_input(worker: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """Row 21: also in the middle of a step that never returns."""
    order(worker.stdin, tmp_path, "hang")
    while not isinstance(words_of(worker), Reported):
        pass
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("nonsense", [b"\0\0\0\2{}", b"\xff\xff\xff\xff"])
def test_a_worker_that_hears_nonsense_ends(worker: subprocess.Popen[bytes], nonsense: bytes) -> None:
    """It does not guess what was meant."""
    assert worker.stdin is not None
    worker.stdin.write(nonsense)
    worker.stdin.flush()
    assert worker.wait(PATIENCE_S) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_an_aide_ends_with_its_parent_though_its_input_is_open() -> None:
    """Row 21: a question that nobody waits for any more is given up."""
    aide = [sys.executable, "-P", "-m", "dreammix_backend.worker.aide"]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *aide],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with parent:
        assert parent.stderr is not None and parent.stdin is not None
        handle = os.pidfd_open(int(parent.stderr.readline()))
        # Half a question, and more than the pipe holds: once it is written, the aide reads.
        parent.stdin.write(struct.pack(">I", MAX_JSON_BYTES) + bytes(MAX_JSON_BYTES // 2))
        parent.stdin.flush()
        parent.send_signal(signal.SIGKILL)
        gone, _, _ = select.select([handle], [], [], PATIENCE_S)
        os.close(handle)
    assert gone == [handle]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_worker_ends_with_its_parent_though_its_input_is_open() -> None:
    """Row 21: a killed server takes its worker with it, whoever else holds the pipe."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *COMMAND],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with parent:
        assert parent.stderr is not None
        handle = os.pidfd_open(int(parent.stderr.readline()))
        assert words_of(parent) == Ready()
        parent.send_signal(signal.SIGKILL)
        gone, _, _ = select.select([handle], [], [], PATIENCE_S)
        os.close(handle)
    assert gone == [handle]
