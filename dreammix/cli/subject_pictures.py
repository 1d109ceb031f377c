"""Files become a subject's pictures: read, masked, checked, and shown on a contact sheet."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dreammix.files import SceneFile, check_writable, decode_scene, png, read_mask, read_scene, write_whole
from dreammix.protocol import InvalidRequest
from dreammix.protocol.payloads import MAX_SUBJECT_PICTURES
from dreammix.subjects import Library, NewPicture

if TYPE_CHECKING:
    from dreammix.segmentation import ChosenMask


@dataclass(frozen=True, slots=True)
class Prepared:
    """Pictures with the masks that were chosen for them, none of them unfit."""

    paths: tuple[Path, ...]
    scenes: tuple[SceneFile, ...]
    masks: tuple[ChosenMask, ...]

    def pictures(self) -> list[NewPicture]:
        """What the library takes."""
        return [
            NewPicture(png(scene.picture, icc_profile=scene.icc_profile), png(mask.mask))
            for scene, mask in zip(self.scenes, self.masks, strict=True)
        ]

    def report(self, sheet: Path | None) -> None:
        """Say where each mask is from, and show them on a sheet where one is wanted."""
        from dreammix.segmentation import contact_sheet

        if sheet is not None:
            write_whole({sheet: png(contact_sheet([scene.picture for scene in self.scenes], self.masks))})
        for path, mask in zip(self.paths, self.masks, strict=True):
            print(f"{path}: mask {mask.source}")


def add_picture_options(parser: ArgumentParser) -> None:
    """Which pictures, where the thing is in them."""
    parser.add_argument(
        "--picture",
        metavar="FILE",
        dest="pictures",
        type=Path,
        action="append",
        required=True,
        help="a picture of it; repeat for more, three to ten are plenty",
    )
    add_mask_options(parser)
    parser.add_argument("--sheet", metavar="PNG", type=Path, help="show the pictures and their masks there")


def add_mask_options(parser: ArgumentParser) -> None:
    """Where the thing is in some pictures, or who finds it."""
    parser.add_argument(
        "--mask",
        metavar="FILE",
        dest="masks",
        type=Path,
        action="append",
        default=[],
        help="where it is: white; the first is for the first picture, and so on (else the picture's "
        "transparency, or what --segmenter finds)",
    )
    parser.add_argument(
        "--segmenter", metavar="NAME", default="offline", help="offline, or a folder of models (%(default)s)"
    )


def prepare(arguments: Namespace, class_word: str, already: int = 0) -> Prepared:
    """Read and mask what `add_picture_options` named, for a subject that has `already` so many.

    Raises:
        InvalidRequest: too many pictures or masks.
        InvalidPicture, InvalidMask, InvalidSubject: one is unfit; its file is named.
    """
    from dreammix.segmentation import best_mask, check_fit, naming, segmenter_named

    paths, masks = arguments.pictures, arguments.masks
    if len(masks) > len(paths):
        raise InvalidRequest(
            f"There are {len(masks)} masks",
            f"there are only {len(paths)} pictures",
            "Give each picture one mask at most",
        )
    if already + len(paths) > MAX_SUBJECT_PICTURES:
        raise InvalidRequest(
            f"There are {already + len(paths)} pictures",
            f"a subject has at most {MAX_SUBJECT_PICTURES}",
            "Choose the best; three to ten are plenty",
        )
    if arguments.sheet:
        check_writable(arguments.sheet)
    scenes = tuple(read_scene(path) for path in paths)
    given = [read_mask(path) for path in masks] + [None] * (len(paths) - len(masks))
    segmenter = segmenter_named(arguments.segmenter)
    chosen = []
    for path, scene, its in zip(paths, scenes, given, strict=True):
        with naming(str(path)):
            mask = best_mask(scene.picture, its, segmenter, class_word)
            check_fit(scene.picture, mask.mask)
        chosen.append(mask)
    return Prepared(tuple(paths), scenes, tuple(chosen))


def set_mask(library: Library, subject: str, number: int, path: Path) -> None:
    """Give the picture of this number, from 1, the mask of a file.

    Raises:
        InvalidRequest: there is no such picture.
        InvalidMask, InvalidSubject: the file is no mask of it, or shows no thing in it.
    """
    from dreammix.segmentation import check_fit, naming

    mask = read_mask(path)
    with naming(str(path)):
        check_fit(decode_scene(library.read_picture(subject, number - 1)).picture, mask)
    library.set_mask(subject, number - 1, png(mask))
