"""Kill `dreammix serve` at random, start it again: nothing that was told may be taken back.

    python -m tests.stress.kill_server [--jobs 100] [--kills 20] [--clients 4] [--seed 0]

The real server as a process of its own, its workers, and clients that connect again, resume their sessions
and ask again for what was not answered. Every process that a killed server leaves must end by itself. Every
job that was accepted ends exactly once, over all lives of the server, and at the end every result is there
that was told. Says its figures in one line, and ends with 1 where that does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from websockets.exceptions import WebSocketException

from dreammix.protocol import Box
from dreammix.protocol.jobs import FollowJob, Insert, JobChanged, JobState, ListJobs
from dreammix.protocol.payloads import ResultPicture
from tests.backend.serving import PATIENCE_S, Client, Serving, connected, start
from tests.small_tools import SIZE, painted, request

TOOLS: Final = "tests.small_tools:load"
LONGEST_LIFE_S: Final = 4.0
"""The longest life of a server that is killed, in seconds, from its first words on."""
_CUT: Final = (ConnectionError, WebSocketException)
"""What a client meets when its server is killed."""


@dataclass
class Wish:
    """One job that a client wants: what it has been told of it.

    Attributes:
        seed: which picture comes out.
        job: its id, once it was accepted.
        last: the number of the newest event that was told.
        ends: its ends, each with its number, as often as they were told.
    """

    seed: int
    job: str | None = None
    last: int = 0
    ends: list[tuple[int, JobState]] = field(default_factory=list)


class Server:
    """The server of this moment; it changes with each life."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.now: Serving | None = start(folder, tools=TOOLS)
        self.orphans = 0
        self.left_over: list[int] = []

    async def restart(self) -> None:
        """Kill it, and start the next; its children are to end by themselves."""
        process = self._gone()
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        self.orphans += len(children)
        _, left = await asyncio.to_thread(psutil.wait_procs, children, timeout=PATIENCE_S)
        self.left_over += [each.pid for each in left]
        self.now = await asyncio.to_thread(start, self._folder, tools=TOOLS)

    def end(self) -> None:
        """Have the last one end in order."""
        process = self._gone()
        process.terminate()
        process.wait(PATIENCE_S)

    def _gone(self) -> subprocess.Popen[bytes]:
        assert self.now is not None
        process, self.now = self.now.process, None
        return process


class Artist:
    """A client that wants some jobs done, and does not mind how often its connection ends."""

    def __init__(self, server: Server, seeds: range) -> None:
        self.wishes = [Wish(seed) for seed in seeds]
        self.wrong: list[str] = []
        self.connections = 0
        self._server = server
        self._session: str | None = None

    @property
    def satisfied(self) -> bool:
        """Whether everything has ended."""
        return all(wish.ends for wish in self.wishes)

    async def run(self) -> None:
        """Until everything has ended."""
        while not self.satisfied:
            try:
                async with self._connected() as client:
                    await self._ask(client)
                    await self._listen(client)
            except _CUT:
                await asyncio.sleep(0.05)

    async def inspect(self) -> None:
        """See whether everything that was told is still there."""
        async with self._connected() as client:
            known = {info.job: info.state for info in (await client.ask(ListJobs())).jobs}
            if len(known) != len(self.wishes):
                self.wrong.append(f"{len(known)} jobs for {len(self.wishes)} keys")
            for wish in self.wishes:
                assert wish.job is not None
                if len(set(wish.ends)) != 1:
                    self.wrong.append(f"{wish.job}: it was told to end as {set(wish.ends)}")
                elif known.get(wish.job) is not wish.ends[0][1]:
                    self.wrong.append(f"{wish.job}: it ended as {wish.ends[0][1]}, and is not that any more")
                elif wish.ends[0][1] is JobState.SUCCEEDED and (
                    await client.fetch(ResultPicture(wish.job, 0)) != painted(wish.seed)
                ):
                    self.wrong.append(f"{wish.job}: its result is another's")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        if self._server.now is None:
            raise ConnectionError("there is no server")
        async with connected(self._server.now.endpoint, session=self._session) as client:
            self.connections += 1
            if not client.welcome.resumed and any(wish.job for wish in self.wishes):
                self.wrong.append(f"session {self._session} is not known any more")
            self._session = client.welcome.session
            yield client

    async def _ask(self, client: Client) -> None:
        """Ask again for what was not answered, and follow what was accepted."""
        for wish in self.wishes:
            if wish.job is not None:
                await client.ask(FollowJob(wish.job, wish.last))
                continue
            asked = request("slow", seed=wish.seed)
            scene, mask = await client.upload(asked.scene), await client.upload(asked.mask)
            info = await client.ask(
                Insert(
                    key=f"key{wish.seed}",
                    scene=scene,
                    mask=mask,
                    window=Box.of(SIZE),
                    prompt=asked.prompt,
                    seed=wish.seed,
                )
            )
            wish.job = info.job

    async def _listen(self, client: Client) -> None:
        """Note what is told, until everything has ended or the connection has."""
        by_job = {wish.job: wish for wish in self.wishes}
        while not self.satisfied:
            told = asyncio.ensure_future(client.events.get())
            await asyncio.wait((told, client.ended), return_when=asyncio.FIRST_COMPLETED)
            if not told.done():
                told.cancel()
                return client.ended.result()
            event, wish = told.result(), by_job[told.result().job]
            if event.sequence <= wish.last:
                self.wrong.append(f"{wish.job}: event {event.sequence} was told after {wish.last}")
            wish.last = event.sequence
            if isinstance(event.event, JobChanged) and event.event.state.final:
                wish.ends.append((event.sequence, event.event.state))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How it went: jobs by their end, what was ended on the way, and what must be none."""

    succeeded: int
    failed: int
    reconnections: int
    orphans: int
    wrong: tuple[str, ...]


async def stress(folder: Path, *, jobs: int, kills: int, clients: int, rng: random.Random) -> Figures:
    """Have `jobs` jobs done for `clients` clients by a server that is killed `kills` times."""
    server = Server(folder)
    artists = [Artist(server, range(number, jobs, clients)) for number in range(clients)]
    running = [asyncio.create_task(artist.run()) for artist in artists]
    for _ in range(kills):
        await asyncio.sleep(rng.uniform(0, LONGEST_LIFE_S))
        await server.restart()
    await asyncio.gather(*running)
    for artist in artists:
        await artist.inspect()
    server.end()
    ends = [wish.ends[0][1] for artist in artists for wish in artist.wishes]
    return Figures(
        succeeded=ends.count(JobState.SUCCEEDED),
        failed=ends.count(JobState.FAILED),
        reconnections=sum(artist.connections - 1 for artist in artists),
        orphans=server.orphans,
        wrong=(
            *(line for artist in artists for line in artist.wrong),
            *(f"process {pid} outlived its server" for pid in server.left_over),
        ),
    )


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, usual in (("jobs", 100), ("kills", 20), ("clients", 4), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    arguments = vars(parser.parse_args())
    rng = random.Random(arguments.pop("seed"))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(stress(Path(folder), rng=rng, **arguments))
    print(
        f"server killed {arguments['kills']} times during {arguments['jobs']} jobs of {arguments['clients']} "
        f"clients, in {time.monotonic() - began:.0f} s: {figures.succeeded} succeeded, {figures.failed} "
        f"failed, {figures.reconnections} reconnections, {figures.orphans} orphans ended, "
        f"{len(figures.wrong)} wrong"
    )
    print(*figures.wrong, sep="\n", end="")
    return bool(figures.wrong)


if __name__ == "__main__":
    sys.exit(main())
