"""The conversation of one connection, without the connection: messages in, actions out, and no waiting.

Either end keeps one `Session` and tells it everything that it sends and receives, so that both hold the same
picture of the conversation: the state, the requests that wait for answers, the transfers, the events of each
job. What may be said when is the table `TRANSITIONS`. A request that cannot be met is answered with a failure
and the conversation goes on; what is no message, or is out of turn, ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from dreammix.protocol.asking import Asks, ErrorReport, answer_of
from dreammix.protocol.codec import Unreadable, decode, encode
from dreammix.protocol.errors import DreamMixError, TransferRejected, UnexpectedMessage
from dreammix.protocol.jobs import AcknowledgeJob, FollowJob, JobChanged
from dreammix.protocol.limits import MAX_SEQUENCE, Limits
from dreammix.protocol.messages import (
    AnyMessage,
    Failure,
    Goodbye,
    Hello,
    JobEvent,
    Reply,
    Request,
    Side,
    Welcome,
)
from dreammix.protocol.payloads import Abandon, Begin, Chunk, Fetch, Upload
from dreammix.protocol.shapes import tag
from dreammix.protocol.transfer import Transfers
from dreammix.protocol.words import Word

VIOLATION_CODE: Final = 1002
"""The websocket's close code after a `Close`: a violation of the protocol."""


class State(Word):
    """How far a connection has come."""

    CONNECTED = "connected"
    """The websocket is open and nothing was said."""
    GREETED = "greeted"
    """The client has said hello."""
    OPEN = "open"
    """The server has welcomed it."""
    CLOSED = "closed"
    """Nothing more is said."""


TRANSITIONS: Final[Mapping[tuple[State, type], State]] = {
    (State.CONNECTED, Hello): State.GREETED,
    (State.CONNECTED, Goodbye): State.CLOSED,
    (State.GREETED, Welcome): State.OPEN,
    (State.GREETED, Goodbye): State.CLOSED,
    (State.OPEN, Request): State.OPEN,
    (State.OPEN, Reply): State.OPEN,
    (State.OPEN, Failure): State.OPEN,
    (State.OPEN, Begin): State.OPEN,
    (State.OPEN, Chunk): State.OPEN,
    (State.OPEN, JobEvent): State.OPEN,
    (State.OPEN, Goodbye): State.CLOSED,
}
"""In which state which message may come, and the state after it; what is not here may not."""

SPEAKERS: Final[Mapping[type, tuple[Side, ...]]] = {
    Hello: (Side.CLIENT,),
    Request: (Side.CLIENT,),
    Welcome: (Side.SERVER,),
    Reply: (Side.SERVER,),
    Failure: (Side.SERVER,),
    Begin: (Side.SERVER,),
    JobEvent: (Side.SERVER,),
    Goodbye: (Side.SERVER,),
    Chunk: (Side.CLIENT, Side.SERVER),
}
"""Who may say what."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message for this end to act on."""

    message: AnyMessage


