"""`dreammix insert`: one picture, one mask, some words or a subject; a PNG comes out."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

import dreammix
from dreammix.cli.bar import Bar
from dreammix.cli.command import Command
from dreammix.cli.placing import add_placing_arguments, profile_of
from dreammix.cli.stack import LoraFile, add_stack_argument, read_stack, stack_notes
from dreammix.cli.stopping import stopping
from dreammix.cli.subject import add_subject_arguments, said, subject_use
from dreammix.files import check_writable, png, read_mask, read_scene, write_whole
from dreammix.models.registry import DRAFTS
from dreammix.protocol import (
    Harmonisation,
    InsertRequest,
    InsertSettings,
    InvalidRequest,
    OutputFailure,
    Picture,
    Progress,
    Replacement,
    Result,
    SampleFormat,
    Solver,
    SubjectUse,
)
from dreammix.protocol.requests import DRAFT_STEPS, drafted
from dreammix.subjects import Library, default_root

RANDOM_SEEDS: Final = 1 << 32
"""A seed that nobody chose is below this: short enough to be read aloud."""
NOTES_SCHEMA: Final = 1
_EPILOG: Final = """\
The mask has the scene's size; white is where to paint. The PNG's "dreammix" text (iTXt) holds, as JSON, what
gives it again: schema (1), program, model, prompt, negative_prompt, seed, box (x, y, width, height of the
layer on the canvas), settings (steps, local_share, guidance, feather, solver, harmonisation, window_ratio,
detail, settle, matte, draft), by the names and in the units of the options, loras (file, weight and sha256 of
each), and subject: null, or id, edit, strength and replaced (kind, old, new of each attribute)."""


def notes(
    model: str, request: InsertRequest, result: Result, loras: Sequence[LoraFile] = ()
) -> Mapping[str, object]:
    """What is written into a result's file, so that it can be made again: as `--help` describes it."""
    box = result.box
    return {
        "schema": NOTES_SCHEMA,
        "program": f"dreammix {version('dreammix')}",
        "model": model,
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "seed": result.seed,
        "box": [box.x, box.y, box.width, box.height],
        "settings": asdict(request.settings),
        "subject": None if request.subject is None else _subject_notes(request.subject, result.replaced),
        "loras": stack_notes(loras),
    }


def _subject_notes(use: SubjectUse, replaced: tuple[Replacement, ...]) -> Mapping[str, object]:
    """The subject of a result; what the edit replaced is written out, however it was found."""
    return {
        "id": use.subject,
        "edit": use.edit,
        "strength": use.strength,
        "replaced": [asdict(replacement) for replacement in replaced],
    }


def _configure(parser: ArgumentParser) -> None:
    usual = InsertSettings()
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("scene", metavar="SCENE", type=Path, help="the picture to paint into")
    parser.add_argument("--mask", metavar="FILE", type=Path, required=True, help="where to paint: white")
    parser.add_argument("--prompt", metavar="WORDS", help="what to paint; with a subject, what else")
    add_subject_arguments(parser)
    add_stack_argument(parser)
    parser.add_argument("--negative", metavar="WORDS", default="", help="what to stay away from")
    parser.add_argument("--out", metavar="PNG", type=_png, required=True, help="the result")
    parser.add_argument(
        "--layer", metavar="PNG", type=_png, help="the new pixels alone, on a transparent canvas"
    )
    parser.add_argument(
        "--model", metavar="NAME", default="sandbox", help="a model's name or folder (%(default)s)"
    )
    add_placing_arguments(parser)
    parser.add_argument("--seed", metavar="N", type=int, help="the same seed gives the same picture (random)")
    parser.add_argument(
        "--variants", metavar="N", type=int, default=1, help="several results: OUT-1.png, OUT-2.png, ..."
    )
    parser.add_argument(
        "--draft",
        action="store_true",
        help=f"few steps, with SDXL and the LoRA {DRAFTS} (`dreammix models pull {DRAFTS}`)",
    )
    parser.add_argument(
        "--steps",
        metavar="N",
        type=int,
        help=f"denoising steps ({usual.steps}; {DRAFT_STEPS} of a draft)",
    )
    parser.add_argument(
        "--local-share",
        metavar="X",
        type=float,
        default=usual.local_share,
        help="share of the steps that paint the object up close; the others fit it in (%(default)s)",
    )
    parser.add_argument(
        "--guidance",
        metavar="X",
        type=float,
        default=usual.guidance,
        help="weight of the words (%(default)s)",
    )
    parser.add_argument(
        "--feather", metavar="PX", type=int, default=usual.feather, help="soft edge, inwards (%(default)s)"
    )
    parser.add_argument(
        "--solver",
        choices=[str(solver) for solver in Solver],
        help=f"({usual.solver}; {Solver.EULER} of a draft)",
    )
    parser.add_argument(
        "--harmonisation",
        choices=[str(kind) for kind in Harmonisation],
        default=str(usual.harmonisation),
        help="what the fitting in sees: a window around the region, or the whole picture (%(default)s)",
    )
    parser.add_argument(
        "--window-ratio",
        metavar="X",
        type=float,
        default=usual.window_ratio,
        help="side of that window, in sides of what the first stage saw (%(default)s)",
    )
    parser.add_argument(
        "--detail",
        metavar="X",
        type=float,
        default=usual.detail,
        help="share of the first stage's fine detail that is kept, 0 to 1 (%(default)s)",
    )
    parser.add_argument(
        "--settle",
        metavar="X",
        type=float,
        default=usual.settle,
        help="how much of the step in colour at the region's edge is taken out, 0 to 1 (%(default)s)",
    )
    parser.add_argument(
        "--matte",
        metavar="X",
        type=float,
        default=usual.matte,
        help="how much of the ground around the painted thing stays the scene's, 0 to 1; 0 replaces"
        " what stands in the region (%(default)s)",
    )


