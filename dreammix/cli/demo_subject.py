"""The demo's second half: a subject is taught from the pictures that come along, inserted, and edited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

import dreammix
from dreammix.cli.bar import Bar
from dreammix.cli.strips import Tile, strip, to_image
from dreammix.cli.subject import said
from dreammix.files import png, read_scene
from dreammix.protocol import (
    Attribute,
    AttributeKind,
    InsertRequest,
    Progress,
    Result,
    SubjectUse,
    TeachProgress,
    TeachRequest,
)
from dreammix.subjects import DEFAULT_ARTIST, Library, NewPicture

if TYPE_CHECKING:
    from dreammix.pipeline import Pipeline

FILE: Final = "subject.json"
"""In the demo's folder: an object with the fields of `DemoSubject`."""
SEED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSubject:
    """The subject of the demo.

    Attributes:
        name, class_word, attributes: as an artist would enter them.
        pictures: names of files in the demo's folder; their masks are found.
        scenes: names of the demo's scenes to insert it into.
        edits: how it is to differ in them.
    """

    name: str
    class_word: str
    attributes: tuple[Attribute, ...]
    pictures: tuple[str, ...]
    scenes: tuple[str, ...]
    edits: tuple[str, ...]

    @property
    def plain(self) -> str:
        """What it is, in words alone."""
        return " ".join(["a", *(attribute.words for attribute in self.attributes), self.class_word])


def demo_subject(folder: Path) -> DemoSubject:
    """What the demo teaches."""
    entry = json.loads((folder / FILE).read_text(encoding="utf-8"))
    attributes: Mapping[str, str] = entry.pop("attributes")
    return DemoSubject(
        name=entry["name"],
        class_word=entry["class_word"],
        attributes=tuple(Attribute(AttributeKind(kind), words) for kind, words in attributes.items()),
        pictures=tuple(entry["pictures"]),
        scenes=tuple(entry["scenes"]),
        edits=tuple(entry["edits"]),
    )


def teach_demo(pipeline: Pipeline, shown: DemoSubject, folder: Path, library: Path) -> Pipeline:
    """Teach the subject of the demo's folder; the pipeline that is given back knows it."""
    from dreammix.models.usual import usual_settings
    from dreammix.pipeline.teach import teach_subject
    from dreammix.sandbox.sight import sight_of, vocabulary_of
    from dreammix.segmentation import OfflineSegmenter

    settings = replace(usual_settings(pipeline.model.name), samples=0)
    shelf = Library(library, DEFAULT_ARTIST)
    pictures = [NewPicture(png(read_scene(folder / name).picture)) for name in shown.pictures]
    subject = shelf.create(shown.name, shown.class_word, shown.attributes, pictures)
    with Bar(shown.name) as bar:
        for event in teach_subject(
            pipeline.model,
            shelf,
            TeachRequest(subject=subject.id, settings=settings),
            OfflineSegmenter(),
            vocabulary=vocabulary_of(pipeline.model.name),
            sight=sight_of(pipeline.model.name),
        ):
            if isinstance(event, TeachProgress):
                bar.show(event)
    return replace(pipeline, library=shelf)


def subject_strip(pipeline: Pipeline, shown: DemoSubject, folder: Path, insert: InsertRequest) -> Image.Image:
    """Words alone, the subject, and each of its edits, in one scene.

    Args:
        pipeline: knows the subject, by `teach_demo`.
        shown: the subject.
        folder: the demo's.
        insert: the scene and its mask.
    """
    (subject,) = pipeline.library.list()
    example = to_image(read_scene(folder / shown.pictures[0]).picture)
    tiles = [Tile(f"one of {len(shown.pictures)} pictures", example)]
    tiles.append(_tile(pipeline, replace(insert, prompt=shown.plain, seed=SEED), f"“{shown.plain}”"))
    for edit in ("", *shown.edits):
        use = SubjectUse(subject=subject.id, edit=edit)
        request = replace(insert, prompt="", subject=use, seed=SEED)
        tiles.append(_tile(pipeline, request, f"{shown.name}, {edit}" if edit else shown.name))
    return strip(f"{shown.name}, taught from {len(shown.pictures)} pictures", tiles)


def _tile(pipeline: Pipeline, request: InsertRequest, words: str) -> Tile:
    with Bar(words) as bar:
        for event in pipeline.insert(request):
            match event:
                case Progress():
                    bar.show(event)
                case Result():
                    replaced = "; ".join(said(replacement) for replacement in event.replaced)
                    title = f"{words} ({replaced})" if replaced else words
                    return Tile(title, to_image(dreammix.composite(request.scene, event)))
    raise AssertionError("an insert ends with a result")
