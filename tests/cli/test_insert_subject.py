"""`dreammix insert --subject`: the subject that was named, edited as asked, and what is said of it."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save

from dreammix.models import read_manifest
from dreammix.models.base import load
from dreammix.models.lora import lora_shapes
from dreammix.protocol import Attribute, AttributeKind
from dreammix.subjects import Library, LoraFiles, Subject
from tests.cli.conftest import Desk

ATTRIBUTES = (Attribute(AttributeKind.COLOUR, "brown"), Attribute(AttributeKind.MATERIAL, "clay"))


def taught(library: Library, model: Path, name: str) -> Subject:
    """A subject of the library that was taught noise."""
    subject = library.create(name, "mug", ATTRIBUTES)
    generator = torch.Generator().manual_seed(0)
    shapes = lora_shapes(load(model).unet, 2)
    tensors = {key: 0.3 * torch.randn(shape, generator=generator) for key, shape in shapes.items()}
    files = LoraFiles(diffusers=save(tensors), kohya=save({"kohya": torch.zeros(1)}))
    base = read_manifest(model)
    library.add_lora(
        subject.id, files, base=base.name, base_hash=base.fingerprint, token="q", steps=1, seed=0
    )
    return subject


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the libraries are."""
    monkeypatch.setenv("DREAMMIX_LIBRARY", str(tmp_path / "library"))
    return tmp_path / "library"


@pytest.fixture
def pip(root: Path, desk: Desk) -> Subject:
    """A taught mug, brown and of clay."""
    return taught(Library(root), desk.model, "Pip")


def subject_notes(path: Path) -> dict[str, object]:
    """What a result's file says of its subject."""
    with Image.open(path) as image:
        told = json.loads(image.info["dreammix"])["subject"]
    assert isinstance(told, dict)
    return told


def test_what_was_replaced_is_said_and_kept(desk: Desk, pip: Subject) -> None:
    """The terminal says it in a line each, the file in its notes."""
    outcome = desk.insert("--subject", "pip", "--edit", "blue, with a hat")
    assert outcome.status == 0, outcome.err
    assert outcome.out.splitlines() == [
        "colour: blue instead of brown",
        "accessory: hat (new)",
        f"{desk.folder / 'out.png'} (seed 7)",
    ]
    assert subject_notes(desk.folder / "out.png") == {
        "id": pip.id,
        "edit": "blue, with a hat",
        "strength": 1.0,
        "replaced": [
            {"kind": "colour", "old": "brown", "new": "blue"},
            {"kind": "accessory", "old": "", "new": "hat"},
        ],
    }


def test_a_subject_of_a_newer_program_is_not_inserted(desk: Desk, pip: Subject, root: Path) -> None:
    """Its id is known, and what is the matter is said before a model is loaded."""
    manifest = Library(root).folder(pip.id) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"schema": 1', b'"schema": 9'))
    outcome = desk.insert("--subject", pip.id, "--model", "/nowhere")
    assert outcome.status == 1
    assert "Update DreamMix" in outcome.err


def test_a_subject_needs_no_prompt_and_no_edit(desk: Desk, pip: Subject) -> None:
    """By its id, as it is; what is painted is another thing than the words alone would give."""
    paths = [str(desk.folder / "scene.png"), "--mask", str(desk.folder / "mask.png")]
    usual = [*paths, "--model", str(desk.model), "--seed", "7", "--steps", "2"]
    for words in (["--subject", pip.id], ["--prompt", "a q mug"]):
        out = str(desk.folder / f"{words[0][2:]}.png")
        assert desk.run(["insert", *usual, *words, "--out", out]).status == 0
    assert (desk.folder / "subject.png").read_bytes() != (desk.folder / "prompt.png").read_bytes()
    nothing = desk.run(["insert", *usual, "--out", str(desk.folder / "none.png")])
    assert nothing.status == 1
    assert "--prompt" in nothing.err


def test_the_artist_may_say_what_gives_way(desk: Desk, pip: Subject) -> None:
    """--replace is believed, and is the edit where there is none; the strength is written down."""
    words = ["--subject", "Pip", "--replace", "material=clay:glass", "--replace", "colour=:red"]
    outcome = desk.insert(*words, "--strength", "0.5")
    assert outcome.out.splitlines()[:2] == ["material: glass instead of clay", "colour: red (new)"]
    told = subject_notes(desk.folder / "out.png")
    assert (told["edit"], told["strength"]) == ("glass, red", 0.5)


def test_each_artist_has_a_library(desk: Desk, root: Path, pip: Subject) -> None:
    """A name is looked for in the library of the artist who was named."""
    taught(Library(root, "ana"), desk.model, "Mia")
    assert desk.insert("--subject", "Mia", "--artist", "ana").status == 0
    (desk.folder / "out.png").unlink()
    outcome = desk.insert("--subject", "Pip", "--artist", "ana")
    assert (outcome.status, outcome.err.count("\n")) == (1, 1)
    assert "Pip" in outcome.err


def test_a_strength_beyond_everything_is_one_clear_line(desk: Desk, pip: Subject) -> None:
    """From 0 to 1."""
    outcome = desk.insert("--subject", "Pip", "--strength", "1.5")
    assert (outcome.status, outcome.err.count("\n")) == (1, 1)
    assert "strength" in outcome.err
