"""`dreammix masks`: finds the subject in pictures, and shows what was found on a contact sheet."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from dreammix.cli.bar import Bar
from dreammix.cli.command import Command
from dreammix.cli.subject_pictures import add_mask_options
from dreammix.files import check_writable, png, read_mask, read_scene, write_whole
from dreammix.protocol import InvalidMask, InvalidRequest, InvalidSubject, Picture

_EPILOG: Final = """\
A picture that is see-through around its subject needs no search. The segmenter "offline" needs no weights and
finds what differs from the picture's border; a folder with "detector" (Grounding DINO) and "sam" (SAM) in it
finds what the class word names. "sam" may hold a SAM 2, with torchvision installed; that was never tried."""


def _configure(parser: ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("pictures", metavar="PICTURE", type=Path, nargs="+", help="pictures of one subject")
    parser.add_argument("--class", metavar="WORD", dest="word", required=True, help="what it is: mug")
    add_mask_options(parser)
    parser.add_argument("--out", metavar="SHEET", type=Path, required=True, help="the contact sheet (PNG)")


def _run(arguments: Namespace) -> int:
    check_writable(arguments.out)
    paths: list[Path] = arguments.pictures
    pictures = [read_scene(path).picture for path in paths]
    given: list[Picture | None] = [read_mask(path) for path in arguments.masks]
    if len(given) > len(pictures):
        raise InvalidRequest(
            f"There are {len(given)} masks", f"there are {len(pictures)} pictures", "Give one for each"
        )
    given += [None] * (len(pictures) - len(given))
    from dreammix.segmentation import ChosenMask, best_mask, contact_sheet, naming, segmenter_named

    chosen: list[ChosenMask | None] = []
    failures: list[InvalidMask | InvalidSubject] = []
    with Bar() as bar:
        bar.say("Loading the segmenter")
        segmenter = segmenter_named(arguments.segmenter)
        for path, picture, mask in zip(paths, pictures, given, strict=True):
            bar.say(path.name)
            try:
                with naming(path.name):
                    chosen.append(best_mask(picture, mask, segmenter, arguments.word))
            except (InvalidMask, InvalidSubject) as error:  # One bad picture hides no good one.
                chosen.append(None)
                failures.append(error)
    write_whole({arguments.out: png(contact_sheet(pictures, chosen))})
    print(arguments.out)
    for failure in failures[:-1]:
        print(f"dreammix: {failure}", file=sys.stderr)
    if failures:
        raise failures[-1]
    return 0


COMMAND: Final = Command("masks", "find a subject's masks in pictures", _configure, _run)
