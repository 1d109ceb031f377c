"""The session: what may be said when, and what becomes of it."""

import pytest

from dreammix.protocol import InvalidMessage, UnexpectedMessage
from dreammix.protocol.asking import Done
from dreammix.protocol.codec import encode
from dreammix.protocol.jobs import AcknowledgeJob, FollowJob, JobChanged, JobState
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
from dreammix.protocol.payloads import Begin, Chunk, FileForm, Upload
from dreammix.protocol.services import Described, Ping
from dreammix.protocol.session import SPEAKERS, TRANSITIONS, Close, Deliver, Send, State
from tests.protocol.pair import HELLO, JOB, LIMITS, REPORT, THUMBNAIL, Pair, refused

WELCOME = Welcome(version="1", session="s", resumed=False, limits=LIMITS)
RUNNING = JobChanged(state=JobState.RUNNING)
ENDED = JobChanged(state=JobState.SUCCEEDED)

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
