"""Published models fetched from the hub, by its own client: whole, of the right hash, or not at all.

    listing of one revision ─► room? ─► each file: .part, resumed ─► hash ─► renamed ─► manifest ─► in place

The revision that a fetch begins with is pinned, so that what is gone on with later is the same. No token is
ever sent: what is fetched here is public, and a mirror is nobody to show one to.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from dreammix.files import (
    DISK,
    Disk,
    blaming,
    check_room,
    make_folder,
    move,
    remove_tree,
    sha256_of,
    write_whole,
)
from dreammix.fooocus import Source as Pickle
from dreammix.fooocus import Sources, convert
from dreammix.fooocus.weights import HUB_REPOSITORY
from dreammix.models.manifest import MANIFEST, read_manifest, verify, write_manifest
from dreammix.models.recognise import SDXL_SIDE
from dreammix.models.registry import KnownModel, Source, named
from dreammix.models.unlisted import SDXL_MULTIPLE
from dreammix.protocol import DownloadFailure, InvalidRequest
from dreammix.protocol.places import models_folder

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling
    from tqdm import tqdm

THE_HUB: Final = "https://huggingface.co"
MIRROR_VARIABLE: Final = "HF_ENDPOINT"
OFFLINE_VARIABLE: Final = "HF_HUB_OFFLINE"
ORIGIN_FILE: Final = "ORIGIN"
"""In a fetched model's folder, and while it is fetched: where it is from, and what each file must hash to."""
MAX_BYTES: Final = 64 << 30
"""Most bytes of one model: a listing that says more is none of ours."""
LISTING_TIMEOUT_S: Final = 30.0
FETCHED_BYTES: Final = 1 << 16
"""What the hub's client hands over at once. By itself it takes 10 MiB: on a slow line minutes, while nothing
would be told, and nobody could stop it."""
_CHUNK_BYTES: Final = 1 << 20
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Whom models are fetched from.

    Attributes:
        endpoint: the hub's address, or a mirror's; https, except on this machine.
        offline: whether nothing may be fetched at all.
    """

    endpoint: str = THE_HUB
    offline: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.endpoint)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise InvalidRequest(
                f"{self.endpoint!r} is no address to fetch models from",
                "anybody on the way could change what comes over http",
                "Give one that begins with https://",
            )


def usual_hub(environment: Mapping[str, str] = os.environ) -> Hub:
    """What the hub's own variables say, `HF_ENDPOINT` and `HF_HUB_OFFLINE`. Raises InvalidRequest."""
    return Hub(
        endpoint=environment.get(MIRROR_VARIABLE) or THE_HUB,
        offline=environment.get(OFFLINE_VARIABLE, "").upper() in ("1", "TRUE", "YES", "ON"),
    )


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a model has come: the file that is on its way, and the bytes of all of them."""

    file: str
    done_bytes: int
    total_bytes: int


Report = Callable[[PullProgress], None]
"""Is told now and then; what it raises ends the fetch, which can be gone on with later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file of a listing.

    Attributes:
        name: relative to the model's folder, with forward slashes; it stays inside.
        size: in bytes.
        digest: the hub's: a SHA-256 of the content, or git's SHA-1 of a small file as a blob; hexadecimal.
    """

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One revision of a repository: what is fetched, and kept beside it."""

    repository: str
    revision: str
    licence: str
    files: tuple[Item, ...]


def pull(
    model: KnownModel,
    hub: Hub,
    report: Report = lambda progress: None,
    *,
    disk: Disk = DISK,
) -> None:
    """Fetch a model and what it needs, or go on where an earlier fetch ended; what is installed stays.

    Args:
        model: one that has a source.
        hub: whom to ask.
        report: is told how far it has come.
        disk: where it is written.

    Raises:
        DownloadFailure: it is not published (any more), cannot be reached, is not what was published, or
            another program is fetching it.
        StorageFull: there is no room, which is seen before anything is fetched. OutputFailure.
        ModelDamaged: what came cannot be converted, or is not what its own manifest says.
    """
    from filelock import FileLock, Timeout

    for needed in model.needs:
        pull(named(needed), hub, report, disk=disk)
    if model.installed:
        return
    if model.source is None or hub.offline:
        why = "it is built in, or your own" if model.source is None else "nothing is fetched while offline"
        raise _failure(model.name, why, "Install it by hand, or allow this program to go online")
    staging = models_folder() / f".{model.name}.part"
    make_folder(staging, disk)
    try:
        with FileLock(models_folder() / f".{model.name}.lock", timeout=0):
            origin = _origin(model, model.source, hub, staging, disk)
            _fetch_all(origin, hub, staging, report, disk)
            _install(model, model.source, staging, disk)
    except Timeout:
        raise _failure(model.name, "another program is fetching it", "Wait until it has ended") from None


def _origin(model: KnownModel, source: Source, hub: Hub, staging: Path, disk: Disk) -> Origin:
    """What is to be fetched: the revision that was begun with, or the newest one, from now on."""
    path = staging / ORIGIN_FILE
    if path.is_file():
        with suppress(OSError, ValueError, TypeError, KeyError):
            content = json.loads(path.read_bytes())
            return Origin(**{**content, "files": tuple(Item(**item) for item in content["files"])})
    origin = _listing(model, source, hub)
    write_whole({path: (json.dumps(asdict(origin), indent=1) + "\n").encode()}, disk)
    return origin


