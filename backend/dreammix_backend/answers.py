"""Questions of a client and their answers: who asks was let in, and what is asked was checked."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from dreammix.attributes import DescriberKind, match_by_lists
from dreammix.attributes.showing import enough_of
from dreammix.files import decode_mask, decode_scene, png
from dreammix.models.memory import Device, DeviceKind
from dreammix.models.shelf import lora_named, worn_numbers
from dreammix.protocol import InvalidRequest, Picture, Profile
from dreammix.protocol.asking import Asks, Done
from dreammix.protocol.jobs import (
    AcknowledgeJob,
    ControlJob,
    FollowJob,
    Insert,
    JobInfo,
    Jobs,
    ListJobs,
    Order,
    Teach,
)
from dreammix.protocol.library import ListArtists, SetMask
from dreammix.protocol.limits import MAX_CHUNK_BYTES
from dreammix.protocol.messages import Answer
from dreammix.protocol.payloads import (
    FileForm,
    Form,
    PixelForm,
    PreviewPicture,
    ResultPicture,
    SamplePicture,
    Source,
    SubjectArchive,
)
from dreammix.protocol.services import (
    ChooseProfile,
    Described,
    DescribePictures,
    DescribeSubject,
    GetHealth,
    InsertPlan,
    ListExtras,
    ListLoras,
    ListModels,
    LoadModel,
    ManageModel,
    Matched,
    MatchWords,
    ModelInfo,
    Models,
    Ping,
    PlanInsert,
    PlanTeach,
    TeachPlan,
)
from dreammix.segmentation.cutout import alone
from dreammix.subjects import Library
from dreammix_backend.aide import Describe, FindMask, Match
from dreammix_backend.house import House, owner_of
from dreammix_backend.services import library as libraries
from dreammix_backend.services.models import installed, loras, measures, models
from dreammix_backend.services.plans import Footing, plan_insert, plan_teach
from dreammix_backend.studio import LOCAL_USER
from dreammix_backend.uploads import Uploads

_BY_RULES: Final = (DescriberKind.BY_HAND, DescriberKind.CLIP, DescriberKind.LOCAL)
"""Describers that match words as an insert does: at once, while the artist types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks: a user, in a session, for an artist."""

    user: str
    session: str
    artist: str

    @property
    def owner(self) -> str:
        """To whom the engine's jobs belong."""
        return owner_of(self.user, self.session)


@dataclass(frozen=True, slots=True)
class Content:
    """Something to be fetched: in memory, or a file that is removed afterwards."""

    form: Form
    body: bytes | Path

    def parts(self) -> Iterator[tuple[int, bytes | memoryview]]:
        """Its bytes, with the offset of each part. Raises OSError."""
        if isinstance(self.body, bytes):
            view = memoryview(self.body)
            for offset in range(0, len(view), MAX_CHUNK_BYTES):
                yield offset, view[offset : offset + MAX_CHUNK_BYTES]
            return
        with self.body.open("rb") as stream:
            offset = 0
            while part := stream.read(MAX_CHUNK_BYTES):
                yield offset, part
                offset += len(part)

    def close(self) -> None:
        """Remove the file, if it is one."""
        if isinstance(self.body, Path):
            self.body.unlink(missing_ok=True)


async def answer(ask: Asks[object], visitor: Visitor, house: House, uploads: Uploads) -> Answer:
    """What is answered. Raises the DreamMixError that says why it is not."""
    match ask:
        case Ping():
            return Done()
        case Insert() | Teach() | ControlJob() | FollowJob() | ListJobs() | AcknowledgeJob():
            return await _of_jobs(ask, visitor, house, uploads)
        case ListArtists():
            return libraries.listed(await asyncio.to_thread(house.artists, visitor.user))
        case SetMask(mask=None):
            return await _find_mask(ask, visitor, house)
        case DescribePictures() | DescribeSubject() | MatchWords():
            return await _of_words(ask, visitor, house, uploads)
        case PlanInsert():
            return await asyncio.to_thread(_plan_insert, ask, house, await house.device_now())
        case PlanTeach():
            return await asyncio.to_thread(_plan_teach, ask, house, house.library(visitor.artist))
        case ListModels():
            known = await asyncio.to_thread(models, house.loaded())
            return Models(tuple(map(house.fetches.shown, known)))
        case ListExtras():
            extras = await asyncio.to_thread(models, (), painting=False)
            return Models(tuple(map(house.fetches.shown, extras)))
        case ListLoras():
            return await asyncio.to_thread(loras)
        case ManageModel():
            return await _manage(ask, visitor, house)
        case LoadModel():
            return await _load(ask, house)
        case ChooseProfile():
            _check_owner(visitor, "How models lie in memory is")
            await house.choose(ask.profile)
            return await asyncio.to_thread(house.health)
        case GetHealth():
            await house.look()
            return await asyncio.to_thread(house.health)
        case _:
            library = house.library(visitor.artist)
            # The protocol has no other questions; the session lets no others through.
            return await asyncio.to_thread(
                libraries.answer, cast("libraries.LibraryAsk", ask), library, uploads
            )


