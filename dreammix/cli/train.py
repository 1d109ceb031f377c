"""`dreammix train`: teaches the model a subject of the library, or goes on with it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import Final

from dreammix.cli.bar import Bar
from dreammix.cli.command import Command
from dreammix.cli.placing import add_placing_arguments, profile_of
from dreammix.cli.stopping import stopping
from dreammix.files import check_writable, png, write_whole
from dreammix.protocol import RegularKind, Taught, TeachProgress, TeachRequest, TeachSample
from dreammix.subjects import DEFAULT_ARTIST, Library, default_root

SANDBOX: Final = "sandbox"
_EPILOG: Final = """\
Ctrl-C stops after the step that is being computed, and keeps what was learned; the same command goes on from
there. Ctrl-C again stops at once."""


def _configure(parser: ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("subject", metavar="SUBJECT", help="one of your subjects, by its name or id")
    parser.add_argument(
        "--artist", metavar="NAME", default=DEFAULT_ARTIST, help="whose library it is in (%(default)s)"
    )
    parser.add_argument(
        "--model", metavar="NAME", default=SANDBOX, help="a model's name or folder (%(default)s)"
    )
    add_placing_arguments(parser)
    parser.add_argument(
        "--steps", metavar="N", type=int, help="how many steps (as the model is usually taught)"
    )
    parser.add_argument("--rate", metavar="X", type=float, help="learning rate (likewise)")
    parser.add_argument(
        "--regular", metavar="N", type=int, help="how many pictures keep its attributes apart (likewise)"
    )
    parser.add_argument(
        "--clip",
        metavar="FOLDER",
        type=Path,
        help="of a CLIP: those pictures are learned under what it sees in them (the sandbox brings one)",
    )
    parser.add_argument(
        "--seed", metavar="N", type=int, default=0, help="the same seed learns the same (%(default)s)"
    )
    parser.add_argument(
        "--segmenter",
        metavar="NAME",
        default="offline",
        help="what finds missing masks: offline, or the folder of a segmentation model (%(default)s)",
    )
    parser.add_argument(
        "--sample", metavar="PNG", type=Path, help="where the newest sample picture is put meanwhile"
    )


def _run(arguments: Namespace) -> int:
    library = Library(default_root(), arguments.artist)
    subject = library.find(arguments.subject)
    if arguments.sample is not None:
        check_writable(arguments.sample)
    with stopping() as stopped, Bar(subject.name) as bar:
        bar.say("Loading the model")
        from dreammix.models.base import load
        from dreammix.models.usual import usual_settings
        from dreammix.pipeline.teach import teach_subject
        from dreammix.sandbox.sight import sight_of, vocabulary_of
        from dreammix.segmentation import segmenter_named

        own = None
        if arguments.clip is not None:
            from dreammix.attributes.encoders import ClipSight

            own = ClipSight(arguments.clip)  # Not on the card, whose memory is planned for the lesson.
        model = load(arguments.model, device=arguments.device, profile=profile_of(arguments.profile))
        sight = sight_of(model.name) if own is None else own
        asked = {
            "steps": arguments.steps,
            "rate": arguments.rate,
            "regular": None if own is None else RegularKind.DESCRIBED,
            "regular_pictures": arguments.regular,
        }
        settings = replace(
            usual_settings(model.name), **{name: value for name, value in asked.items() if value is not None}
        )
        taught: Taught | None = None
        for event in teach_subject(
            model,
            library,
            TeachRequest(subject=subject.id, seed=arguments.seed, settings=settings),
            segmenter_named(arguments.segmenter),
            vocabulary=vocabulary_of(model.name),
            sight=sight,
            cancelled=stopped,
        ):
            match event:
                case TeachProgress():
                    bar.show(event)
                case TeachSample() if arguments.sample is not None:
                    write_whole({arguments.sample: png(event.picture)})
                case Taught():
                    taught = event
    if taught is not None:
        for reason in taught.skipped:
            print(f"left out: {reason}", file=sys.stderr)
        print(f"{subject.name} is taught (version {taught.version}, loss {taught.loss:.4f})")
    return 0


COMMAND: Final = Command("train", "teach the model one of your subjects", _configure, _run)
