"""The session: what may be said when, and what becomes of it."""

from typing import Any

import pytest

from dreammix.protocol import (
    Box,
    InvalidMessage,
    StorageFull,
    TransferRejected,
    UnexpectedMessage,
)
from dreammix.protocol.asking import Done, ErrorReport
from dreammix.protocol.codec import HEADER, decode, encode
from dreammix.protocol.jobs import (
    AcknowledgeJob,
    FollowJob,
    Insert,
    JobChanged,
    JobInfo,
    JobKind,
    JobState,
)
from dreammix.protocol.library import CreateSubject
from dreammix.protocol.limits import Limits
from dreammix.protocol.messages import (
    AnyMessage,
    Ask,
    Failure,
    Goodbye,
    Hello,
    JobEvent,
    Reply,
    Request,
    Side,
    Welcome,
)
from dreammix.protocol.payloads import (
    Abandon,
    Begin,
    Chunk,
    Fetch,
    FileForm,
    Form,
    SubjectThumbnail,
    Upload,
)
from dreammix.protocol.services import Described, DescribePictures, Ping
from dreammix.protocol.session import (
    SPEAKERS,
    TRANSITIONS,
    Close,
    Deliver,
    Send,
    Session,
    State,
)
from dreammix.protocol.transfer import chunks

LIMITS = Limits(pending_requests=3, uploads=2, upload_bytes=100, held_bytes=150, chunk_bytes=8)
REPORT = ErrorReport("error", "a", "b", "c")
HELLO = Hello(client="test", version="1")
WELCOME = Welcome(version="1", session="s", resumed=False, limits=LIMITS)
RUNNING = JobChanged(state=JobState.RUNNING)
ENDED = JobChanged(state=JobState.SUCCEEDED)
THUMBNAIL = Fetch(SubjectThumbnail("pip"))
JOB = JobInfo(
    job="j", key="k", kind=JobKind.INSERT, created="2026-01-01T00:00:00Z", state=JobState.QUEUED, last=0
)

# In OPEN, request 1 is a ping, 2 an upload of one byte and 3 a fetch of one byte that has begun.
SAMPLES: dict[type, dict[Side, AnyMessage]] = {
    Hello: dict.fromkeys(Side, HELLO),
    Welcome: dict.fromkeys(Side, WELCOME),
    Request: dict.fromkeys(Side, Request(9, Ping())),
    Reply: dict.fromkeys(Side, Reply(1, Done())),
    Failure: dict.fromkeys(Side, Failure(1, REPORT)),
    Begin: dict.fromkeys(Side, Begin(4, FileForm(1))),
    JobEvent: dict.fromkeys(Side, JobEvent("j", 1, RUNNING)),
    Goodbye: dict.fromkeys(Side, Goodbye(REPORT)),
    Chunk: {Side.CLIENT: Chunk(2, 0, b"x"), Side.SERVER: Chunk(3, 0, b"x")},
}


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


def in_state(state: State) -> Pair:
    """A pair that has come to a state, by what leads there."""
    pair = Pair(None)
    if state is State.CONNECTED:
        return pair
    pair.say(HELLO)
    if state is State.GREETED:
        return pair
    pair.say(Welcome(version="1", session="s", resumed=False, limits=Limits()))
    bodies: tuple[Ask, ...] = (Ping(), Upload(FileForm(1)), THUMBNAIL, THUMBNAIL)
    for number, body in enumerate(bodies, start=1):
        pair.say(Request(number, body))
    pair.say(Begin(3, FileForm(1)))
    if state is State.CLOSED:
        pair.say(Goodbye(REPORT))
    return pair


def refused(actions: tuple[Any, ...]) -> Failure:
    """The failure that a server's session answers by itself."""
    (action,) = actions
    assert isinstance(action, Send)
    failure = decode(action.data, Side.SERVER)
    assert isinstance(failure, Failure)
    return failure


EVERYTHING = [(state, kind, speaker) for state in State for kind in SAMPLES for speaker in Side]


@pytest.mark.parametrize(("state", "kind", "speaker"), EVERYTHING)
def test_every_message_in_every_state(state: State, kind: type, speaker: Side) -> None:
    """Security 15: what the table allows arrives and leads on; anything else ends the connection."""
    pair = in_state(state)
    message = SAMPLES[kind][speaker]
    receiver = pair.ends[speaker.other]
    actions = receiver.receive(encode(message))
    if state is State.CLOSED:
        assert (actions, receiver.state) == ((), State.CLOSED)
    elif speaker in SPEAKERS[kind] and (state, kind) in TRANSITIONS:
        assert actions == (Deliver(message),)
        assert receiver.state is TRANSITIONS[state, kind]
    else:
        assert isinstance(actions[-1], Close)
        assert actions[-1].error.code in (UnexpectedMessage.code, InvalidMessage.code)
        assert receiver.state is State.CLOSED


