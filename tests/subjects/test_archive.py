"""Archives: what was exported comes back, and no archive, however made, does harm."""

import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dreammix.protocol import ArchiveRejected, Size, SubjectTooNew
from dreammix.subjects import SubjectPicture
from dreammix.subjects.archive import MAX_ARCHIVE_BYTES
from dreammix.subjects.manifest import MANIFEST, Manifest, file_name, from_json, note_of, to_json
from dreammix.subjects.subject import FileKind
from tests.files.test_pictures import bomb
from tests.subjects.conftest import Shelf, library_at, mask_of, png_of

Entries = list[tuple[zipfile.ZipInfo, bytes]]


@pytest.fixture
def archive(shelf: Shelf, tmp_path: Path) -> Path:
    """Pip, exported."""
    shelf.library.export(shelf.pip.id, tmp_path / "pip.zip")
    return tmp_path / "pip.zip"


def entries(archive: Path) -> Entries:
    """What stands in an archive."""
    with zipfile.ZipFile(archive) as content:
        return [(info, content.read(info)) for info in content.infolist()]


def pack(path: Path, content: Entries, method: int = zipfile.ZIP_STORED) -> None:
    """Write an archive of any entries."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for info, data in content:
            archive.writestr(info, data, method)


def refused(shelf: Shelf, path: Path, words: str | None = None) -> None:
    """The archive is rejected in one line, and the library is as it was."""
    with pytest.raises(ArchiveRejected, match=words) as caught:
        shelf.library.import_(path)
    assert "\n" not in str(caught.value)
    assert shelf.library.list() == (shelf.pip,)
    kept = {path.name for path in shelf.folder.parent.iterdir()}
    assert kept <= {shelf.pip.id, ".lock", ".staging", "artist.json"}
    staging = shelf.folder.parent / ".staging"
    assert not staging.exists() or not list(staging.iterdir())


def test_an_exported_subject_comes_back(shelf: Shelf, archive: Path, tmp_path: Path) -> None:
    """In another library it is the same in everything but its id; exported again it differs in that alone."""
    (shelf.library.work_folder(shelf.pip.id) / "checkpoint").write_bytes(b"step 7")
    other = library_at(tmp_path / "other")
    twin = other.import_(archive)
    assert replace(twin, id=shelf.pip.id) == shelf.pip
    for name in shelf.pip.files:
        assert (other.folder(twin.id) / name).read_bytes() == (shelf.folder / name).read_bytes()
    other.export(twin.id, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_an_import_replaces_nothing(shelf: Shelf, archive: Path) -> None:
    """A subject that is still there is imported beside itself."""
    twin = shelf.library.import_(archive)
    assert {it.id for it in shelf.library.list()} == {shelf.pip.id, twin.id}


def test_an_archive_packed_by_another_program_is_taken(shelf: Shelf, archive: Path) -> None:
    """Compression, and another order of its files, are no offence."""
    pack(archive, entries(archive)[::-1], zipfile.ZIP_DEFLATED)
    assert shelf.library.import_(archive).name == "Pip"


HOSTILE_NAMES = [
    "../evil.png",
    "..\\evil.png",
    "/tmp/evil.png",
    "C:\\evil.png",
    "\\\\server\\share\\evil.png",
    "a/../../evil.png",
    "evil.png/",
    ".lock",
    "work/evil.png",
    "0" * 32 + ".png",
    "0" * 32 + ".png ",
    "NUL",
    "manifest.json/x",
    "",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_that_are_tricks_are_refused(shelf: Shelf, archive: Path, tmp_path: Path, name: str) -> None:
    """An entry beside those of the manifest, whatever it is called, is refused, and written nowhere."""
    before = set(tmp_path.rglob("*"))
    pack(archive, [*entries(archive), (zipfile.ZipInfo(name), b"evil")])
    refused(shelf, archive)
    assert {path for path in tmp_path.rglob("*") if "evil" in path.name} == set()
    assert set(tmp_path.rglob("*")) <= before


def test_a_name_with_a_nul_is_refused(shelf: Shelf, archive: Path) -> None:
    """A name that ends for some readers where it goes on for others is no name."""
    wanted = shelf.pip.pictures[0].file.encode()
    content = archive.read_bytes().replace(wanted, b"../x\0" + wanted[5:])
    archive.write_bytes(content)
    refused(shelf, archive)


def test_a_name_in_the_manifest_that_is_a_path_is_refused(shelf: Shelf, archive: Path) -> None:
    """The manifest cannot send a file elsewhere either."""
    name = shelf.pip.pictures[0].file
    evil = "../" * 10 + name[30:]
    pack(
        archive,
        [
            (zipfile.ZipInfo(info.filename.replace(name, evil)), data.replace(name.encode(), evil.encode()))
            for info, data in entries(archive)
        ],
    )
    refused(shelf, archive)


@pytest.mark.parametrize("mode", [0o120777, 0o040755, 0o020666, 0o010644])
def test_an_entry_that_is_no_file_is_refused(shelf: Shelf, archive: Path, mode: int) -> None:
    """Links, folders, devices and pipes do not come out of an archive."""
    content = entries(archive)
    content[1][0].external_attr = mode << 16
    pack(archive, content)
    refused(shelf, archive, "no plain file")


def test_a_name_that_stands_twice_is_refused(shelf: Shelf, archive: Path) -> None:
    """Nobody can say which of two entries of one name is meant."""
    content = entries(archive)
    with pytest.warns(UserWarning, match="Duplicate"):
        pack(archive, [*content, content[1]])
    refused(shelf, archive, "twice")


def test_altered_content_is_refused(shelf: Shelf, archive: Path) -> None:
    """Content that is not what its hash promised is refused, although the archive itself is sound."""
    content = entries(archive)
    info, data = content[-1]
    pack(archive, [*content[:-1], (info, data[:-1] + bytes([data[-1] ^ 1]))])
    refused(shelf, archive, "hash")


@pytest.mark.parametrize("name", ["manifest.json", "picture"])
def test_a_missing_file_is_refused(shelf: Shelf, archive: Path, name: str) -> None:
    """An archive without its manifest, or without one of its pictures, is none."""
    lost = shelf.pip.pictures[0].file if name == "picture" else name
    pack(archive, [(info, data) for info, data in entries(archive) if info.filename != lost])
    refused(shelf, archive)


def test_no_archive_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    """A missing file, a folder, an empty file and a picture are one clear error each."""
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "picture").write_bytes(png_of("red"))
    for name in ("absent", ".", "empty", "picture"):
        refused(shelf, tmp_path / name)


def test_an_archive_from_the_future_asks_for_an_update(shelf: Shelf, archive: Path) -> None:
    """A newer schema is no damage."""
    pack(
        archive,
        [(info, data.replace(b'"schema": 1', b'"schema": 2')) for info, data in entries(archive)],
    )
    with pytest.raises(SubjectTooNew):
        shelf.library.import_(archive)


def with_picture(archive: Path, picture: bytes, size: Size, mask: bytes | None = None) -> None:
    """Put a picture of any bytes into an archive, with a manifest that fits in everything else."""
    content = {info.filename: data for info, data in entries(archive)}
    manifest = from_json(content[MANIFEST])
    new = {file_name(FileKind.PICTURE, picture): picture}
    if mask is not None:
        new[file_name(FileKind.MASK, mask)] = mask
    added = SubjectPicture(next(iter(new)), None if mask is None else file_name(FileKind.MASK, mask), size)
    subject = replace(manifest.subject, pictures=(*manifest.subject.pictures, added))
    notes = dict(manifest.files) | {name: note_of(data) for name, data in new.items()}
    content |= new | {MANIFEST: to_json(Manifest(subject, notes))}
    pack(archive, [(zipfile.ZipInfo(name), data) for name, data in content.items()])


def test_a_picture_that_lies_is_refused(shelf: Shelf, archive: Path) -> None:
    """Hashed, listed, and yet no PNG, cut short, of another size than said, or with a mask of another."""
    whole = archive.read_bytes()
    for picture, size, mask in (
        (b"text", Size(4, 3), None),
        (png_of("green")[:50], Size(4, 3), None),
        (png_of("green"), Size(4, 4), None),
        (png_of("green"), Size(4, 3), mask_of(9, 5, 6)),
    ):
        archive.write_bytes(whole)
        with_picture(archive, picture, size, mask)
        refused(shelf, archive)


def with_thumbnail(archive: Path, small: bytes) -> None:
    """Put a thumbnail of any bytes into an archive, with a manifest that fits."""
    content = {info.filename: data for info, data in entries(archive)}
    old = from_json(content.pop(MANIFEST))
    content.pop(old.subject.thumbnail or "")
    name = file_name(FileKind.THUMBNAIL, small)
    content[name] = small
    notes = {file: note_of(data) for file, data in content.items()}
    content[MANIFEST] = to_json(Manifest(replace(old.subject, thumbnail=name), notes))
    pack(archive, [(zipfile.ZipInfo(file), data) for file, data in content.items()])


def test_a_thumbnail_that_is_none_is_refused(shelf: Shelf, archive: Path) -> None:
    """What the library shows first is decoded too: no text, no half picture, no bomb, nothing large."""
    whole = archive.read_bytes()
    for small in (b"text", png_of("green")[:50], bomb(50_000, 50_000), png_of("green", 257, 3)):
        archive.write_bytes(whole)
        with_thumbnail(archive, small)
        refused(shelf, archive)
    archive.write_bytes(whole)
    with_thumbnail(archive, png_of("green", 256, 3))
    assert shelf.library.import_(archive).name == "Pip"


IMPORT = """
import sys
from pathlib import Path
from dreammix.protocol import ArchiveRejected
from dreammix.subjects import Library
import resource

