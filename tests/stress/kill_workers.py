"""Kill workers at random while clients wait for their jobs: each job must end exactly once.

    python -m tests.stress.kill_workers [--jobs 300] [--kills 100] [--clients 4] [--workers 2] [--seed 0]

Real worker processes, the real engine, tiny pictures. Says its figures in one line, and ends with 1 where a
job was lost, ended twice, or has not the result that it says.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from dreammix.protocol.jobs import JobState
from dreammix_backend.engine import Engine, EngineSettings
from tests.backend.artists import Artist, is_end
from tests.small_tools import WORKERS, painted, request

ROOT = Path(__file__).parents[2]
LONGEST_PAUSE_S = 0.3
"""The longest pause before a kill, in seconds: about what a job takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How it went: jobs by their end, and what must be none."""

    succeeded: int
    failed: int
    killed: int
    wrong: tuple[str, ...]


async def stress(
    folder: Path, *, jobs: int, kills: int, clients: int, workers: int, rng: random.Random
) -> Figures:
    """Have `jobs` jobs done for `clients` clients while `kills` workers are killed."""
    settings = EngineSettings(
        devices=tuple(f"device{number}" for number in range(workers)), workers=WORKERS, max_jobs=jobs
    )
    async with Engine(folder, settings) as engine:
        artists = [Artist(engine, f"client{number}") for number in range(clients)]
        asked = [
            (artist, await artist.ask(request("slow", seed=number)), number)
            for number, artist in zip(range(jobs), artists * jobs, strict=False)
        ]
        killed = asyncio.create_task(_kill(engine, artists, kills, jobs, rng))
        for artist, job, _ in asked:
            await artist.end(job)
        count = await killed
        wrong = []
        for artist, job, seed in asked:
            ends = [event for event in artist.events(job) if is_end(event)]
            told = engine.events(artist.name, job)
            if len(ends) != 1 or artist.events(job)[-1] is not ends[0] or told[-1].event != ends[0]:
                wrong.append(f"{job}: its ends are {ends}")
            elif artist.states(job)[-1] is JobState.SUCCEEDED:
                if await engine.result(artist.name, job, 0) != painted(seed):
                    wrong.append(f"{job}: its result is another's")
            elif artist.states(job).count(JobState.RUNNING) != 2:
                wrong.append(f"{job}: it failed, but was not tried twice")
        states = [artist.states(job)[-1] for artist, job, _ in asked]
    return Figures(
        succeeded=states.count(JobState.SUCCEEDED),
        failed=states.count(JobState.FAILED),
        killed=count,
        wrong=tuple(wrong),
    )


async def _kill(engine: Engine, artists: list[Artist], kills: int, jobs: int, rng: random.Random) -> int:
    """Kill a random worker, as often as asked, spread over all jobs: in whatever it does by then."""
    for number in range(kills):
        while sum(is_end(n.event) for artist in artists for _, n in artist.told) < jobs * number // (
            kills + 1
        ):
            await asyncio.sleep(LONGEST_PAUSE_S / 10)
        await asyncio.sleep(rng.uniform(0, LONGEST_PAUSE_S))
        while not _killed_one(engine, rng):
            await asyncio.sleep(0)
    return kills


def _killed_one(engine: Engine, rng: random.Random) -> bool:
    """Kill one of the workers; False where none runs, or the chosen one has just ended by itself."""
    pids = [state.pid for state in engine.workers() if state.pid is not None]
    try:
        os.kill(rng.choice(pids), signal.SIGKILL)
    except (IndexError, ProcessLookupError):
        return False
    return True


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, usual in (("jobs", 300), ("kills", 100), ("clients", 4), ("workers", 2), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    arguments = vars(parser.parse_args())
    os.environ["PYTHONPATH"] = str(ROOT)
    rng = random.Random(arguments.pop("seed"))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(stress(Path(folder), rng=rng, **arguments))
    print(
        f"{figures.killed} workers killed over {arguments['jobs']} jobs of {arguments['clients']} clients in "
        f"{time.monotonic() - began:.0f} s: {figures.succeeded} succeeded, "
        f"{figures.failed} failed after two tries, {len(figures.wrong)} wrong"
    )
    print(*figures.wrong, sep="\n", end="")
    return bool(figures.wrong)


if __name__ == "__main__":
    sys.exit(main())
