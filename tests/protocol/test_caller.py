"""The caller: whole questions out, whole answers in, against the other end's own session."""

from collections.abc import Iterable

import pytest

from dreammix.protocol import Box, InsertRequest, Picture, SampleFormat, Size, StorageFull, UnexpectedMessage
from dreammix.protocol.asking import Done, ErrorReport
from dreammix.protocol.caller import Caller, Data, Fetched, Heard
from dreammix.protocol.codec import encode
from dreammix.protocol.jobs import Insert
from dreammix.protocol.limits import Limits
from dreammix.protocol.messages import AnyMessage, Failure, Goodbye, Hello, Reply, Request, Side, Welcome
from dreammix.protocol.payloads import (
    Begin,
    Chunk,
    Fetch,
    FileForm,
    Form,
    PixelForm,
    ResultPicture,
    SubjectThumbnail,
    Upload,
)
from dreammix.protocol.services import Ping
from dreammix.protocol.session import Deliver, Session

SCENE = Picture(Size(2, 1), SampleFormat.RGBA8, bytes(range(8)))
MASK = Picture(Size(2, 1), SampleFormat.GRAY8, b"\0\1")
ERROR = StorageFull("a", "b", "c")


class Talk:
    """A caller, and the server's session at the other end."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.caller = Caller()
        self.server = Session(Side.SERVER)
        self.server.limits = limits or Limits()
        assert self.told(self.caller.hello("test", "1", artist="ann")) == [
            Hello(client="test", version="1", artist="ann")
        ]
        welcome = Welcome(version="1", session="s", resumed=False, limits=self.server.limits)
        assert self.heard(welcome) == [welcome]

    def told(self, *data: Data) -> list[AnyMessage]:
        """What the server understands."""
        actions = [action for each in data for action in self.server.receive(each)]
        return [action.message for action in actions if isinstance(action, Deliver)]

    def heard(self, *messages: AnyMessage) -> list[Heard]:
        """What the caller makes of the server's messages."""
        return [heard for each in messages for heard in self.caller.receive(self.server.send(each))]

    def fetch(self, source: ResultPicture | SubjectThumbnail) -> int:
        """Ask for something."""
        number, data = self.caller.ask(Fetch(source))
        assert self.told(data) == [Request(number, Fetch(source))]
        return number


def joined(messages: Iterable[AnyMessage]) -> bytes:
    """The bytes of the chunks among messages."""
    return b"".join(bytes(message.data) for message in messages if isinstance(message, Chunk))


def test_an_answer_is_heard() -> None:
    """With the number that asking gave."""
    talk = Talk()
    number, data = talk.caller.ask(Ping())
    assert talk.told(data) == [Request(number, Ping())]
    assert talk.heard(Reply(number, Done())) == [Reply(number, Done())]


def test_an_insert_is_sent_with_its_pictures() -> None:
    """Both are there when the request names them; what arrives is what was asked for."""
    talk = Talk()
    request = InsertRequest(scene=SCENE, mask=MASK, prompt="a mug", seed=3)
    told = talk.told(*talk.caller.insert(request, "key", Box(5, 6, 2, 1)))
    last = told[-1]
    assert isinstance(last, Request) and isinstance(last.body, Insert)
    assert joined(told) == SCENE.data + MASK.data
    assert last.body.window == Box(5, 6, 2, 1) and last.body.request(SCENE, MASK) == request


def test_a_scene_is_the_canvas_where_nobody_says() -> None:
    """Its place then is its own size."""
    talk = Talk()
    told = talk.told(*talk.caller.insert(InsertRequest(scene=SCENE, mask=MASK, prompt="a mug"), "key"))
    last = told[-1]
    assert isinstance(last, Request) and isinstance(last.body, Insert)
    assert last.body.window == Box(0, 0, 2, 1)


def test_a_file_is_uploaded_in_chunks_of_the_size_that_the_server_takes() -> None:
    """Whatever the protocol itself would allow."""
    talk = Talk(Limits(chunk_bytes=2))
    number, parts = talk.caller.upload(b"12345")
    told = talk.told(*parts)
    assert told[0] == Request(number, Upload(FileForm(5))) and joined(told) == b"12345"
    assert [len(each.data) for each in told if isinstance(each, Chunk)] == [2, 2, 1]


@pytest.mark.parametrize(
    ("source", "form", "content"),
    [
        (ResultPicture("j", 0), PixelForm(SCENE.size, SCENE.format), SCENE),
        (SubjectThumbnail("s"), FileForm(8), SCENE.data),
    ],
    ids=["pixels", "a file"],
)
def test_what_was_fetched_comes_whole(
    source: ResultPicture | SubjectThumbnail, form: Form, content: Picture | bytes
) -> None:
    """As one thing, when its last byte is there; and nothing before."""
    talk = Talk()
    number = talk.fetch(source)
    halves = (Chunk(number, 0, SCENE.data[:3]), Chunk(number, 3, SCENE.data[3:]))
    assert talk.heard(Begin(number, form), *halves) == []
    assert talk.heard(Reply(number, Done())) == [Fetched(number, content)]


def test_a_fetch_that_fails_half_way_leaves_nothing() -> None:
    """The failure is heard, and another fetch of another number is not confused with it."""
    talk = Talk()
    number = talk.fetch(SubjectThumbnail("s"))
    failure = Failure(number, ErrorReport.of(ERROR))
    assert talk.heard(Begin(number, FileForm(2)), Chunk(number, 0, b"1"), failure) == [failure]
    again = talk.fetch(SubjectThumbnail("s"))
    assert talk.heard(Begin(again, FileForm(1)), Chunk(again, 0, b"x"), Reply(again, Done())) == [
        Fetched(again, b"x")
    ]


def test_a_goodbye_is_an_error() -> None:
    """The server's own."""
    talk = Talk()
    with pytest.raises(StorageFull):
        talk.heard(Goodbye(ErrorReport.of(ERROR)))


def test_what_the_server_may_not_say_is_an_error() -> None:
    """An answer that nobody asked for, for example."""
    talk = Talk()
    with pytest.raises(UnexpectedMessage):
        talk.caller.receive(encode(Reply(9, Done())))
