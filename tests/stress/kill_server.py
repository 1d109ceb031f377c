"""Kill the process that runs the engine at random, start it again: nothing that was told may be taken back.

    python -m tests.stress.kill_server [--jobs 100] [--kills 20] [--seed 0]

Every job that was accepted ends exactly once, over all lives of the engine; every result that was told is
there at the end. Says its figures in one line, and ends with 1 where that does not hold.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dreammix.protocol.jobs import JobState
from dreammix_backend.engine import Engine, EngineSettings
from dreammix_backend.jobs import Numbered
from tests.backend.artists import is_end
from tests.small_tools import WORKERS, painted, request

ROOT = Path(__file__).parents[2]
OWNER = "client"
LONGEST_LIFE_S = 4.0
"""The longest life of a server that is killed, in seconds, from its first words on."""


async def serve(folder: Path, jobs: int) -> None:
    """One life: ask for all jobs (their keys say which are known), and journal what is told."""
    settings = EngineSettings(workers=WORKERS, max_jobs=jobs)
    with (folder / "journal").open("a", encoding="ascii", buffering=1) as journal:
        async with Engine(folder / "jobs", settings) as engine:
            print("here", flush=True)
            news = asyncio.Event()

            def hear(job: str, numbered: Numbered) -> None:
                if is_end(numbered.event):
                    journal.write(f"end {job} {numbered.number}\n")
                    news.set()

            engine.subscribe(OWNER, hear)
            for seed in range(jobs):
                job = await engine.submit(OWNER, request("slow", seed=seed), key=f"key{seed}")
                journal.write(f"accepted {job} {seed}\n")
            while not all(info.state.final for info in engine.jobs(OWNER)):
                news.clear()
                await news.wait()


async def inspect(folder: Path, jobs: int) -> tuple[list[JobState], list[str]]:
    """What is there at last, and what of the journal is not true of it."""
    lines = [line.split() for line in (folder / "journal").read_text(encoding="ascii").splitlines()]
    accepted = {(job, int(seed)) for word, job, seed in lines if word == "accepted"}
    ends = [(job, int(number)) for word, job, number in lines if word == "end"]
    wrong = [f"{len(accepted)} jobs for {jobs} keys"] if len(accepted) != jobs else []
    wrong += [
        f"{job}: it was told to end {ends.count((job, n))} times"
        for job, n in ends
        if ends.count((job, n)) > 1
    ]
    async with Engine(folder / "jobs", EngineSettings(devices=())) as engine:
        known = {info.job: info.state for info in engine.jobs(OWNER)}
        for job, seed in accepted:
            if job not in known or not known[job].final:
                wrong.append(f"{job}: it was accepted, and has no end")
            elif any(
                about == job and engine.events(OWNER, job)[-1].number != number for about, number in ends
            ):
                wrong.append(f"{job}: it was told another end than the one it has")
            elif known[job] is JobState.SUCCEEDED and await engine.result(OWNER, job, 0) != painted(seed):
                wrong.append(f"{job}: its result is another's")
    return list(known.values()), wrong


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, usual in (("jobs", 100), ("kills", 20), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        asyncio.run(serve(arguments.serve, arguments.jobs))
        return 0
    os.environ["PYTHONPATH"] = str(ROOT)
    rng = random.Random(arguments.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for life in range(arguments.kills + 1):
            command = [sys.executable, "-m", "tests.stress.kill_server", "--serve", folder]
            server = subprocess.Popen(
                [*command, "--jobs", str(arguments.jobs)], stdout=subprocess.PIPE, cwd=ROOT
            )
            assert server.stdout is not None and server.stdout.readline() == b"here\n"
            if life < arguments.kills:
                time.sleep(rng.uniform(0, LONGEST_LIFE_S))
                server.send_signal(signal.SIGKILL)
            server.wait()
        states, wrong = asyncio.run(inspect(Path(folder), arguments.jobs))
    print(
        f"server killed {arguments.kills} times during {arguments.jobs} jobs, "
        f"in {time.monotonic() - began:.0f} s: {states.count(JobState.SUCCEEDED)} succeeded, "
        f"{states.count(JobState.FAILED)} failed, {len(wrong)} wrong"
    )
    print(*wrong, sep="\n", end="")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