@pytest.mark.parametrize(("state", "kind", "speaker"), EVERYTHING)
def test_every_message_sent_in_every_state(state: State, kind: type, speaker: Side) -> None:
    """An end's own mistake is raised before it leaves, and changes nothing."""
    pair = in_state(state)
    session = pair.ends[speaker]
    message = SAMPLES[kind][speaker]
    if speaker in SPEAKERS[kind] and (state, kind) in TRANSITIONS:
        assert session.send(message) == encode(message)
        assert session.state is TRANSITIONS[state, kind]
    else:
        with pytest.raises(UnexpectedMessage):
            session.send(message)
        assert session.state is state


def test_the_table_names_every_message() -> None:
    """A new message needs a row, and somebody who may say it."""
    assert {kind for _, kind in TRANSITIONS} == set(SPEAKERS) == set(SAMPLES)


def test_a_server_says_why_it_hangs_up() -> None:
    """Security 12: a goodbye, then the close; what still comes is not looked at."""
    server = Pair().server
    goodbye, close = server.receive("{")
    assert isinstance(goodbye, Send) and isinstance(close, Close)
    assert goodbye.data == encode(Goodbye(close.error))
    assert server.receive("{") == ()


def test_a_client_learns_the_limits_with_its_welcome() -> None:
    """Both ends count alike from then on."""
    pair = Pair()
    assert pair.client.limits == pair.server.limits == LIMITS


def test_a_request_that_cannot_be_read_is_answered() -> None:
    """Security 23: a newer client's request fails; the connection goes on."""
    pair = Pair()
    failure = refused(pair.server.receive('{"type":"request","number":5,"body":{"type":"teleport"}}'))
    assert (failure.number, failure.error.code) == (5, InvalidMessage.code)
    assert pair.server.receive(encode(Request(6, Ping()))) == (Deliver(Request(6, Ping())),)


@pytest.mark.parametrize("number", [1, 2])
def test_numbers_of_requests_rise(number: int) -> None:
    """An answer can belong to one request only."""
    pair = Pair()
    pair.say(Request(2, Ping()))
    with pytest.raises(UnexpectedMessage):
        pair.client.send(Request(number, Ping()))
    assert isinstance(pair.server.receive(encode(Request(number, Ping())))[-1], Close)


def test_the_next_number_may_be_used() -> None:
    """A client need not count."""
    pair = Pair()
    pair.say(Request(pair.client.next_number, Ping()))
    pair.say(Request(pair.client.next_number, Ping()))
    assert pair.server.waiting == pair.client.waiting == (1, 2)


def test_a_request_too_many_is_refused() -> None:
    """Security 15: a client waits for some of its answers first."""
    pair = Pair()
    for number in (1, 2, 3):
        pair.say(Request(number, Ping()))
    with pytest.raises(UnexpectedMessage):
        pair.client.send(Request(4, Ping()))
    assert refused(pair.server.receive(encode(Request(4, Ping())))).number == 4
    pair.say(Reply(2, Done()))
    pair.say(Request(5, Ping()))
    assert pair.server.waiting == (1, 3, 5)


@pytest.mark.parametrize(
    "answer",
    [Reply(2, Done()), Failure(2, REPORT), Reply(1, Described(())), Begin(1, FileForm(1))],
    ids=["unasked", "unasked failure", "another answer", "bytes"],
)
def test_an_answer_fits_what_was_asked(answer: AnyMessage) -> None:
    """Neither end lets another one pass."""
    pair = Pair()
    pair.say(Request(1, Ping()))
    with pytest.raises(UnexpectedMessage):
        pair.server.send(answer)
    assert isinstance(pair.client.receive(encode(answer))[-1], Close)


def test_a_request_is_answered_once() -> None:
    """The second answer answers nothing."""
    pair = Pair()
    pair.say(Request(1, Ping()))
    pair.say(Failure(1, REPORT))
    with pytest.raises(UnexpectedMessage):
        pair.server.send(Reply(1, Done()))


