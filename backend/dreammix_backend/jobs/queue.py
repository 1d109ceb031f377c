"""Who is next: inserts before teaching, and within each the owners in turn."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from dreammix.protocol.jobs import JobKind

URGENCY: Final = (JobKind.INSERT, JobKind.TEACH)
"""Which kinds of job go first."""


class Queue:
    """Jobs that wait, by kind and owner.

    Within a kind the owners take turns: whoever was served goes behind all the others, so that a hundred jobs
    of one artist delay another's first by no more than the one that runs.
    """

    def __init__(self) -> None:
        self._kinds: dict[JobKind, OrderedDict[str, deque[str]]] = {kind: OrderedDict() for kind in URGENCY}

    def put(self, job: str, owner: str, kind: JobKind, *, first: bool = False) -> None:
        """Add a job behind its owner's others; `first`: before everybody's, as it had its turn already."""
        owners = self._kinds[kind]
        waiting = owners.setdefault(owner, deque())
        if first:
            waiting.appendleft(job)
            owners.move_to_end(owner, last=False)
        else:
            waiting.append(job)

    def take(self) -> str | None:
        """Take out the job that is next; None where none waits."""
        for owners in self._kinds.values():
            if owners:
                owner, waiting = next(iter(owners.items()))
                job = waiting.popleft()
                owners.move_to_end(owner)
                if not waiting:
                    del owners[owner]
                return job
        return None

    def remove(self, job: str) -> None:
        """Take out a job, if it waits."""
        for owners in self._kinds.values():
            for owner, waiting in owners.items():
                if job in waiting:
                    waiting.remove(job)
                    if not waiting:
                        del owners[owner]
                    return

    def waiting(self, kind: JobKind) -> int:
        """How many jobs of a kind wait."""
        return sum(len(waiting) for waiting in self._kinds[kind].values())

    def ahead(self, job: str) -> int | None:
        """How many waiting jobs come before it; None where it does not wait."""
        return next((place for place, waiting in enumerate(self) if waiting == job), None)

    def __iter__(self) -> Iterator[str]:
        """The jobs in the order in which they would be taken now."""
        for owners in self._kinds.values():
            for turn in zip_longest(*owners.values()):
                yield from (job for job in turn if job is not None)
