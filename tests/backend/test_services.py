"""What a client can ask beside jobs, asked of a real server."""

import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from dreammix.protocol import (
    Attribute,
    AttributeKind,
    Box,
    DreamMixError,
    Harmonisation,
    InsertSettings,
    InvalidMessage,
    InvalidPicture,
    InvalidRequest,
    InvalidSubject,
    ModelNotFound,
    Picture,
    SampleFormat,
    Size,
    SubjectNotFound,
    TransferRejected,
)
from dreammix.protocol.codec import encode
from dreammix.protocol.jobs import FollowJob, Insert, JobChanged, JobState, ListJobs, Teach
from dreammix.protocol.library import (
    AddPictures,
    CreateSubject,
    DeleteSubject,
    DuplicateSubject,
    GetSubject,
    ImportSubject,
    ListArtists,
    ListSubjects,
    RemovePicture,
    RestoreSubject,
    SetMask,
    UpdateSubject,
    UseArtist,
)
from dreammix.protocol.limits import Limits
from dreammix.protocol.messages import SUBPROTOCOL
from dreammix.protocol.payloads import (
    Chunk,
    Fetch,
    FileForm,
    SubjectArchive,
    SubjectMask,
    SubjectPicture,
    SubjectThumbnail,
    Upload,
)
from dreammix.protocol.services import (
    DescribePictures,
    ListModels,
    LoadModel,
    MatchWords,
    Ping,
    PlanInsert,
    PlanTeach,
)
from dreammix.protocol.teaching import TeachRequest, TeachSettings
from tests.backend.serving import PATIENCE_S, Client, Serving, connected, pictured, plain, serving, start

