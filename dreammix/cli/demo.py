"""`dreammix demo`: objects of words and a taught subject in the pictures that come along."""

from __future__ import annotations

import json
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

import dreammix
from dreammix.cli.bar import Bar
from dreammix.cli.command import Command
from dreammix.cli.demo_subject import DemoSubject, demo_subject, subject_strip, teach_demo
from dreammix.cli.insert import notes
from dreammix.cli.strips import Tile, film, frame, outlined, png_bytes, sheet, strip, to_image
from dreammix.files import make_folder, png, read_mask, read_scene, write_whole
from dreammix.protocol import (
    InsertRequest,
    InvalidRequest,
    Picture,
    Preview,
    Progress,
    Result,
    Stage,
)

if TYPE_CHECKING:
    from dreammix.pipeline import Pipeline

DEMO_FOLDER: Final = Path(dreammix.__file__).parent / "sandbox" / "demo"
TABLE: Final = "scenes.json"
"""In the demo's folder: a list of objects with the fields of `DemoScene`."""
_GLANCES: Final = (0.35, 0.7)
"""Which local previews the strip shows, as shares of the stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoScene:
    """One picture of the demo.

    Attributes:
        name: what its results are called.
        scene, mask: names of files in the demo's folder.
        prompt, seed: what is asked for.
    """

    name: str
    scene: str
    mask: str
    prompt: str
    seed: int


@dataclass(frozen=True, slots=True)
class Story:
    """An insert from beginning to end: the request, the previews in their order, the result."""

    request: InsertRequest
    previews: tuple[Preview, ...]
    result: Result


def demo_scenes(folder: Path = DEMO_FOLDER) -> tuple[DemoScene, ...]:
    """The demo's table."""
    rows = json.loads((folder / TABLE).read_text(encoding="utf-8"))
    return tuple(DemoScene(**row) for row in rows)


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help="which of the pictures and subjects (all)")
    parser.add_argument(
        "--out", metavar="FOLDER", type=Path, default=Path("dreammix-demo"), help="where to (%(default)s)"
    )
    parser.add_argument("--model", metavar="NAME", default="sandbox", help="a name or folder (%(default)s)")


def _run(arguments: Namespace) -> int:
    began = time.monotonic()
    scenes, subjects = _chosen(arguments.names)
    folder: Path = arguments.out
    make_folder(folder)
    with Bar() as bar:
        bar.say("Loading the model")
        pipeline = dreammix.load(arguments.model)
    strips = []
    for scene in scenes:
        story = _insert(pipeline, scene)
        strips.append(_strip(scene, story))
        told = notes(arguments.model, story.request, story.result)
        _write(
            {
                folder / f"{scene.name}.png": png_bytes(strips[-1]),
                folder / f"{scene.name}-result.png": png(_over(story, story.result), notes=told),
                folder / f"{scene.name}.webp": film(_frames(story)),
            }
        )
    for subject in subjects:
        strips.append(_taught(pipeline, subject))
        _write({folder / f"{subject.name}.png": png_bytes(strips[-1])})
    _write({folder / "all.png": png_bytes(sheet(strips))})
    print(f"{len(strips)} pictures in {time.monotonic() - began:.0f} s, all of them in {folder.resolve()}")
    return 0


def _write(files: Mapping[Path, bytes]) -> None:
    write_whole(files)
    for path in files:
        print(path)


def _chosen(names: list[str]) -> tuple[list[DemoScene], list[DemoSubject]]:
    scenes = {scene.name: scene for scene in demo_scenes()}
    subject = demo_subject(DEMO_FOLDER)
    for name in names:
        if name not in {*scenes, subject.name}:
            raise InvalidRequest(
                f"There is no picture {name}",
                f"there are {', '.join([*scenes, subject.name])}",
                "Choose of these",
            )
    wanted = names or [*scenes, subject.name]
    return [scenes[name] for name in wanted if name in scenes], [subject] * (subject.name in wanted)


def _taught(pipeline: Pipeline, subject: DemoSubject) -> Image.Image:
    """Teach a subject, in a library for the time being, and show it in its scenes."""
    scenes = {scene.name: scene for scene in demo_scenes()}
    with tempfile.TemporaryDirectory() as library:
        knowing = teach_demo(pipeline, subject, DEMO_FOLDER, Path(library))
        requests = [_request(scenes[name]) for name in subject.scenes]
        return sheet([subject_strip(knowing, subject, DEMO_FOLDER, request) for request in requests])


def _request(scene: DemoScene) -> InsertRequest:
    return InsertRequest(
        scene=read_scene(DEMO_FOLDER / scene.scene).picture,
        mask=read_mask(DEMO_FOLDER / scene.mask),
        prompt=scene.prompt,
        seed=scene.seed,
    )


def _insert(pipeline: Pipeline, scene: DemoScene) -> Story:
    request = _request(scene)
    previews, results = [], []
    with Bar(scene.name) as bar:
        for event in pipeline.insert(request):
            match event:
                case Progress():
                    bar.show(event)
                case Preview():
                    previews.append(event)
                case Result():
                    results.append(event)
    return Story(request, tuple(previews), results[0])


def _strip(scene: DemoScene, story: Story) -> Image.Image:
    local = [preview for preview in story.previews if preview.stage is Stage.LOCAL]
    crop = local[0].box
    glances = [local[int(share * len(local))] for share in _GLANCES]
    whole = to_image(story.request.scene)
    return strip(
        f"“{scene.prompt}”, seed {scene.seed}",
        [
            Tile("scene", whole),
            Tile("region", outlined(whole, story.request.mask)),
            *(Tile(f"local content, step {p.step}", to_image(_over(story, p), crop)) for p in glances),
            Tile("pasted into the scene", to_image(_over(story, local[-1]), crop)),
            Tile("harmonised", to_image(_over(story, story.result), crop)),
            Tile("result", to_image(_over(story, story.result))),
        ],
    )


def _frames(story: Story) -> list[Image.Image]:
    scene, result = to_image(story.request.scene), story.result
    previews = [frame(scene, preview.picture, preview.box) for preview in story.previews]
    return [*previews, frame(scene, result.layer, result.box)]


def _over(story: Story, shown: Preview | Result) -> Picture:
    return dreammix.composite(story.request.scene, shown)


COMMAND: Final = Command("demo", "insert objects into the pictures that come along", _configure, _run)