async def content(source: Source, visitor: Visitor, house: House) -> Content:
    """What is fetched. Raises the DreamMixError that says why it cannot be."""
    match source:
        case ResultPicture():
            return _pixels(await house.engine.result(visitor.owner, source.job, source.variant))
        case PreviewPicture():
            return _pixels(house.engine.preview(visitor.owner, source.job, source.variant))
        case SamplePicture():
            return _pixels(house.engine.sample(visitor.owner, source.job, source.step))
        case SubjectArchive():
            path = house.furniture.uploads / f"{secrets.token_hex(16)}.zip"
            await asyncio.to_thread(_export, house, visitor, source, path)
            return Content(FileForm(path.stat().st_size), path)
        case _:
            file = await asyncio.to_thread(libraries.source, source, house.library(visitor.artist))
            return Content(FileForm(len(file)), file)


async def _of_jobs(
    ask: Insert | Teach | ControlJob | FollowJob | ListJobs | AcknowledgeJob,
    visitor: Visitor,
    house: House,
    uploads: Uploads,
) -> JobInfo | Jobs | Done:
    engine, owner = house.engine, visitor.owner
    match ask:
        case ListJobs():
            return Jobs(engine.jobs(owner))
        case AcknowledgeJob():
            await engine.acknowledge(owner, ask.job)
            return Done()
        case ControlJob():
            order = {
                Order.CANCEL: engine.cancel,
                Order.PAUSE: engine.hold,
                Order.RESUME: engine.resume,
                Order.FINISH: engine.finish,
            }
            await order[ask.order](owner, ask.job)
            return engine.info(owner, ask.job)
        case FollowJob():
            return engine.info(owner, ask.job)
        case Insert():
            job = await _insert(ask, visitor, house, uploads)
        case Teach():
            subject = ask.request.subject
            await asyncio.to_thread(house.library(visitor.artist).get, subject)
            job = await engine.submit(
                owner, ask.request, key=ask.key, model=house.usual, artist=visitor.artist
            )
    return engine.info(owner, job)


async def _insert(ask: Insert, visitor: Visitor, house: House, uploads: Uploads) -> str:
    for known in house.engine.jobs(visitor.owner):
        if known.key == ask.key:
            return known.job
    model = ask.model or house.usual
    if ask.model is not None:
        await asyncio.to_thread(installed, model, house.loaded())
    if ask.subject is not None:
        await asyncio.to_thread(house.library(visitor.artist).get, ask.subject.subject)
    for use in ask.loras or ():
        await asyncio.to_thread(lora_named, use.lora)
    request = await asyncio.to_thread(
        lambda: ask.request(uploads.picture(ask.scene), uploads.picture(ask.mask))
    )
    return await house.engine.submit(
        visitor.owner, request, key=ask.key, model=model, artist=visitor.artist, window=ask.window
    )


async def _manage(ask: ManageModel, visitor: Visitor, house: House) -> ModelInfo:
    _check_owner(visitor, "The models are")
    await house.fetches.manage(ask, house.loaded())
    known = await asyncio.to_thread(models, house.loaded())
    known += await asyncio.to_thread(models, (), painting=False)
    gone = ModelInfo(model=ask.model, summary="no longer known", installed=False, loaded=False)
    return next((info for info in known if info.model == ask.model), gone)