RED = Attribute(AttributeKind.COLOUR, "red")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server that describes by hand: no model is loaded."""
    with serving(tmp_path_factory.mktemp("services"), "--describer", "by-hand") as running:
        yield running


def spotted() -> bytes:
    """A PNG file: a red disc on white."""
    image = Image.new("RGB", (96, 96), "white")
    for x in range(96):
        for y in range(96):
            if (x - 48) ** 2 + (y - 48) ** 2 < 900:
                image.putpixel((x, y), (150 + x, 30, 30))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


async def created(client: Client, name: str = "Pip") -> str:
    """A subject with one picture; its id."""
    picture = await client.upload(spotted())
    details = await client.ask(
        CreateSubject(name=name, class_word="mug", attributes=(RED,), pictures=(picture,))
    )
    return str(details.card.id)


async def test_everything_that_a_library_can(server: Serving) -> None:
    """Create, change, find, mask, copy, delete, restore, export and import, each over the wire."""
    async with connected(server.endpoint, artist="Everything") as client:
        pip = await created(client)
        pixels, mask = [await client.upload(each) for each in pictured(32)]
        assert len((await client.ask(AddPictures(pip, (pixels,)))).pictures) == 2
        assert (await client.ask(SetMask(pip, 1, mask))).pictures[1].masked
        assert isinstance(await client.fetch(SubjectMask(pip, 1)), bytes)
        assert len((await client.ask(RemovePicture(pip, 1))).pictures) == 1
        details = await client.ask(UpdateSubject(subject=pip, name="Pippa", favourite=True))
        assert details.card.name == "Pippa" and details.attributes == (RED,)
        copy = await client.ask(DuplicateSubject(pip))
        listed = await client.ask(ListSubjects())
        assert next(card.id for card in listed.cards) == pip and listed.total == 2
        assert (await client.ask(ListSubjects(search="pippa RED copy"))).cards[0].id == copy.card.id
        await client.ask(DeleteSubject(copy.card.id))
        assert (await client.ask(ListSubjects(trashed=True))).total == 1
        await client.ask(RestoreSubject(copy.card.id))
        assert await client.fetch(SubjectPicture(pip, 0)) == spotted()
        assert isinstance(await client.fetch(SubjectThumbnail(pip)), bytes)
        archive = await client.fetch(SubjectArchive(pip))
        assert isinstance(archive, bytes)
        number = await client.upload(archive)
        assert (await client.ask(ImportSubject(number))).card.name == "Pippa"
        assert "Everything" in (await client.ask(ListArtists())).names
        await client.ask(UseArtist("Nobody"))
        with pytest.raises(SubjectNotFound):
            await client.ask(GetSubject(pip))
    assert not list((server.folder / "uploads").glob("*"))


async def test_a_mask_is_found_in_a_process_of_its_own(server: Serving) -> None:
    """Asked for anew, the mask comes from the segmenter; the server does not load it."""
    async with connected(server.endpoint, artist="Masks") as client:
        pip = await created(client)
        assert (await client.ask(SetMask(pip, 0))).pictures[0].masked


@pytest.mark.parametrize(("value", "pixels", "why"), [(255, 1, "1 pixel"), (100, 96 * 96, "nothing is in")])
async def test_a_mask_that_shows_too_little_is_refused(
    server: Serving, value: int, pixels: int, why: str
) -> None:
    """One pixel, or faint ones, teach nothing: that is said at once, and the mask is not kept."""
    mask = bytes([value] * pixels).ljust(96 * 96, b"\0")
    async with connected(server.endpoint, artist="Faint") as client:
        pip = await created(client)
        number = await client.upload(Picture(Size(96, 96), SampleFormat.GRAY8, mask))
        with pytest.raises(InvalidSubject, match=why):
            await client.ask(SetMask(pip, 0, number))
        assert not (await client.ask(GetSubject(pip))).pictures[0].masked


async def test_words_are_matched_and_pictures_described(server: Serving) -> None:
    """Which attribute an edit replaces is answered at once; by hand, pictures are described as nothing."""
    async with connected(server.endpoint, artist="Words") as client:
        pip = await created(client)
        matched = await client.ask(MatchWords(pip, "blue"))
        assert [(each.old, each.new) for each in matched.replacements] == [("red", "blue")]
        assert not matched.open
        assert (await client.ask(MatchWords(pip, "haunted"))).open
        picture = await client.upload(spotted())
        assert (await client.ask(DescribePictures("mug", (picture,)))).attributes == ()


async def test_models_are_listed_and_loaded(server: Serving) -> None:
    """Loading is answered when a worker has the model in memory."""
    async with connected(server.endpoint) as client:
        assert (await client.ask(LoadModel("sandbox"))).loaded
        assert next(model.loaded for model in (await client.ask(ListModels())).models)
        with pytest.raises(ModelNotFound):
            await client.ask(LoadModel("nothing"))


async def test_an_insert_is_planned(server: Serving) -> None:
    """What to send holds the crop and the window; a region beyond the canvas is refused."""
    async with connected(server.endpoint) as client:
        canvas, region = Size(4000, 3000), Box(100, 100, 20, 900)
        plan = await client.ask(PlanInsert(canvas=canvas, region=region, settings=InsertSettings()))
        for inside in (region, plan.crop, plan.window):
            assert plan.send.contains(inside)
        assert plan.fits and plan.scale < 1 and len(plan.hints) == 2
        whole = InsertSettings(harmonisation=Harmonisation.WHOLE)
        assert (await client.ask(PlanInsert(canvas=canvas, region=region, settings=whole))).send == Box.of(
            canvas
        )
        with pytest.raises(InvalidRequest):
            await client.ask(PlanInsert(canvas=canvas, region=Box(3990, 0, 20, 20), settings=whole))


async def test_the_estimate_comes_from_what_was_measured(tmp_path: Path) -> None:
    """After a job has run, the plan says how long one will take, after a restart too; before, nothing."""
    asked = PlanInsert(canvas=Size(64, 64), region=Box(8, 8, 32, 32), settings=InsertSettings(steps=10))
    with serving(tmp_path) as server:
        async with connected(server.endpoint) as client:
            assert (await client.ask(asked)).seconds is None
            await client.until_end(await client.insert(prompt="slow 30"))
            seconds = (await client.ask(asked)).seconds
            assert seconds is not None and seconds >= 10 * 0.03 * 0.5
    with serving(tmp_path) as server:
        async with connected(server.endpoint) as client:
            assert (await client.ask(asked)).seconds == seconds


async def test_teaching_is_planned(server: Serving) -> None:
    """What stands in its way is said in sentences."""
    async with connected(server.endpoint, artist="Plans") as client:
        pip = await created(client)
        plan = await client.ask(PlanTeach(TeachRequest(subject=pip)))
        assert plan.hints == ("1 of 1 pictures have no mask yet.",)


@pytest.mark.parametrize("name", ["..", "../x", "..\\x", "/etc", "\\\\host\\share", "a\0b", "", "x" * 65])
async def test_row_8_the_wire_carries_ids_and_no_paths(server: Serving, name: str) -> None:
    """Row 8: what could be a path is no id: not for this end, and not for the server, which says so."""
    with pytest.raises(InvalidMessage):
        GetSubject(name)
    asked = {"type": "request", "number": 1, "body": {"type": "get_subject", "subject": name}}
    async with connect(
        f"ws://{server.endpoint.address}",
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        additional_headers={"Authorization": f"Bearer {server.endpoint.token}"},
        proxy=None,
    ) as socket:
        await socket.send(json.dumps({"type": "hello", "client": "test", "version": "1"}))
        await socket.recv()
        await socket.send(json.dumps(asked))
        answer = json.loads(await socket.recv())
    assert answer["type"] == "failure" and answer["error"]["code"] == "invalid_message"


async def test_row_8_an_artist_is_no_folder(server: Serving) -> None:
    """Row 8: an artist called like a path has a library like any other, inside of the root."""
    async with connected(server.endpoint, artist="../../outside") as client:
        await created(client)
    assert not (server.library.parent.parent / "outside").exists()
    inside = {path.resolve() for path in server.library.iterdir()}
    assert all(path.is_relative_to(server.library.resolve()) for path in inside)


async def test_row_9_a_picture_bomb_is_refused_before_it_is_decoded(server: Serving) -> None:
    """Row 9: a small file that claims 50,000 x 50,000 pixels; and one that is no picture at all."""
    head = struct.pack(">II5B", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    async with connected(server.endpoint) as client:
        for file in (bomb, b"SIMPLE  =                    T", spotted()[:100]):
            number = await client.upload(file)
            with pytest.raises(InvalidPicture):
                await client.ask(CreateSubject(name="Bomb", class_word="mug", pictures=(number,)))


async def test_row_9_pixels_beyond_the_limit_are_not_taken(server: Serving) -> None:
    """Row 9: the declared size is checked before the first byte, and the sum of all uploads too."""
    async with connected(server.endpoint) as client:
        await client.ask(Ping())
        client.session.limits = Limits()  # Its own end would not let it say so.
        form = FileForm(client.welcome.limits.upload_bytes + 1)
        with pytest.raises(TransferRejected):
            await client.answer(await client.begin(Upload(form)))


@pytest.mark.parametrize(
    "chunks",
    [[(2, b"34")], [(0, b"12"), (0, b"12")], [(0, b"12"), (3, b"4")], [(0, b"12345")]],
    ids=["first missing", "twice", "gap", "too long"],
)
async def test_chunks_that_do_not_fit_end_their_upload_alone(
    server: Serving, chunks: list[tuple[int, bytes]]
) -> None:
    """Out of order, twice, missing, too many: the upload fails, the connection goes on."""
    async with connected(server.endpoint) as client:
        number = await client.begin(Upload(FileForm(4)))
        for offset, data in chunks:
            await client.socket.send(encode(Chunk(number, offset, data)))
        with pytest.raises(TransferRejected):
            await client.answer(number)
        await client.ask(Ping())


async def test_a_scene_of_the_wrong_size_is_refused(server: Serving) -> None:
    """Before it becomes a job; also a scene that is a file."""
    async with connected(server.endpoint) as client:
        scene = await client.upload(plain(8, SampleFormat.RGBA8))
        mask = await client.upload(plain(8, SampleFormat.GRAY8))
        asked = Insert(key="k", scene=scene, mask=mask, window=Box(0, 0, 9, 8), prompt="a mug")
        with pytest.raises(InvalidPicture):
            await client.ask(asked)
        file = await client.upload(spotted())
        with pytest.raises(TransferRejected):
            await client.ask(replace(asked, scene=file, window=Box(0, 0, 8, 8)))
        assert (await client.ask(ListJobs())).jobs == ()


async def test_what_is_not_there_cannot_be_fetched(server: Serving) -> None:
    """A fetch that fails leaves the connection as it was."""
    async with connected(server.endpoint, artist="Fetches") as client:
        pip = await created(client)
        for source in (SubjectMask(pip, 0), SubjectPicture(pip, 9), SubjectThumbnail("0" * 16)):
            with pytest.raises(DreamMixError):
                await client.ask(Fetch(source))
        await client.ask(Ping())


async def test_row_21_a_lesson_keeps_the_server_until_it_ends(tmp_path: Path) -> None:
    """Row 21: Krita may be closed while a subject is taught; then the server goes, too."""
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    running = start(tmp_path, "--parent-pid", str(parent.pid), "--describer", "by-hand")
    async with connected(running.endpoint) as client:
        pip = await created(client)
        session = client.welcome.session
        info = await client.ask(Teach("lesson", TeachRequest(subject=pip, settings=TeachSettings(steps=60))))
    parent.communicate(b"\n")
    async with connected(running.endpoint, session=session) as client:
        await client.ask(FollowJob(info.job))
        assert (await client.until_end(info.job))[-1].event == JobChanged(state=JobState.SUCCEEDED)
    assert running.process.wait(PATIENCE_S) == 0