def test_an_upload_is_answered_when_all_its_bytes_are_there() -> None:
    """Not before."""
    pair = Pair()
    pair.say(Request(1, Upload(FileForm(2))))
    pair.say(Chunk(1, 0, b"a"), Side.CLIENT)
    with pytest.raises(UnexpectedMessage):
        pair.server.send(Reply(1, Done()))
    pair.say(Chunk(1, 1, b"b"), Side.CLIENT)
    pair.say(Reply(1, Done()))
    assert 1 in pair.server.uploads


@pytest.mark.parametrize(
    "chunk",
    [Chunk(1, 1, b"b"), Chunk(1, 0, b"abc"), Chunk(1, 0, b"123456789")],
    ids=["gap", "too many", "too long"],
)
def test_a_wrong_chunk_fails_the_upload(chunk: Chunk) -> None:
    """The connection goes on; chunks that were under way are passed over."""
    pair = Pair()
    pair.say(Request(1, Upload(FileForm(2))))
    with pytest.raises(TransferRejected):
        pair.client.send(chunk)
    failure = refused(pair.server.receive(encode(chunk)))
    assert (failure.number, failure.error.code) == (1, TransferRejected.code)
    assert pair.server.receive(encode(Chunk(1, 0, b"a"))) == ()
    assert 1 not in pair.server.uploads
    pair.client.receive(encode(failure))
    with pytest.raises(TransferRejected):
        pair.client.send(Chunk(1, 0, b"a"))


def test_a_chunk_of_nothing_ends_the_connection() -> None:
    """Security 15: a transfer that was never begun."""
    assert isinstance(Pair().server.receive(HEADER.pack(1, 7, 0) + b"x")[-1], Close)


def test_what_comes_after_the_declared_end_is_passed_over() -> None:
    """The picture is what was declared."""
    pair = Pair()
    pair.upload(1, 2)
    assert pair.server.receive(encode(Chunk(1, 2, b"c"))) == ()


@pytest.mark.parametrize("size", [101, 90], ids=["too large", "too much together"])
def test_an_upload_beyond_the_limits_is_refused(size: int) -> None:
    """Security 11: and nothing is kept of it."""
    pair = Pair()
    pair.upload(1, 80)
    request = Request(2, Upload(FileForm(size)))
    with pytest.raises(TransferRejected):
        pair.client.send(request)
    assert refused(pair.server.receive(encode(request))).error.code == TransferRejected.code
    assert 2 not in pair.server.uploads


def test_a_server_that_cannot_keep_an_upload_says_so() -> None:
    """A full disk ends the upload; the client learns it while it is sending."""
    pair = Pair()
    pair.say(Request(1, Upload(FileForm(2))))
    pair.say(Failure(1, ErrorReport.of(StorageFull("a", "b", "c"))))
    assert 1 not in pair.server.uploads and 1 not in pair.client.uploads


def test_an_upload_is_used_once() -> None:
    """It is kept for the next try where the request fails, and gone where it succeeds."""
    pair = Pair()
    pair.upload(1, 2)
    create = CreateSubject(name="Pip", class_word="mug", pictures=(1,))
    pair.say(Request(2, create))
    pair.say(Failure(2, REPORT))
    assert 1 in pair.server.uploads
    pair.upload(3, 2)
    insert = Insert(prompt="", key="k", scene=1, mask=3, window=Box(0, 0, 1, 1))
    pair.say(Request(4, insert))
    for session in pair.ends.values():
        with pytest.raises(TransferRejected):
            session._ask(5, insert)
    pair.say(Reply(4, JOB))
    assert len(pair.server.uploads) == len(pair.client.uploads) == 0


def test_describing_pictures_keeps_their_uploads() -> None:
    """The artist makes a subject of them afterwards, or meanwhile."""
    pair = Pair()
    pair.upload(1, 2)
    pair.say(Request(2, DescribePictures("mug", (1,))))
    pair.say(Request(3, CreateSubject(name="Pip", class_word="mug", pictures=(1,))))
    pair.say(Reply(2, Described(())))
    assert 1 in pair.server.uploads


@pytest.mark.parametrize("pictures", [(2,), (1, 1)], ids=["never uploaded", "the same twice"])
def test_a_request_names_whole_uploads(pictures: tuple[int, ...]) -> None:
    """Each of them once."""
    pair = Pair()
    pair.upload(1, 2)
    request = Request(3, CreateSubject(name="Pip", class_word="mug", pictures=pictures))
    with pytest.raises(TransferRejected):
        pair.client.send(request)
    assert refused(pair.server.receive(encode(request))).error.code == TransferRejected.code


