"""`dreammix describe`: says what the thing in some pictures looks like."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from dreammix.attributes import DescriberKind, DescriberSettings
from dreammix.attributes.choice import choose_describer
from dreammix.attributes.describer import DEFAULT_ENDPOINT
from dreammix.cli.command import Command
from dreammix.files import read_scene

_KINDS: Final = tuple(kind.value for kind in DescriberKind if kind is not DescriberKind.BY_HAND)
_EPILOG: Final = """\
The subject is what is not transparent in the pictures. "clip" asks the sandbox model's CLIP about the words
that it knows, or the CLIP in the folder --vlm; "local" asks the vision-language model in the folder --vlm;
"openai" sends small copies of the pictures to --endpoint, with the key in DREAMMIX_DESCRIBER_KEY or in the
keyring (service dreammix-describer, user: the endpoint's host)."""


def _configure(parser: ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("pictures", metavar="PICTURE", type=Path, nargs="+", help="pictures of one thing")
    parser.add_argument("--class", metavar="WORD", dest="class_word", required=True, help="what it is")
    parser.add_argument("--describer", choices=_KINDS, default="clip", help="who looks (%(default)s)")
    parser.add_argument("--vlm", metavar="NAME", default="", help="the describing model: a name or folder")
    parser.add_argument("--endpoint", metavar="URL", default=DEFAULT_ENDPOINT, help="openai: where it is")


def _run(arguments: Namespace) -> int:
    pictures = [read_scene(path).picture for path in arguments.pictures]
    settings = DescriberSettings(
        kind=DescriberKind(arguments.describer), endpoint=arguments.endpoint, model=arguments.vlm
    )
    if settings.kind is DescriberKind.CLIP and not settings.model:
        from dreammix.models import find
        from dreammix.sandbox.sight import VOCABULARY, SandboxSight

        describer = choose_describer(settings, sight=SandboxSight(find("sandbox")), vocabulary=VOCABULARY)
    else:
        describer = choose_describer(settings)
    for attribute in describer.describe(pictures, arguments.class_word):
        print(f"{attribute.kind}: {attribute.words}")
    return 0


COMMAND: Final = Command("describe", "say what a thing in pictures looks like", _configure, _run)