used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (96 << 20),) * 2)
try:
    Library(Path(sys.argv[1])).import_(Path(sys.argv[2]))
except ArchiveRejected as error:
    print(error)
    sys.exit(0)
sys.exit(1)
"""


def refused_in_little_memory(tmp_path: Path, archive: Path) -> str:
    """The archive is rejected by a process that has 96 MiB to do it in; what it said."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, str(tmp_path / "other"), str(archive)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


linux = pytest.mark.skipif(sys.platform != "linux", reason="the memory ceiling is Linux's")


@linux
@pytest.mark.parametrize("side", [9_000, 50_000])
def test_a_picture_bomb_is_stopped_by_its_header(archive: Path, tmp_path: Path, side: int) -> None:
    """A hundred bytes that declare gigapixels are refused without the memory for them."""
    with_picture(archive, bomb(side, side), Size(4, 3))
    assert "pixels" in refused_in_little_memory(tmp_path, archive)


@linux
def test_a_text_bomb_in_a_picture_is_stopped(archive: Path, tmp_path: Path) -> None:
    """A PNG whose compressed comment would fill the memory is refused."""
    comment = b"Comment\0\0" + zlib.compress(bytes(160 << 20), 9)
    chunk = (
        struct.pack(">I", len(comment)) + b"zTXt" + comment + struct.pack(">I", zlib.crc32(b"zTXt" + comment))
    )
    picture = png_of("green")
    with_picture(archive, picture[:33] + chunk + picture[33:], Size(4, 3))
    refused_in_little_memory(tmp_path, archive)


