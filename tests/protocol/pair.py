"""Two sessions that talk to each other, with limits small enough to meet."""

from typing import Any

from dreammix.protocol.asking import Done, ErrorReport
from dreammix.protocol.codec import decode
from dreammix.protocol.jobs import JobInfo, JobKind, JobState
from dreammix.protocol.limits import Limits
from dreammix.protocol.messages import AnyMessage, Failure, Hello, Reply, Request, Side, Welcome
from dreammix.protocol.payloads import Fetch, FileForm, Form, SubjectThumbnail, Upload
from dreammix.protocol.session import SPEAKERS, Deliver, Send, Session
from dreammix.protocol.transfer import chunks

LIMITS = Limits(pending_requests=3, uploads=2, upload_bytes=100, held_bytes=150, chunk_bytes=8)
REPORT = ErrorReport("error", "a", "b", "c")
HELLO = Hello(client="test", version="1")
THUMBNAIL = Fetch(SubjectThumbnail("pip"))
JOB = JobInfo(
    job="j", key="k", kind=JobKind.INSERT, created="2026-01-01T00:00:00Z", state=JobState.QUEUED, last=0
)


class Pair:
    """A client's and a server's session, and nothing between them."""

    def __init__(self, limits: Limits | None = LIMITS) -> None:
        self.ends = {side: Session(side) for side in Side}
        self.client, self.server = self.ends[Side.CLIENT], self.ends[Side.SERVER]
        if limits is not None:
            self.say(HELLO)
            self.say(Welcome(version="1", session="s", resumed=False, limits=limits))

    def say(self, message: AnyMessage, speaker: Side | None = None) -> tuple[Any, ...]:
        """Let a message go through: it must arrive as it was sent."""
        speaker = speaker or SPEAKERS[type(message)][0]
        actions = self.ends[speaker.other].receive(self.ends[speaker].send(message))
        assert actions == (Deliver(message),)
        return actions

    def upload(self, number: int, size: int, form: Form | None = None) -> None:
        """Send a file whole, and let the server say so."""
        self.say(Request(number, Upload(form or FileForm(size))))
        for chunk in chunks(number, bytes(size), LIMITS.chunk_bytes):
            self.say(chunk)
        self.say(Reply(number, Done()))


def refused(actions: tuple[Any, ...]) -> Failure:
    """The failure that a server's session answers by itself."""
    (action,) = actions
    assert isinstance(action, Send)
    failure = decode(action.data, Side.SERVER)
    assert isinstance(failure, Failure)
    return failure
