"""Models come from a hub whole or not at all, by the hub's own client, over a real connection."""

import errno
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

import pytest

from dreammix.files import Disk
from dreammix.models import read_manifest, verify
from dreammix.models.base import load
from dreammix.models.pull import (
    FETCHED_BYTES,
    MIRROR_VARIABLE,
    OFFLINE_VARIABLE,
    ORIGIN_FILE,
    Hub,
    PullProgress,
    pull,
    usual_hub,
)
from dreammix.models.registry import KnownModel, Source, find, named
from dreammix.models.unlisted import FOOOCUS
from dreammix.protocol import Cancelled, DownloadFailure, InvalidRequest, StorageFull
from tests.models.small_hub import SmallHub, serving
from tests.published import SDXL, hub_of, known, publish

WEIGHTS: Final = bytes(range(256)) * 400
FILES: Final = {"unet/config.json": b"{}", "unet/weights.safetensors": WEIGHTS, "README.md": b"A card."}
CHUNK: Final = FETCHED_BYTES
"""What came of a chunk before a cut is fetched again."""
LARGE: Final = bytes(range(256)) * (CHUNK // 100)
MODEL: Final = KnownModel(
    name="toy",
    summary="a toy",
    licence="none",
    size_bytes=len(WEIGHTS),
    source=Source(repository="someone/model", patterns=("unet/*",)),
)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models; the client may reach the hub that stands on this machine."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return tmp_path / "models"


@pytest.fixture
def small_hub() -> Iterator[SmallHub]:
    """A hub with one model."""
    with serving(SmallHub(FILES)) as hub:
        yield hub


@pytest.fixture
def large_hub() -> Iterator[SmallHub]:
    """A hub with one model of two and a half chunks."""
    with serving(SmallHub({**FILES, "unet/weights.safetensors": LARGE})) as hub:
        yield hub


def fetch(hub: SmallHub, model: KnownModel = MODEL, disk: Disk | None = None) -> list[PullProgress]:
    """Fetch the model; returns what was told meanwhile."""
    told: list[PullProgress] = []
    pull(model, Hub(endpoint=hub.endpoint), told.append, disk=disk or Disk())
    return told


def test_a_model_comes_whole_and_with_its_manifest(small_hub: SmallHub) -> None:
    """What was asked for lies in its folder, every hash in the manifest, and nothing else was fetched."""
    fetch(small_hub)
    assert MODEL.installed
    verify(MODEL.folder, read_manifest(MODEL.folder))
    assert (MODEL.folder / "unet" / "weights.safetensors").read_bytes() == WEIGHTS
    assert small_hub.fetched() == ["unet/config.json", "unet/weights.safetensors"]


def test_where_it_is_from_is_kept(small_hub: SmallHub) -> None:
    """Beside the files stands the revision, and what the hub said that each file hashes to."""
    fetch(small_hub)
    origin = json.loads((MODEL.folder / ORIGIN_FILE).read_text())
    assert origin["revision"] == small_hub.revision
    assert {item["name"] for item in origin["files"]} == {"unet/config.json", "unet/weights.safetensors"}


def test_progress_rises_to_the_end(small_hub: SmallHub) -> None:
    """Bytes never fall, and the last report has all of them."""
    told = fetch(small_hub)
    done = [progress.done_bytes for progress in told]
    assert done == sorted(done)
    assert done[-1] == told[-1].total_bytes == len(WEIGHTS) + 2


def test_an_installed_model_asks_nobody(small_hub: SmallHub) -> None:
    """The second time, no request is made."""
    fetch(small_hub)
    asked = len(small_hub.asked)
    fetch(small_hub)
    assert len(small_hub.asked) == asked


def test_a_cut_connection_is_gone_on_with(large_hub: SmallHub) -> None:
    """After a cut the client asks for the rest, and the file is whole."""
    large_hub.cut_after, large_hub.cuts = CHUNK + 1000, 1
    fetch(large_hub)
    assert large_hub.asked[-1][2] == f"bytes={CHUNK}-"
    assert (MODEL.folder / "unet" / "weights.safetensors").read_bytes() == LARGE


def test_a_connection_that_is_always_cut_still_comes_to_the_end(large_hub: SmallHub) -> None:
    """As long as every answer brings something, the fetch goes on."""
    large_hub.cut_after, large_hub.cuts = CHUNK + 1000, 100
    fetch(large_hub)
    assert (MODEL.folder / "unet" / "weights.safetensors").read_bytes() == LARGE


def stop_at(hub: SmallHub, count: int) -> None:
    """Begin a fetch, and let go of it after more than so many bytes."""

    def report(progress: PullProgress) -> None:
        if progress.done_bytes > count:
            raise Cancelled("Stopped", "as asked", "Go on later")

    pull(MODEL, Hub(endpoint=hub.endpoint), report)


def stop_half_way(hub: SmallHub) -> None:
    """Begin a fetch, and let go of it in the middle of the weights."""
    with pytest.raises(Cancelled):
        stop_at(hub, CHUNK + 1000)
    assert not MODEL.installed


@pytest.mark.parametrize("ignores_ranges", [False, True])
def test_a_stopped_fetch_is_gone_on_with_later(large_hub: SmallHub, ignores_ranges: bool) -> None:
    """Another call takes up what came before, also where the server can only begin again."""
    stop_half_way(large_hub)
    large_hub.asked.clear()
    large_hub.ignores_ranges = ignores_ranges
    fetch(large_hub)
    assert [asked for _, _, asked in large_hub.asked] == [f"bytes={CHUNK}-"]
    assert (MODEL.folder / "unet" / "weights.safetensors").read_bytes() == LARGE


def test_a_fetch_goes_on_with_the_revision_that_it_began_with(large_hub: SmallHub) -> None:
    """A newer revision that is published meanwhile is not mixed into it."""
    stop_half_way(large_hub)
    first = large_hub.revision
    large_hub.revision = "f" * 40
    with pytest.raises(DownloadFailure):
        fetch(large_hub)
    large_hub.revision = first
    fetch(large_hub)
    assert json.loads((MODEL.folder / ORIGIN_FILE).read_text())["revision"] == first


def test_on_a_slow_line_each_piece_is_told(large_hub: SmallHub) -> None:
    """What has come is told while the rest is still on its way; and in the end the file is whole."""
    large_hub.hold_after = CHUNK + 10
    told: list[int] = []

    def report(progress: PullProgress) -> None:
        told.append(progress.done_bytes)
        if progress.done_bytes > CHUNK:  # The hub sends no more before this was told.
            large_hub.released.set()

    pull(MODEL, Hub(endpoint=large_hub.endpoint), report)
    assert told == sorted(told) and told[-1] == len(LARGE) + 2
    assert (MODEL.folder / "unet" / "weights.safetensors").read_bytes() == LARGE


def test_on_a_slow_line_a_fetch_can_be_stopped(large_hub: SmallHub) -> None:
    """It ends with the piece that is on its way, though the hub still has the rest to send."""
    large_hub.hold_after = 2 * CHUNK + 10
    with pytest.raises(Cancelled):
        stop_at(large_hub, 2 * CHUNK)
    assert not large_hub.released.is_set()
    large_hub.released.set()
    fetch(large_hub)
    assert large_hub.asked[-1][2] == f"bytes={CHUNK}-"


def test_a_line_on_which_nothing_comes_any_more_is_given_up(
    large_hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the hub's own time-out, and its own few tries; what has come is kept for later."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 0.1)
    large_hub.hold_after = 0
    with pytest.raises(DownloadFailure, match="broke off"):
        fetch(large_hub)
    large_hub.hold_after = None
    fetch(large_hub)
    verify(MODEL.folder, read_manifest(MODEL.folder))


@pytest.mark.parametrize("name", ["unet/config.json", "unet/weights.safetensors"])
def test_wrong_bytes_are_never_installed(small_hub: SmallHub, name: str) -> None:
    """A file that is not what the listing says is thrown away; once the right one comes, all is well."""
    small_hub.wrong = frozenset({name})
    with pytest.raises(DownloadFailure, match="not what was published"):
        fetch(small_hub)
    assert not MODEL.installed
    small_hub.wrong = frozenset()
    fetch(small_hub)
    verify(MODEL.folder, read_manifest(MODEL.folder))


def test_a_file_that_is_known_is_held_to_its_hash(small_hub: SmallHub) -> None:
    """Where a hash is known beforehand, a listing that says another is refused before anything is fetched."""
    assert MODEL.source is not None
    model = replace(MODEL, source=replace(MODEL.source, sha256={"unet/weights.safetensors": "0" * 64}))
    with pytest.raises(DownloadFailure, match="not the file that is known"):
        fetch(small_hub, model)
    assert small_hub.fetched() == []


def test_a_full_disk_is_seen_before_anything_is_fetched(small_hub: SmallHub) -> None:
    """Too little room for the whole model is an error at once."""

    class FullDisk(Disk):
        def free_bytes(self, folder: Path) -> int:
            return 1000

    with pytest.raises(StorageFull):
        fetch(small_hub, disk=FullDisk())
    assert small_hub.fetched() == []


def test_a_disk_that_fills_up_meanwhile_loses_nothing(small_hub: SmallHub) -> None:
    """Where somebody else takes the room, the fetch ends as a full disk, and goes on when there is room."""

    class FillingDisk(Disk):
        def sync(self, stream: BinaryIO) -> None:
            if "weights" in str(stream.name):
                raise OSError(errno.ENOSPC, "No space left on device")
            super().sync(stream)

    with pytest.raises(StorageFull):
        fetch(small_hub, disk=FillingDisk())
    assert not MODEL.installed
    fetch(small_hub)
    assert small_hub.fetched().count("unet/weights.safetensors") == 1
    verify(MODEL.folder, read_manifest(MODEL.folder))


def test_offline_nothing_is_asked(small_hub: SmallHub) -> None:
    """With the offline setting not one request is made."""
    with pytest.raises(DownloadFailure, match="offline"):
        pull(MODEL, Hub(endpoint=small_hub.endpoint, offline=True))
    assert small_hub.asked == []


def test_the_hubs_own_variables_are_the_settings() -> None:
    """`HF_ENDPOINT` names a mirror and `HF_HUB_OFFLINE` forbids, as artists know them from other tools."""
    hub = usual_hub({MIRROR_VARIABLE: "https://mirror.example", OFFLINE_VARIABLE: "1"})
    assert hub == Hub(endpoint="https://mirror.example", offline=True)
    assert usual_hub({}) == Hub()


@pytest.mark.parametrize("address", ["http://mirror.example", "ftp://mirror.example", "mirror.example", ""])
def test_a_mirror_that_could_be_listened_to_is_refused(address: str) -> None:
    """Only https, or this machine itself, is an address to fetch from."""
    with pytest.raises(InvalidRequest):
        Hub(endpoint=address)


def test_no_token_is_shown_to_a_mirror(small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is fetched is public, so an artist's token stays at home."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch(small_hub)
    assert not any("authorization" in headers for headers in small_hub.headers)


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_hub_that_says_no_is_named_with_its_answer(small_hub: SmallHub, status: int) -> None:
    """The error says who answered and what, in one line."""
    small_hub.status = status
    with pytest.raises(DownloadFailure, match=str(status)) as caught:
        fetch(small_hub)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../escape.json", "/etc/escape.json", "unet/../../escape.json"])
def test_a_listing_cannot_write_elsewhere(name: str, tmp_path: Path) -> None:
    """A name that leaves the model's folder is refused, and nothing is written."""
    assert MODEL.source is not None
    model = replace(MODEL, source=replace(MODEL.source, patterns=("*",)))
    with serving(SmallHub({name: b"{}"})) as hub, pytest.raises(DownloadFailure):
        fetch(hub, model)
    assert not list(tmp_path.rglob("escape.json"))


def test_a_repository_that_lacks_a_file_is_refused(small_hub: SmallHub) -> None:
    """What the model needs and the repository does not have is said before the rest is fetched."""
    assert MODEL.source is not None
    model = replace(MODEL, source=replace(MODEL.source, patterns=("unet/*", "vae/config.json")))
    with pytest.raises(DownloadFailure, match=r"vae/config\.json"):
        fetch(small_hub, model)
    assert small_hub.fetched() == []


def test_a_fetched_model_is_loaded_by_its_name(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the hub to a model in memory, of the same classes as a real one; its own manifest is kept."""
    files = {
        path.relative_to(tiny_model).as_posix(): path.read_bytes()
        for path in tiny_model.rglob("*")
        if path.is_file()
    }
    model = replace(MODEL, source=Source(repository="someone/model", patterns=("*",)))
    monkeypatch.setattr("dreammix.models.registry.KNOWN_MODELS", (model,))
    with serving(SmallHub(files)) as hub:
        fetch(hub, model)
    assert find("toy") == model.folder
    assert load("toy").native_side == 32


def test_a_base_is_fetched_with_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From two repositories to a model that paints into pictures: SDXL's own layers, Fooocus' pickles."""
    publish(tmp_path)
    monkeypatch.setattr("dreammix.models.registry.KNOWN_MODELS", known(tmp_path))
    with serving(hub_of(tmp_path)) as hub:
        pull(named(SDXL), Hub(endpoint=hub.endpoint))
    pickles = [path.name for path in (tmp_path / FOOOCUS).iterdir()]
    assert not any(list(named(FOOOCUS).folder.parent.rglob(name)) for name in pickles)
    model = load(SDXL)
    assert model.head is not None
    assert model.fingerprint != read_manifest(named(SDXL).folder).fingerprint