@linux
@pytest.mark.parametrize("honest", [True, False])
def test_a_zip_bomb_is_stopped(archive: Path, tmp_path: Path, honest: bool) -> None:
    """Many zeros, packed small, is refused by its size, or by the lie about it."""
    content = entries(archive)
    name = next(info.filename for info, _ in content if info.filename.endswith(".safetensors"))
    size = next(len(data) for info, data in content if info.filename == name)
    pack(
        archive,
        [(i, bytes(160 << 20) if i.filename == name else d) for i, d in content],
        zipfile.ZIP_DEFLATED,
    )
    if not honest:
        data = bytearray(archive.read_bytes())
        entry = data.rindex(name.encode()) - 46
        assert data[entry : entry + 4] == b"PK\x01\x02"
        data[entry + 24 : entry + 28] = struct.pack("<L", size)
        archive.write_bytes(data)
    refused_in_little_memory(tmp_path, archive)


@linux
def test_a_table_of_contents_that_is_a_bomb_is_stopped(tmp_path: Path) -> None:
    """Three thousand entries are refused before the first of them is looked at."""
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as many:
        for number in range(3_000):
            many.writestr(f"{number}", b"")
    assert "more than" in refused_in_little_memory(tmp_path, tmp_path / "many.zip")


Spoil = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data + b"more",
        lambda data: data[:-2] + b"\x04\x00note",
        lambda data: data[:-22] + b"PK\x06\x07" + bytes(16) + data[-22:],
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: b"junk" + data[4:],
    ],
    ids=["tail", "comment", "64 bits", "cut", "half", "head"],
)
def test_unusual_ends_are_refused(shelf: Shelf, archive: Path, spoil: Spoil) -> None:
    """Where a second reading of the archive would be possible, there is none."""
    archive.write_bytes(spoil(archive.read_bytes()))
    refused(shelf, archive)


def test_an_encrypted_archive_is_refused(shelf: Shelf, archive: Path) -> None:
    """The flag alone is enough."""
    data = bytearray(archive.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    refused(shelf, archive, "encrypted")


def test_a_huge_archive_is_refused_unread(shelf: Shelf, tmp_path: Path) -> None:
    """A file (here a sparse one) above the limit is refused by its size."""
    with (tmp_path / "huge.zip").open("wb") as stream:
        stream.truncate(MAX_ARCHIVE_BYTES + 1)
    refused(shelf, tmp_path / "huge.zip", "1024 MiB")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_a_spoiled_archive_is_imported_or_refused(shelf: Shelf, archive: Path, data: st.DataObject) -> None:
    """However bytes are overwritten, a whole subject or a documented error comes out."""
    spoiled = bytearray(archive.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    path = archive.with_name("spoiled.zip")
    path.write_bytes(spoiled)
    try:
        twin = shelf.library.import_(path)
    except (ArchiveRejected, SubjectTooNew):
        assert shelf.library.list() == (shelf.pip,)
    else:
        for index in range(len(twin.pictures)):
            shelf.library.read_picture(twin.id, index)
        shelf.library.delete(twin.id)
        shelf.library.purge()
