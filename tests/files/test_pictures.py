"""Reading picture files that may be anything, and writing PNG files."""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dreammix.files import png, read_mask, read_scene
from dreammix.protocol import InvalidPicture, Picture, SampleFormat, Size


def gradient(mode: str = "RGB") -> Image.Image:
    """A picture of 7 x 5 pixels, each of its own colour."""
    rgb = np.arange(7 * 5 * 3, dtype=np.uint8).reshape(5, 7, 3)
    return Image.fromarray(rgb).convert(mode)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header declares width x height pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_common_colour_mode_is_read_as_rgba(tmp_path: Path, mode: str) -> None:
    """A scene is RGBA8 whatever its file holds, and equals what Pillow itself shows."""
    gradient(mode).save(tmp_path / "scene.png")
    scene = read_scene(tmp_path / "scene.png").picture
    assert scene.size == Size(7, 5)
    assert scene.data == Image.open(tmp_path / "scene.png").convert("RGBA").tobytes()


@pytest.mark.parametrize("name", ["scene.png", "scene.bmp", "scene.tiff", "scene.webp"])
def test_lossless_formats_keep_every_byte(tmp_path: Path, name: str) -> None:
    """What a lossless file says is what is read."""
    gradient().save(tmp_path / name, lossless=True)
    assert read_scene(tmp_path / name).picture.data == gradient().convert("RGBA").tobytes()


def test_cmyk_jpeg_is_read(tmp_path: Path) -> None:
    """A CMYK JPEG becomes RGBA, and its profile, which is no RGB profile, is dropped."""
    gradient("CMYK").save(tmp_path / "scene.jpg", icc_profile=b"cmyk")
    scene = read_scene(tmp_path / "scene.jpg")
    assert (scene.picture.size, scene.icc_profile) == (Size(7, 5), None)


def test_sixteen_bit_greys_are_scaled(tmp_path: Path) -> None:
    """A 16-bit mask keeps its levels instead of being clipped to white."""
    levels = np.array([[0, 257, 32768, 65535]], dtype=np.uint16)
    Image.fromarray(levels).save(tmp_path / "mask.png")
    assert read_mask(tmp_path / "mask.png").data == bytes([0, 1, 128, 255])


def test_a_transparent_mask_pixel_is_not_selected(tmp_path: Path) -> None:
    """A mask counts by its brightness times its alpha."""
    Image.frombytes("LA", (3, 1), bytes([255, 255, 255, 0, 100, 255])).save(tmp_path / "mask.png")
    assert read_mask(tmp_path / "mask.png").data == bytes([255, 0, 100])


def test_a_turned_photograph_is_read_upright(tmp_path: Path) -> None:
    """The orientation that a camera notes down is applied."""
    exif = Image.Exif()
    exif[0x0112] = 6
    gradient().save(tmp_path / "photo.png", exif=exif)
    assert read_scene(tmp_path / "photo.png").picture.size == Size(5, 7)


def test_the_colour_profile_is_handed_on(tmp_path: Path) -> None:
    """An RGB profile comes back with the scene, and out again with the PNG."""
    gradient().save(tmp_path / "scene.png", icc_profile=b"a profile")
    scene = read_scene(tmp_path / "scene.png")
    (tmp_path / "out.png").write_bytes(png(scene.picture, icc_profile=scene.icc_profile))
    assert read_scene(tmp_path / "out.png") == scene
    assert scene.icc_profile == b"a profile"


def test_notes_are_json_in_the_png(tmp_path: Path) -> None:
    """Notes survive the file, in any script."""
    picture = Picture(Size(1, 1), SampleFormat.GRAY8, b"\x07")
    (tmp_path / "out.png").write_bytes(png(picture, notes={"prompt": "eine rote Tasse, 茶碗"}))
    with Image.open(tmp_path / "out.png") as image:
        assert json.loads(image.info["dreammix"]) == {"prompt": "eine rote Tasse, 茶碗"}
        assert (image.mode, image.tobytes()) == ("L", b"\x07")


@pytest.mark.parametrize("name", ["scene.png", "scene.jpg", "scene.bmp", "scene.tiff", "scene.webp"])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str) -> None:
    """Half a file of any format is an InvalidPicture that names the file."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidPicture, match=name):
        read_scene(tmp_path / name)


@pytest.mark.parametrize("side", [9_000, 12_000, 60_000])
def test_a_picture_bomb_is_refused_before_it_is_decoded(tmp_path: Path, side: int) -> None:
    """A tiny file that declares too many pixels is refused by its header, with or without Pillow's alarm."""
    (tmp_path / "bomb.png").write_bytes(bomb(side, side))
    with pytest.raises(InvalidPicture, match="pixels"):
        read_scene(tmp_path / "bomb.png")


def test_a_format_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    """A GIF is a sound picture, but its decoder is never started."""
    gradient().save(tmp_path / "scene.gif")
    with pytest.raises(InvalidPicture, match="PNG, JPEG, WEBP, TIFF, BMP"):
        read_scene(tmp_path / "scene.gif")


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    """A picture whose samples have no agreed range is refused, and the remedy says what to save instead."""
    Image.new("F", (2, 2)).save(tmp_path / "scene.tiff")
    with pytest.raises(InvalidPicture, match="8 bits a channel"):
        read_scene(tmp_path / "scene.tiff")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """Both are an InvalidPicture, not an OSError."""
    with pytest.raises(InvalidPicture, match="no such file"):
        read_scene(tmp_path / "absent.png")
    with pytest.raises(InvalidPicture, match="no file"):
        read_scene(tmp_path)


def test_a_huge_file_is_refused_unopened(tmp_path: Path) -> None:
    """A file above the limit (here a sparse one) is refused by its size alone."""
    with (tmp_path / "scene.png").open("wb") as stream:
        stream.truncate((1 << 29) + 1)
    with pytest.raises(InvalidPicture, match="512 MiB"):
        read_scene(tmp_path / "scene.png")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_spoiled_file_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    """However a sound file is overwritten or cut, a picture or an InvalidPicture comes out."""
    name = data.draw(st.sampled_from(["a.png", "a.jpg", "a.bmp", "a.tiff", "a.webp"]))
    gradient().save(tmp_path / name)
    spoiled = bytearray((tmp_path / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(spoiled)))
    (tmp_path / name).write_bytes(spoiled[:cut])
    try:
        scene = read_scene(tmp_path / name)
    except InvalidPicture as error:
        assert "\n" not in str(error)
    else:
        assert scene.picture.format is SampleFormat.RGBA8
