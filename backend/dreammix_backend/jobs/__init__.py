"""Jobs as values: their life, their order, their events. No process, no file and no clock lives here."""

from dreammix_backend.jobs.events import EventLog, Lasting, LastingEvent, Numbered
from dreammix_backend.jobs.order import Job, JobOrder, Request, split
from dreammix_backend.jobs.queue import Queue
from dreammix_backend.jobs.states import ImpossibleSignal, Signal, Status, after

__all__ = [
    "EventLog",
    "ImpossibleSignal",
    "Job",
    "JobOrder",
    "Lasting",
    "LastingEvent",
    "Numbered",
    "Queue",
    "Request",
    "Signal",
    "Status",
    "after",
    "split",
]
