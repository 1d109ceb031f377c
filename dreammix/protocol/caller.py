"""A client's end of a conversation, without the connection: questions become data, and data whole answers.

    caller = Caller()
    await line.send(caller.hello("my program", "1"))
    async for data in line:
        for heard in caller.receive(data):
            ...

After the server's `Welcome` a client may ask: `ask`, `upload` and `insert` give what is to be sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from dreammix.protocol.asking import Asks
from dreammix.protocol.boxes import Box
from dreammix.protocol.jobs import Insert
from dreammix.protocol.messages import (
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
from dreammix.protocol.payloads import Begin, Chunk, FileForm, Form, PixelForm, Upload
from dreammix.protocol.pictures import Picture
from dreammix.protocol.requests import InsertRequest
from dreammix.protocol.session import Close, Deliver, Session
from dreammix.protocol.transfer import Collector, chunks

Data: TypeAlias = str | bytes
"""What a websocket carries."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the request of that number, a `Fetch`, asked for: pixels as a picture, or a file's bytes."""

    number: int
    content: Picture | bytes


Heard: TypeAlias = Welcome | Reply | Failure | Fetched | JobEvent
"""What a client is told."""


class Caller:
    """One client on one connection.

    Attributes:
        session: what was said so far.
    """

    def __init__(self) -> None:
        """Begin with an open websocket and nothing said."""
        self.session = Session(Side.CLIENT)
        self._arriving: dict[int, Collector] = {}

    def hello(self, client: str, version: str, **fields: Any) -> Data:
        """The first thing to be sent; `fields` are further ones of `Hello`."""
        return self.session.send(Hello(client=client, version=version, **fields))

    def ask(self, body: Asks[Any]) -> tuple[int, Data]:
        """A request's number, and what is to be sent for it. Raises what `Session.send` raises."""
        number = self.session.next_number
        return number, self.session.send(Request(number, cast(Ask, body)))

    def upload(self, content: Picture | bytes) -> tuple[int, Iterator[Data]]:
        """An upload's number, and what is to be sent for it, all of it before another request names it.

        Raises TransferRejected: it is larger than the server takes.
        """
        form: Form
        if isinstance(content, Picture):
            form, data = PixelForm(content.size, content.format), content.data
        else:
            form, data = FileForm(len(content)), content
        number, request = self.ask(Upload(form))
        return number, self._sent(number, request, data)

    def insert(self, request: InsertRequest, key: str, window: Box | None = None) -> Iterator[Data]:
        """What is to be sent for an insert: its pictures, then the request.

        Args:
            request: what to do.
            key: see `Insert`.
            window: where on the canvas its scene lies; None: it is the canvas.
        """
        numbers = []
        for picture in (request.scene, request.mask):
            number, parts = self.upload(picture)
            yield from parts
            numbers.append(number)
        scene, mask = numbers
        place = window or Box.of(request.scene.size)
        yield self.ask(Insert.of(request, key=key, scene=scene, mask=mask, window=place))[1]

    def receive(self, data: Data) -> list[Heard]:
        """What has come with this data. Raises the DreamMixError for which the conversation is over."""
        heard: list[Heard] = []
        for action in self.session.receive(data):
            if isinstance(action, Close):
                raise action.error.error()
            assert isinstance(action, Deliver), "only a server refuses"
            match action.message:
                case Goodbye(error):
                    raise error.error()
                case Begin(number, form):
                    self._arriving[number] = Collector(form)
                case Chunk(number) as chunk:
                    self._arriving[number].take(chunk)
                case Reply(number) if number in self._arriving:
                    heard.append(_fetched(number, self._arriving.pop(number)))
                case Failure(number) as failure:
                    self._arriving.pop(number, None)
                    heard.append(failure)
                case message:
                    heard.append(cast(Heard, message))
        return heard

    def _sent(self, number: int, request: Data, data: bytes) -> Iterator[Data]:
        yield request
        for chunk in chunks(number, data, self.session.limits.chunk_bytes):
            yield self.session.send(chunk)


def _fetched(number: int, collector: Collector) -> Fetched:
    pixels = isinstance(collector.form, PixelForm)
    return Fetched(number, collector.picture() if pixels else collector.data())
