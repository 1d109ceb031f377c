"""Two clients to compare in a real Krita: the plugin's own, and one on asyncio in a thread.

Imported by Krita's Python alone. Each sends a picture, has it inserted, and gets the result.
"""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from dreammix.protocol import Box, DreamMixError, InsertSettings, Picture, SampleFormat, Size
from dreammix.protocol.jobs import Happening, Insert, JobChanged, JobInfo
from dreammix.protocol.limits import MAX_CHUNK_BYTES
from dreammix.protocol.messages import SUBPROTOCOL, Hello, JobEvent, Reply, Request, Side
from dreammix.protocol.payloads import Begin, Chunk, Fetch, PixelForm, ResultPicture, Upload
from dreammix.protocol.requests import InsertWish
from dreammix.protocol.session import Deliver, Session
from dreammix.protocol.transfer import Collector, chunks
from dreammix_krita.client.address import find_local
from dreammix_krita.client.client import Client
from dreammix_krita.client.jobs import Painting
from dreammix_krita.qt import QtCore

WORDS: Final = "a red mug"


def plain(side: int, sample_format: SampleFormat) -> Picture:
    """A grey square."""
    return Picture(Size(side, side), sample_format, b"\xc8" * (side * side * sample_format.bytes_per_pixel))


class Own(QtCore.QObject):
    """The plugin's: on Qt's socket, in the GUI thread."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.state = "new"
        self._client = Client(self)
        self._client.connect_to(lambda: find_local(Path(folder)))

    @property
    def ready(self) -> bool:
        """Whether a job can be asked for."""
        return self._client.welcome is not None

    def send(self, side: int) -> None:
        """Send a picture of that side; `state` is "painted" when its result can be fetched."""
        wish = InsertWish(prompt=WORDS, settings=InsertSettings(steps=1))
        scene, mask = plain(side, SampleFormat.RGBA8), plain(side, SampleFormat.GRAY8)
        self.state = "sending"
        self._client.start(Painting(wish, scene, mask, Box(0, 0, side, side)), self)

    def began(self, info: JobInfo) -> None:
        """See `Listener`."""
        self._job = info.job
        self.state = "sent"

    def happened(self, event: Happening) -> None:
        """See `Listener`."""
        if isinstance(event, JobChanged) and event.state.final:
            self.state = "painted"

    def failed(self, error: DreamMixError) -> None:
        """See `Listener`."""
        self.state = str(error)

    def fetch(self) -> None:
        """Get the result; `state` is "fetched" then."""
        self._client.fetch(ResultPicture(self._job, 0), self._fetched, self.failed)

    def _fetched(self, content: object) -> None:
        self.state = "fetched"

    def close(self) -> None:
        """Hang up."""
        self._client.close()


class Threaded(QtCore.QObject):
    """The other: websockets' asyncio client in a thread; Qt's signals bring what it got."""

    told = QtCore.pyqtSignal(str, object)

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.state = "new"
        self.told.connect(self._hear)
        self._folder = Path(folder)
        self._wishes: asyncio.Queue[Any] = asyncio.Queue()
        self._loop = asyncio.new_event_loop()
        self._session = Session(Side.CLIENT)
        threading.Thread(target=self._loop.run_until_complete, args=(self._talk(),), daemon=True).start()

    @property
    def ready(self) -> bool:
        """Whether a job can be asked for."""
        return self.state == "ready"

    def send(self, side: int) -> None:
        """As `Own.send`."""
        self.state = "sending"
        pictures = plain(side, SampleFormat.RGBA8), plain(side, SampleFormat.GRAY8)
        asyncio.run_coroutine_threadsafe(self._send(*pictures), self._loop)

    def fetch(self) -> None:
        """As `Own.fetch`."""
        asyncio.run_coroutine_threadsafe(self._ask(Fetch(ResultPicture(self._job, 0))), self._loop)

    def close(self) -> None:
        """Hang up."""
        asyncio.run_coroutine_threadsafe(self._line.close(), self._loop)

    def _hear(self, state: str, content: object) -> None:
        self.state = state

    async def _ask(self, body: Any) -> int:
        number = self._session.next_number
        await self._line.send(self._session.send(Request(number, body)))
        return number

    async def _send(self, scene: Picture, mask: Picture) -> None:
        numbers = []
        for picture in (scene, mask):
            number = await self._ask(Upload(PixelForm(picture.size, picture.format)))
            for chunk in chunks(number, picture.data, MAX_CHUNK_BYTES):
                await self._line.send(self._session.send(chunk))
            numbers.append(number)
        box = Box(0, 0, scene.size.width, scene.size.height)
        await self._ask(
            Insert(key="key", scene=numbers[0], mask=numbers[1], window=box, prompt=WORDS, settings=QUICK)
        )

    async def _talk(self) -> None:
        told = json.loads((self._folder / "endpoint.json").read_text())
        async with connect(
            f"ws://{told['address']}",
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers={"Authorization": f"Bearer {told['token']}"},
            compression=None,
            max_size=None,
            proxy=None,
        ) as self._line:
            await self._line.send(self._session.send(Hello(client="test", version="1")))
            self.told.emit("ready", None)
            async for data in self._line:
                for action in self._session.receive(data):
                    assert isinstance(action, Deliver), action
                    self._take(action.message)

    def _take(self, message: object) -> None:
        match message:
            case Reply(body=JobInfo(job=job)):
                self._job = job
                self.told.emit("sent", None)
            case Begin(form=form):
                self._collector = Collector(form)
            case Chunk():
                self._collector.take(message)
                if self._collector.complete:
                    self.told.emit("fetched", self._collector.picture())
            case JobEvent(event=JobChanged(state=state)) if state.final:
                self.told.emit("painted", None)


QUICK: Final = InsertSettings(steps=1)