def _run(arguments: Namespace) -> int:
    usual = drafted(InsertSettings()) if arguments.draft else InsertSettings()
    settings = InsertSettings(
        draft=arguments.draft,
        steps=usual.steps if arguments.steps is None else arguments.steps,
        local_share=arguments.local_share,
        guidance=arguments.guidance,
        feather=arguments.feather,
        solver=usual.solver if arguments.solver is None else Solver(arguments.solver),
        harmonisation=Harmonisation(arguments.harmonisation),
        window_ratio=arguments.window_ratio,
        detail=arguments.detail,
        settle=arguments.settle,
        matte=arguments.matte,
    )
    library = Library(default_root(), arguments.artist)
    subject = subject_use(arguments, library)
    if subject is None and arguments.prompt is None:
        raise InvalidRequest(
            "There is nothing to paint", "neither --prompt nor --subject is given", "Give one of them"
        )
    scene = read_scene(arguments.scene)
    request = InsertRequest(
        scene=scene.picture,
        mask=read_mask(arguments.mask),
        prompt=arguments.prompt or "",
        negative_prompt=arguments.negative,
        subject=subject,
        seed=secrets.randbelow(RANDOM_SEEDS) if arguments.seed is None else arguments.seed,
        variants=arguments.variants,
        settings=settings,
    )
    outs = _numbered(arguments.out, request.variants)
    layers = _numbered(arguments.layer, request.variants) if arguments.layer else []
    _check_places([*outs, *layers])

    results = _insert(arguments, library, request)
    empty = Picture(request.scene.size, SampleFormat.RGBA8, bytes(len(request.scene.data)))
    files: dict[Path, bytes] = {}
    for ground, places in ((request.scene, outs), (empty, layers)):
        for result, place in zip(results, places, strict=False):
            told = notes(arguments.model, request, result, arguments.lora)
            files[place] = png(dreammix.composite(ground, result), notes=told, icc_profile=scene.icc_profile)
    write_whole(files)
    for replacement in results[0].replaced:
        print(said(replacement))
    for result, out in zip(results, outs, strict=True):
        print(f"{out} (seed {result.seed})")
    return 0


def _check_places(places: list[Path]) -> None:
    if len(set(places)) < len(places):
        raise OutputFailure(
            "Two results have one place", "--layer names the file of --out", "Name another file"
        )
    for place in places:
        check_writable(place)


def _insert(arguments: Namespace, library: Library, request: InsertRequest) -> list[Result]:
    results = []
    with stopping() as stopped, Bar() as bar:
        bar.say("Loading the model")
        profile = profile_of(arguments.profile)
        pipeline = dreammix.load(arguments.model, device=arguments.device, profile=profile)
        pipeline = replace(pipeline, library=library, stack=read_stack(arguments.lora, pipeline.model))
        for event in pipeline.insert(request, stopped):
            match event:
                case Progress():
                    bar.show(event)
                case Result():
                    results.append(event)
    return results


def _png(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise ArgumentTypeError(f"{text} does not end in .png")
    return path


def _numbered(path: Path, variants: int) -> list[Path]:
    """The path itself for one variant, or NAME-1.png, NAME-2.png, ..."""
    if variants == 1:
        return [path]
    return [path.with_stem(f"{path.stem}-{number}") for number in range(1, variants + 1)]


COMMAND: Final = Command("insert", "insert an object into a region of a picture", _configure, _run)