def test_an_upload_half_way_cannot_be_used() -> None:
    """Bad input: a transfer abandoned half-way."""
    pair = Pair()
    pair.say(Request(1, Upload(FileForm(2))))
    pair.say(Chunk(1, 0, b"a"), Side.CLIENT)
    request = Request(2, CreateSubject(name="Pip", class_word="mug", pictures=(1,)))
    assert refused(pair.server.receive(encode(request))).number == 2


def test_an_abandoned_upload_is_forgotten() -> None:
    """Half-way, it fails as cancelled; whole, it is only let go."""
    pair = Pair()
    pair.upload(1, 2)
    pair.say(Request(2, Upload(FileForm(2))))
    for number, upload in ((3, 1), (4, 2)):
        pair.say(Request(number, Abandon(upload)))
        if upload == 2:
            pair.say(Failure(2, REPORT))
        pair.say(Reply(number, Done()))
    assert len(pair.server.uploads) == len(pair.client.uploads) == 0


def test_a_fetch_brings_its_bytes_before_its_answer() -> None:
    """First what they are, then they themselves."""
    pair = Pair()
    pair.say(Request(1, THUMBNAIL))
    with pytest.raises(UnexpectedMessage):
        pair.server.send(Reply(1, Done()))
    pair.say(Begin(1, FileForm(3)))
    with pytest.raises(UnexpectedMessage):
        pair.server.send(Begin(1, FileForm(3)))
    pair.say(Chunk(1, 0, b"abc"), Side.SERVER)
    pair.say(Reply(1, Done()))
    assert len(pair.client.downloads) == 0


def test_a_fetch_may_fail_half_way() -> None:
    """Its file was deleted, or the client abandoned it."""
    pair = Pair()
    pair.say(Request(1, THUMBNAIL))
    pair.say(Begin(1, FileForm(3)))
    pair.say(Failure(1, REPORT))
    assert pair.client.receive(encode(Chunk(1, 0, b"a"))) == ()


def test_a_server_that_breaks_its_word_is_left() -> None:
    """More bytes than it declared."""
    pair = Pair()
    pair.say(Request(1, THUMBNAIL))
    pair.say(Begin(1, FileForm(1)))
    (close,) = pair.client.receive(encode(Chunk(1, 0, b"ab")))
    assert isinstance(close, Close) and close.error.code == TransferRejected.code


def test_a_server_may_send_larger_chunks_than_it_takes() -> None:
    """Its limit is for what it receives."""
    pair = Pair()
    pair.say(Request(1, THUMBNAIL))
    pair.say(Begin(1, FileForm(20)))
    pair.say(Chunk(1, 0, bytes(20)), Side.SERVER)


@pytest.mark.parametrize("sequence", [1, 2])
def test_events_of_a_job_only_rise(sequence: int) -> None:
    """Security 22: nothing comes twice."""
    pair = Pair()
    pair.say(JobEvent("j", 2, RUNNING))
    with pytest.raises(UnexpectedMessage):
        pair.server.send(JobEvent("j", sequence, RUNNING))
    assert isinstance(pair.client.receive(encode(JobEvent("j", sequence, RUNNING)))[-1], Close)


def test_events_may_leap_and_jobs_count_apart() -> None:
    """Previews that were overtaken are left out."""
    pair = Pair()
    for job, sequence in (("a", 1), ("b", 1), ("a", 5), ("b", 2)):
        pair.say(JobEvent(job, sequence, RUNNING))


def test_nothing_follows_a_final_event() -> None:
    """A job ends once."""
    pair = Pair()
    pair.say(JobEvent("j", 1, ENDED))
    with pytest.raises(UnexpectedMessage):
        pair.server.send(JobEvent("j", 2, ENDED))


def test_a_client_that_follows_again_gets_what_it_missed() -> None:
    """Security 22: after number n, and no other."""
    pair = Pair()
    pair.say(JobEvent("j", 4, ENDED))
    pair.say(Request(1, FollowJob("j", 2)))
    pair.say(Reply(1, JOB))
    with pytest.raises(UnexpectedMessage):
        pair.server.send(JobEvent("j", 2, RUNNING))
    pair.say(JobEvent("j", 3, RUNNING))
    pair.say(JobEvent("j", 4, ENDED))


def test_an_acknowledged_job_is_forgotten() -> None:
    """A session that lives long does not grow."""
    pair = Pair()
    pair.say(JobEvent("j", 1, ENDED))
    pair.say(Request(1, AcknowledgeJob("j")))
    pair.say(Reply(1, Done()))
    assert pair.server._sequences == pair.client._sequences == {}