def _check_owner(visitor: Visitor, what: str) -> None:
    """Raises InvalidRequest: somebody of a network asks for what concerns all of them."""
    if visitor.user != LOCAL_USER:
        raise InvalidRequest(
            f"{what} not yours to change", "all users of this server share them", "Ask who runs it"
        )


async def _load(ask: LoadModel, house: House) -> ModelInfo:
    info = await asyncio.to_thread(installed, ask.model, house.loaded())
    if not info.loaded:
        await house.engine.load(ask.model)
    await asyncio.to_thread(house.settle_on, ask.model)
    return await asyncio.to_thread(installed, ask.model, house.loaded())


async def _of_words(
    ask: DescribePictures | DescribeSubject | MatchWords, visitor: Visitor, house: House, uploads: Uploads
) -> Described | Matched:
    settings, library = house.furniture.describer, house.library(visitor.artist)
    match ask:
        case DescribePictures():
            pictures = [await asyncio.to_thread(_uploaded, uploads, number) for number in ask.pictures]
            solved, _ = await house.aides.ask(Describe(ask.class_word, settings), pictures)
            return Described(solved.attributes)
        case DescribeSubject():
            subject = await asyncio.to_thread(library.get, ask.subject)
            files = range(len(subject.pictures))
            pictures = [await asyncio.to_thread(_alone, library, subject.id, index) for index in files]
            solved, _ = await house.aides.ask(Describe(subject.class_word, settings), pictures)
            return Described(solved.attributes)
        case MatchWords():
            subject = await asyncio.to_thread(library.get, ask.subject)
            if settings.kind in _BY_RULES:
                found, is_open = match_by_lists(ask.edit, subject.attributes, class_word=subject.class_word)
                return Matched(found, is_open or None)
            question = Match(ask.edit, subject.attributes, subject.class_word, settings)
            solved, _ = await house.aides.ask(question)
            return Matched(solved.replacements)


async def _find_mask(ask: SetMask, visitor: Visitor, house: House) -> Answer:
    library = house.library(visitor.artist)
    subject = await asyncio.to_thread(library.get, ask.subject)
    picture = await asyncio.to_thread(_picture, library, ask.subject, ask.picture)
    question = FindMask(subject.class_word, house.furniture.segmenter)
    _, (mask,) = await house.aides.ask(question, [picture])
    return await asyncio.to_thread(libraries.set_mask, library, ask.subject, ask.picture, png(mask))


def _plan_insert(ask: PlanInsert, house: House, device: Device) -> InsertPlan:
    model = ask.model or house.usual
    if ask.model is not None:
        installed(model, house.loaded())
    # What a card has free was seen before anything was loaded there; of the processor's memory it is as now.
    here = model in house.loaded() and device.kind is DeviceKind.CPU
    worn = worn_numbers(ask.loras or (), draft=ask.settings.draft)
    loaded = Profile.FULL if here else None
    footing = Footing(model, measures(model), device, loaded, house.engine.profile, worn)
    return plan_insert(ask, footing, house.pace)


def _picture(library: Library, subject: str, index: int) -> Picture:
    return decode_scene(library.read_picture(subject, index)).picture


def _alone(library: Library, subject: str, index: int) -> Picture:
    """What a describer is shown: the subject, as far as its mask says where it is; of a large one enough."""
    picture, mask = _picture(library, subject, index), library.read_mask(subject, index)
    return enough_of(picture if mask is None else alone(picture, decode_mask(mask)))


def _plan_teach(ask: PlanTeach, house: House, library: Library) -> TeachPlan:
    subject = library.get(ask.request.subject)
    files = list(library.regular_folder(subject.id).glob("*.png"))
    painted = len(files) // 2  # Each has its mask beside it.
    return plan_teach(ask, subject, house.pace, house.usual, painted)


def _uploaded(uploads: Uploads, number: int) -> Picture:
    """The same of a picture that is not in the library yet."""
    content = uploads.content(number)
    return enough_of(content if isinstance(content, Picture) else decode_scene(content).picture)


def _pixels(picture: Picture) -> Content:
    return Content(PixelForm(picture.size, picture.format), picture.data)


def _export(house: House, visitor: Visitor, source: SubjectArchive, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    house.library(visitor.artist).export(source.subject, path)
