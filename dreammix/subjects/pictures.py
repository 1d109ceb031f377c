"""Pictures and masks on their way into a subject: decoded once, so that what is stored can be read."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from dreammix.files import picture_size, thumbnail
from dreammix.protocol import InvalidMask, Size
from dreammix.subjects.manifest import file_name
from dreammix.subjects.subject import FileKind, NewPicture, Subject, SubjectPicture

THUMBNAIL_SIDE_PX: Final = 256
"""Longest side of a thumbnail, in pixels."""
_STORED: Final = ("PNG",)


def take_in(pictures: Sequence[NewPicture]) -> tuple[tuple[SubjectPicture, ...], dict[str, bytes]]:
    """The pictures as a subject has them, and their files. Raises InvalidPicture, InvalidMask."""
    taken, files = [], {}
    for new in pictures:
        size = picture_size(new.picture, _STORED)
        name = file_name(FileKind.PICTURE, new.picture)
        files[name] = new.picture
        mask = None
        if new.mask is not None:
            mask = mask_file(new.mask, size)
            files[mask] = new.mask
        taken.append(SubjectPicture(name, mask, size))
    return tuple(taken), files


def mask_file(mask: bytes, size: Size) -> str:
    """The name of a mask's file. Raises InvalidPicture, and InvalidMask if it has not the picture's size."""
    actual = picture_size(mask, _STORED)
    if actual != size:
        raise InvalidMask(
            f"The mask has {actual.width} x {actual.height} pixels",
            f"its picture has {size.width} x {size.height}",
            "Give a mask of the picture's size",
        )
    return file_name(FileKind.MASK, mask)


def with_thumbnail(subject: Subject, content_of: Callable[[str], bytes]) -> tuple[Subject, dict[str, bytes]]:
    """The subject with a thumbnail of its first picture, and the thumbnail's file."""
    if not subject.pictures:
        return replace(subject, thumbnail=None), {}
    small = thumbnail(content_of(subject.pictures[0].file), THUMBNAIL_SIDE_PX)
    name = file_name(FileKind.THUMBNAIL, small)
    return replace(subject, thumbnail=name), {name: small}