@dataclass(frozen=True, slots=True)
class Send:
    """Something to be sent to the other end."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class Close:
    """The connection to be closed with `VIOLATION_CODE`, because the other end broke the protocol."""

    error: ErrorReport


Action: TypeAlias = Deliver | Send | Close
"""What is to be done about something received."""


class Session:
    """One end's view of a conversation.

    Attributes:
        side: which end it is.
        state: how far the conversation has come.
        limits: what may be under way; a server's own, which a client learns with its welcome.
        uploads: uploads that are under way or not yet used.
        downloads: fetches that are under way.
    """

    def __init__(self, side: Side) -> None:
        """Begin with an open websocket and nothing said."""
        self.side = side
        self.state = State.CONNECTED
        self.limits = Limits()
        self.uploads = Transfers()
        self.downloads = Transfers()
        self._pending: dict[int, Asks[object]] = {}
        self._number = 0
        self._sequences: dict[str, int] = {}

    @property
    def waiting(self) -> tuple[int, ...]:
        """Numbers of the requests that are not answered, oldest first."""
        return tuple(self._pending)

    @property
    def next_number(self) -> int:
        """A number for the client's next request."""
        return self._number + 1

    def send(self, message: AnyMessage) -> str | bytes:
        """What to send for a message.

        Raises a DreamMixError and changes nothing where it may not be sent now: an UnexpectedMessage is this
        end's own mistake, a TransferRejected says which limit it would break.
        """
        self._check_turn(message, self.side)
        data = encode(message)
        self._note(message, self.side)
        self._pass(message)
        return data

    def receive(self, data: str | bytes) -> tuple[Action, ...]:
        """What to do about something received; nothing once the conversation is closed."""
        if self.state is State.CLOSED:
            return ()
        sender = self.side.other
        try:
            message = decode(data, sender)
            self._check_turn(message, sender)
        except DreamMixError as error:
            return self._hang_up(error)
        if self._is_late(message, sender):
            return ()
        try:
            if isinstance(message, Unreadable):
                raise message.error
            self._note(message, sender)
        except DreamMixError as error:
            if isinstance(message, (Request, Unreadable, Chunk)) and self.side is Side.SERVER:
                return (self._refuse(message.number, error),)
            return self._hang_up(error)
        self._pass(message)
        return (Deliver(message),)

    def _check_turn(self, message: AnyMessage | Unreadable, speaker: Side) -> None:
        kind = Request if isinstance(message, Unreadable) else type(message)
        if speaker not in SPEAKERS[kind] or (self.state, kind) not in TRANSITIONS:
            raise _unexpected(
                f"The {speaker} said {tag(kind)}",
                f"it has no meaning from there while the connection is {self.state}",
            )
        if isinstance(message, (Request, Unreadable)) and message.number <= self._number:
            raise _unexpected(
                f"A request has the number {message.number}", f"the one before had {self._number}"
            )
        if isinstance(message, Chunk) and message.number > self._number:
            raise _unexpected(f"A chunk belongs to transfer {message.number}", "it was never begun")

    def _is_late(self, message: AnyMessage | Unreadable, sender: Side) -> bool:
        """Whether it is a chunk of a transfer that has ended: it was sent before its sender could know."""
        if not isinstance(message, Chunk):
            return False
        transfers = self._transfers(sender)
        return message.number not in transfers or transfers.complete(message.number)

    def _note(self, message: AnyMessage, speaker: Side) -> None:
        """Keep in mind what a message changes. Raises a DreamMixError and changes nothing where it cannot."""
        match message:
            case Welcome():
                self.limits = message.limits
            case Request():
                self._ask(message.number, message.body)
            case Reply():
                self._answer(message)
            case Failure():
                self._asked(message.number, object)
                self._forget(message.number)
            case Begin():
                self._begin(message)
            case Chunk():
                self._count(message, speaker)
            case JobEvent():
                self._happen(message)
            case _:  # Hello and Goodbye change the state, and nothing else.
                pass

    def _pass(self, message: AnyMessage) -> None:
        self.state = TRANSITIONS[self.state, type(message)]

    def _ask(self, number: int, body: Asks[object]) -> None:
        if len(self._pending) >= self.limits.pending_requests:
            raise UnexpectedMessage(
                f"{len(self._pending)} requests wait for their answers",
                "more are not allowed",
                "Wait for some of them",
            )
        taken = {n for asked in self._pending.values() if asked.uses_up for n in asked.uploads}
        for upload in body.uploads:
            if not self.uploads.complete(upload) or (body.uses_up and upload in taken):
                raise TransferRejected(
                    f"There is no upload {upload}",
                    "it was not begun, has not come to its end, or was used already",
                    "Upload it first",
                )
            taken.add(upload)
        if isinstance(body, Upload):
            self.uploads.open(number, body.form, self.limits)
        self._pending[number] = body
        self._number = number

    def _answer(self, reply: Reply) -> None:
        asked = self._asked(reply.number, object)
        wanted = answer_of(type(asked))
        if type(reply.body) is not wanted:
            raise _unexpected(
                f"Request {reply.number} is answered by {tag(type(reply.body))}",
                f"it asked for {tag(wanted)}",
            )
        transfers = {Upload: self.uploads, Fetch: self.downloads}.get(type(asked))
        if transfers is not None and not transfers.complete(reply.number):
            raise _unexpected(f"Transfer {reply.number} is answered", "it has not come to its end")
        del self._pending[reply.number]
        self.downloads.close(reply.number)
        if asked.uses_up:
            for upload in asked.uploads:
                self.uploads.close(upload)
        if isinstance(asked, Abandon):
            self.uploads.close(asked.number)
        if isinstance(asked, FollowJob):
            self._sequences[asked.job] = asked.after
        if isinstance(asked, AcknowledgeJob):
            self._sequences.pop(asked.job, None)

    def _begin(self, begin: Begin) -> None:
        self._asked(begin.number, Fetch)
        if begin.number in self.downloads:
            raise _unexpected(f"Transfer {begin.number} begins", "it has begun already")
        self.downloads.open(begin.number, begin.form)

    def _count(self, chunk: Chunk, speaker: Side) -> None:
        transfers = self._transfers(speaker)
        if chunk.number not in transfers:
            raise TransferRejected(
                f"A chunk belongs to transfer {chunk.number}", "it has ended", "Begin it again"
            )
        if speaker is Side.CLIENT and len(chunk.data) > self.limits.chunk_bytes:
            raise TransferRejected(
                f"A chunk has {len(chunk.data)} bytes",
                f"this server takes {self.limits.chunk_bytes}",
                "Send smaller chunks",
            )
        transfers.take(chunk)

    def _happen(self, event: JobEvent) -> None:
        last = self._sequences.get(event.job, 0)
        if event.sequence <= last:
            raise _unexpected(
                f"Job {event.job} reports its event {event.sequence}", f"the one before was {last}"
            )
        ended = isinstance(event.event, JobChanged) and event.event.state.final
        self._sequences[event.job] = MAX_SEQUENCE if ended else event.sequence

    def _asked(self, number: int, kind: type) -> Asks[object]:
        """The request of that number, which waits for its answer and is a `kind`."""
        asked = self._pending.get(number)
        if asked is None or not isinstance(asked, kind):
            raise _unexpected(f"Something answers request {number}", "no such request waits for an answer")
        return asked

    def _forget(self, number: int) -> None:
        self._pending.pop(number, None)
        self.uploads.close(number)
        self.downloads.close(number)

    def _transfers(self, speaker: Side) -> Transfers:
        return self.uploads if speaker is Side.CLIENT else self.downloads

    def _refuse(self, number: int, error: DreamMixError) -> Send:
        self._forget(number)
        self._number = max(self._number, number)
        return Send(encode(Failure(number, ErrorReport.of(error))))

    def _hang_up(self, error: DreamMixError) -> tuple[Action, ...]:
        report = ErrorReport.of(error)
        self.state = State.CLOSED
        if self.side is Side.CLIENT:
            return (Close(report),)
        return Send(encode(Goodbye(report))), Close(report)


def _unexpected(what: str, why: str) -> UnexpectedMessage:
    return UnexpectedMessage(what, why, "Report this as a defect")
