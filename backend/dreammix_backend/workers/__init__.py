"""Worker processes as the server sees them: what is said to them, and one who watches each."""

from dreammix_backend.workers.messages import Broke, Finished, Lost, Outcome, Paused, Stopped
from dreammix_backend.workers.process import Worker, WorkerState
from dreammix_backend.workers.settings import MAX_LOSSES, WorkerSettings

__all__ = [
    "MAX_LOSSES",
    "Broke",
    "Finished",
    "Lost",
    "Outcome",
    "Paused",
    "Stopped",
    "Worker",
    "WorkerSettings",
    "WorkerState",
]