def _listing(model: KnownModel, source: Source, hub: Hub) -> Origin:
    from huggingface_hub import HfApi

    with _blaming_the_hub(model.name, hub):
        info = HfApi(endpoint=hub.endpoint, token=False).model_info(
            source.repository, files_metadata=True, timeout=LISTING_TIMEOUT_S
        )
    siblings = info.siblings or []
    items: dict[str, Item] = {}
    for pattern in source.patterns:
        found = [sibling for sibling in siblings if fnmatch(sibling.rfilename, pattern)]
        if not found:
            raise _failure(model.name, f"{source.repository} has no {pattern} (any more)", "Choose another")
        items |= {sibling.rfilename: _item(model, source, sibling) for sibling in found}
    if info.sha is None or sum(item.size for item in items.values()) > MAX_BYTES:
        raise _failure(model.name, f"what {hub.endpoint} says of it makes no sense", "Try another mirror")
    return Origin(
        repository=source.repository, revision=info.sha, licence=model.licence, files=tuple(items.values())
    )


def _item(model: KnownModel, source: Source, sibling: RepoSibling) -> Item:
    name, size = sibling.rfilename, sibling.size
    digest = sibling.blob_id if sibling.lfs is None else sibling.lfs.sha256
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or size is None or not digest:
        raise _failure(model.name, f"the hub's entry of {name!r} makes no sense", "Try another mirror")
    if source.sha256.get(name, digest) != digest:
        raise _failure(model.name, f"{name} is not the file that is known", "Try another mirror")
    return Item(name=name, size=size, digest=digest)


def _fetch_all(origin: Origin, hub: Hub, staging: Path, report: Report, disk: Disk) -> None:
    total = sum(item.size for item in origin.files)
    here = {
        item.name: _size(staging / item.name) or _size(_part(staging / item.name)) for item in origin.files
    }
    check_room(staging, total - sum(here.values()), disk)
    done = 0
    for item in origin.files:

        def tell(count: int, item: Item = item, done: int = done) -> None:
            report(PullProgress(item.name, done + count, total))

        tell(0)
        path = staging / item.name
        if _size(path) != item.size or _digest(path, item) != item.digest:
            _fetch(origin, item, hub, path, tell, disk)
        done += item.size
        tell(item.size)


def _fetch(origin: Origin, item: Item, hub: Hub, path: Path, tell: Callable[[int], None], disk: Disk) -> None:
    """Fetch one file beside its place, going on where it ended; only what has the right hash gets there."""
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.file_download import http_get

    constants.DOWNLOAD_CHUNK_SIZE = FETCHED_BYTES
    make_folder(path.parent, disk)
    part = _part(path)
    if _size(part) > item.size:
        disk.remove(part)
    url = hf_hub_url(origin.repository, item.name, revision=origin.revision, endpoint=hub.endpoint)
    with blaming(part), disk.create(part) if not part.exists() else part.open("r+b") as stream:
        begin = stream.seek(0, os.SEEK_END)
        with _blaming_the_hub(item.name, hub):
            http_get(
                url,
                stream,
                resume_size=begin,
                expected_size=item.size,
                displayed_filename=item.name,
                tqdm_class=_counter(begin, tell),
            )
        disk.sync(stream)
    with blaming(part):
        if _digest(part, item) != item.digest:
            disk.remove(part)
            raise _failure(item.name, "what came is not what was published", "Try again, or another mirror")
    move(part, path, disk)


def _install(model: KnownModel, source: Source, staging: Path, disk: Disk) -> None:
    """Everything is there and right: bring it into its place."""
    if source.repository == HUB_REPOSITORY:
        head, patch = (Pickle(name, source.sha256[name]) for name in source.patterns)
        convert(staging / head.name, staging / patch.name, model.folder, Sources(head, patch))
        remove_tree(staging, disk)
        return
    if (staging / MANIFEST).is_file():  # Published for this program: it knows more of itself.
        verify(staging, read_manifest(staging))
    else:
        with blaming(staging):
            write_manifest(staging, name=model.name, native_side=SDXL_SIDE, multiple=SDXL_MULTIPLE)
    if model.folder.exists():  # Without its manifest it is a rest of something.
        remove_tree(model.folder, disk)
    move(staging, model.folder, disk)


def _counter(begin: int, tell: Callable[[int], None]) -> type[tqdm[None]]:
    """What the client takes for a progress bar: it draws nothing, and tells."""
    from tqdm import tqdm

    class Counter(tqdm):  # type: ignore[type-arg]
        """Bytes of one file, those of earlier attempts included."""

        def __init__(self, *_given: object, **_named: object) -> None:
            super().__init__(disable=True)
            self.reached = begin

        def update(self, count: float | None = 1) -> None:
            """So many more; fewer than none, where the server begins again."""
            self.reached += int(count or 0)
            tell(self.reached)

    return Counter


@contextmanager
def _blaming_the_hub(name: str, hub: Hub) -> Iterator[None]:
    """Turn what the client raises into a DownloadFailure; a full disk is no fault of the hub, and passes."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        yield
    except OfflineModeIsEnabled as error:
        raise _failure(name, f"{OFFLINE_VARIABLE} is set", "Take it back") from error
    except HfHubHTTPError as error:
        why = f"{hub.endpoint} answers {error.response.status_code}"
        raise _failure(name, why, "Try later, or another mirror") from error
    except (httpx2.HTTPError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        why = " ".join(str(error).split()) or type(error).__name__
        raise _failure(
            name, f"{hub.endpoint} was not reached, or broke off ({why})", "Try again: what has come is kept"
        ) from error


def _digest(path: Path, item: Item) -> str:
    """The content's digest of the kind that the item's is."""
    if len(item.digest) == hashlib.sha256().digest_size * 2:
        return sha256_of(path)
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _failure(name: str, why: str, remedy: str) -> DownloadFailure:
    return DownloadFailure(f"{name} was not fetched", why, remedy)
