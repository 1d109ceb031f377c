"""What all connections of a server share: the engine, the libraries, the sessions, and who may see what."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import secrets
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from dreammix.attributes import DescriberKind, DescriberSettings
from dreammix.files import write_whole
from dreammix.models.memory import AUTO, PROCESSOR, Device, DeviceKind, Precision, check_possible
from dreammix.protocol import DreamMixError, InvalidRequest, Picture, Profile
from dreammix.protocol.limits import Limits
from dreammix.protocol.messages import DEFAULT_ARTIST
from dreammix.protocol.rules import is_id
from dreammix.protocol.services import Health
from dreammix.subjects import Library, artists
from dreammix_backend.aide import Aides, Solved, Survey
from dreammix_backend.chores import Chores
from dreammix_backend.engine import Engine
from dreammix_backend.services.fetching import Fetches
from dreammix_backend.services.models import installed
from dreammix_backend.services.plans import Pace
from dreammix_backend.studio import LOCAL_USER, SHARED_ARTIST

CAPABILITIES: Final = (
    *("insert", "subjects", "upkeep", "describe", "match", "plan", "find_mask", "models"),
    *("extras", "loras", "profiles"),
)
"""What this server can do."""
SANDBOX: Final = "sandbox"
"""The model that is always there."""
LOOK_S: Final = 20.0
"""How long to wait until it is known what computes, in seconds: that takes torch to be loaded once."""
SEAL_DIGITS: Final = 32
"""A session's name: so many hexadecimal digits chosen at random, and as many that seal them."""
MAX_HELD_BYTES: Final = 640 * 1024 * 1024
"""Most bytes that one client's unused uploads may have: two of the largest pictures, and some masks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """What a server is set up with.

    Attributes:
        library: the root of the artists' libraries.
        uploads: where files lie that clients have sent and not used yet.
        chosen: the file that keeps the name of the model that somebody loaded last, and the memory profile
            that somebody has chosen.
        model: the base model that is used where nobody names one, until somebody loads another; None: that of
            `chosen`, or the sandbox.
        profile: how models lie in the device's memory until somebody chooses otherwise; None: that of
            `chosen`, or the first that has room.
        describer: who describes pictures.
        segmenter: who finds masks, see `dreammix.segmentation.segmenter_named`.
    """

    library: Path
    uploads: Path
    chosen: Path
    model: str | None = None
    profile: Profile | None = None
    describer: DescriberSettings = field(default_factory=DescriberSettings)
    segmenter: str = "offline"


class House:
    """One for each server.

    Attributes:
        engine: does the jobs.
        furniture: what the server is set up with.
        limits: what it takes from one connection.
        aides: answer what needs a model for a moment.
        pace: how long steps take.
        fetches: models on their way here.
    """

    def __init__(self, engine: Engine, furniture: Furniture) -> None:
        self.engine = engine
        self.furniture = furniture
        self.limits = Limits(held_bytes=MAX_HELD_BYTES, upload_bytes=2 * MAX_HELD_BYTES)
        self.aides = Aides()
        self.pace = Pace()
        self.fetches = Fetches()
        self._seal = secrets.token_bytes(32)
        self._chores = Chores()
        self._card: asyncio.Task[tuple[Solved, tuple[Picture, ...]]] | None = None
        self._surveyed: Device | None = None
        self._begun = time.monotonic()
        model, profile = _remembered(furniture.chosen)
        self._usual = furniture.model or model
        engine.profile = furniture.profile or profile

    def open_session(self, user: str, asked: str | None) -> tuple[str, bool]:
        """The name of a session of this user, and whether it is the one that was asked for.

        No session is remembered: its name bears this server's seal, and one of an earlier server has jobs. A
        name that belongs to somebody else is as unknown as one that belongs to nobody.
        """
        if asked is not None and (self._sealed(user, asked) or self.engine.jobs(owner_of(user, asked))):
            return asked, True
        return self._named(user, secrets.token_hex(SEAL_DIGITS // 2)), False

    def _named(self, user: str, chosen: str) -> str:
        """What was chosen at random, and the seal on its being this user's."""
        seal = hmac.new(self._seal, owner_of(user, chosen).encode(), hashlib.sha256)
        return chosen + seal.hexdigest()[:SEAL_DIGITS]

    def _sealed(self, user: str, name: str) -> bool:
        """Whether a session of this user was named so here."""
        return hmac.compare_digest(self._named(user, name[:SEAL_DIGITS]), name)

    def artist(self, user: str, asked: str) -> str:
        """Whose library the user gets who asks for one. Raises InvalidRequest: it is not theirs to see."""
        if user == LOCAL_USER or asked in (user, SHARED_ARTIST):
            return asked
        if asked == DEFAULT_ARTIST:
            return user
        raise InvalidRequest(
            f"There is no library {asked!r} for you",
            f"you see your own, {user}, and the one that all share, {SHARED_ARTIST}",
            "Choose one of them",
        )

    def artists(self, user: str) -> tuple[str, ...]:
        """Whose libraries the user sees. Blocks."""
        names = artists(self.furniture.library)
        return names if user == LOCAL_USER else tuple(sorted({user, SHARED_ARTIST}))

    def library(self, artist: str) -> Library:
        """An artist's library; nothing is read yet."""
        return Library(self.furniture.library, artist)

    def loaded(self) -> tuple[str, ...]:
        """The models that workers have in memory."""
        return tuple(worker.model for worker in self.engine.workers() if worker.model is not None)

    @property
    def model(self) -> str | None:
        """The model that a worker has in memory, where it has a name and is not just a folder."""
        return next((model for model in self.loaded() if is_id(model)), None)

    @property
    def usual(self) -> str:
        """The model that paints and learns where nobody names one."""
        return self._usual

    def settle_on(self, model: str) -> None:
        """Have a model be the usual one from now on, after a restart too. Blocks a little.

        Raises StorageFull, OutputFailure: it is, but only until the server ends.
        """
        self._usual = model
        self._remember()

    async def choose(self, profile: Profile | None) -> None:
        """Have models lie so from now on, after a restart too, and the loaded one at once.

        Raises what `Engine.load` raises, and then nothing is changed; InvalidRequest: it means nothing on the
        device; StorageFull, OutputFailure: it is so, but only until the server ends.
        """
        if profile is not None:
            check_possible(profile, await self.device_now())
        before, self.engine.profile = self.engine.profile, profile
        try:
            for model in self.loaded()[:1]:
                await self.engine.load(model)
        except DreamMixError:
            self.engine.profile = before
            raise
        await asyncio.to_thread(self._remember)

    def _remember(self) -> None:
        words = (self._usual, self.engine.profile or "")
        write_whole({self.furniture.chosen: "\n".join(words).encode()})

    @property
    def device(self) -> str | None:
        """What computes; None while nobody has looked which device is the best."""
        seen = AUTO if self._surveyed is None else self._surveyed.name
        names = [seen if worker.device == AUTO else worker.device for worker in self.engine.workers()]
        return None if AUTO in names else ", ".join(names)

    async def look(self) -> None:
        """Wait until it is known what computes, but not for ever."""
        if self.device is None:
            with contextlib.suppress(DreamMixError, TimeoutError):
                await asyncio.wait_for(self.device_now(), LOOK_S)

    async def device_now(self) -> Device:
        """What computes first, for plans. Raises what asking torch raises.

        A card is looked at once, in a process of its own, before a worker has put anything there.
        """
        if self._on_processor:
            return _processor()
        if self._card is None:
            self._card = self._chores.begin(self.aides.ask(Survey(self.engine.workers()[0].device)))
        try:
            solved, _ = await asyncio.shield(self._card)
            assert solved.device is not None
            self._surveyed = solved.device.device()
            return self._surveyed
        except DreamMixError:
            self._card = None  # So that it can be asked again.
            raise

    @property
    def _on_processor(self) -> bool:
        """Whether the first device is the processor, which can be looked at without torch."""
        name = self.engine.workers()[0].device
        return name == PROCESSOR or (name == AUTO and self.device == PROCESSOR)

    def _device_free_bytes(self) -> int | None:
        """Of the first device, by whoever looked last: its worker, or the aide before there was one."""
        if self._on_processor:
            return _processor().free_bytes
        worker = self.engine.workers()[0]
        if worker.free_bytes is None and self._surveyed is not None:
            return self._surveyed.free_bytes
        return worker.free_bytes

    def health(self) -> Health:
        """How the server is. Blocks a little."""
        me = psutil.Process()
        counts = self.engine.counts()
        describer = self.furniture.describer
        remote = describer.kind is DescriberKind.OPENAI
        return Health(
            device=self.device,
            model=self.model,
            disk_free_bytes=shutil.disk_usage(_existing(self.furniture.library)).free,
            memory_bytes=sum(_resident(process) for process in (me, *me.children(recursive=True))),
            memory_free_bytes=psutil.virtual_memory().available,
            device_free_bytes=self._device_free_bytes(),
            profile=next((each.profile for each in self.engine.workers() if each.profile is not None), None),
            chosen_profile=self.engine.profile,
            jobs_waiting=counts.waiting,
            jobs_running=counts.running,
            uptime_seconds=time.monotonic() - self._begun,
            describer=describer.endpoint if remote else "this computer",
            describer_remote=remote,
        )


def owner_of(user: str, session: str) -> str:
    """Whose a job is: users take turns, and one user's sessions do not see each other's jobs."""
    return f"{user}:{session}"


def _processor() -> Device:
    memory = psutil.virtual_memory()
    return Device(
        name=PROCESSOR,
        kind=DeviceKind.CPU,
        title="the processor",
        precision=Precision.FP32,
        total_bytes=memory.total,
        free_bytes=memory.available,
    )


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:  # It has just ended.
        return 0


def _remembered(chosen: Path) -> tuple[str, Profile | None]:
    """The model that was loaded last, if it is still here, and the profile that was chosen."""
    try:
        model, _, profile = chosen.read_text(encoding="utf-8").partition("\n")
    except (OSError, ValueError):
        return SANDBOX, None
    kept = next((each for each in Profile if each == profile), None)
    try:
        return installed(model, ()).model, kept
    except DreamMixError:
        return SANDBOX, kept
