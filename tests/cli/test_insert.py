"""`dreammix insert`: what it writes, and what it says about everything that it cannot do."""

import json
import shutil
import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from dreammix.models import write_manifest
from tests.cli.conftest import Desk

BEFORE = {"scene.png", "mask.png"}
NO_SUCH_SIZE = (30_000, 30_000)


def pixels(path: Path) -> np.ndarray:
    """A picture's samples as RGBA, ready to be subtracted."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA")).astype(int)


def notes(path: Path) -> dict[str, object]:
    """What a result's file says about itself."""
    with Image.open(path) as image:
        loaded = json.loads(image.info["dreammix"])
    assert isinstance(loaded, dict)
    return loaded


def one_line(text: str) -> bool:
    """Whether the text is a single line."""
    return text.count("\n") == 1 and text.endswith("\n")


def test_a_picture_comes_out(desk: Desk) -> None:
    """The result has the scene's size, differs inside the mask and nowhere else, and its place is said."""
    outcome = desk.insert()
    assert (outcome.status, outcome.out) == (0, f"{desk.folder / 'out.png'} (seed 7)\n")
    assert desk.files() == {*BEFORE, "out.png"}
    changed = (pixels(desk.folder / "out.png") != pixels(desk.folder / "scene.png")).any(axis=2)
    inside = pixels(desk.folder / "mask.png")[..., 0] > 0
    assert changed[inside].any()
    assert not changed[~inside].any()


def test_the_progress_names_both_stages(desk: Desk) -> None:
    """The bar says what is being done, in the artist's words, and how far it is."""
    err = desk.insert().err
    assert "Local content" in err
    assert "Global harmonisation" in err
    assert "2/2" in err
    assert "1/1" in err


def test_the_file_tells_how_it_was_made(desk: Desk) -> None:
    """Prompt, seed and every setting stand in the PNG."""
    desk.insert("--negative", "ugly", "--guidance", "3", "--solver", "euler")
    told = notes(desk.folder / "out.png")
    assert (told["prompt"], told["negative_prompt"], told["seed"]) == ("red", "ugly", 7)
    assert (told["model"], told["box"]) == (str(desk.model), [22, 16, 20, 16])
    assert told["settings"] == {
        "steps": 3,
        "local_share": 0.7,
        "guidance": 3.0,
        "feather": 2,
        "solver": "euler",
        "harmonisation": "window",
        "window_ratio": 1.6,
        "detail": 1.0,
        "settle": 1.0,
        "matte": 1.0,
        "draft": False,
    }
    assert told["subject"] is None


def test_a_seed_that_nobody_chose_can_be_used_again(desk: Desk) -> None:
    """Without --seed each picture is another one, and the file says how to get it again."""
    usual = [str(desk.folder / "scene.png"), "--mask", str(desk.folder / "mask.png"), "--prompt", "red"]
    usual += ["--model", str(desk.model), "--steps", "2"]
    for name in ("a.png", "b.png"):
        assert desk.run(["insert", *usual, "--out", str(desk.folder / name)]).status == 0
    seed = notes(desk.folder / "a.png")["seed"]
    assert seed != notes(desk.folder / "b.png")["seed"]
    desk.run(["insert", *usual, "--out", str(desk.folder / "again.png"), "--seed", str(seed)])
    assert (desk.folder / "again.png").read_bytes() == (desk.folder / "a.png").read_bytes()


def test_variants_are_numbered(desk: Desk) -> None:
    """Several results are several files, each with its own seed and layer."""
    desk.insert("--variants", "2", "--layer", str(desk.folder / "layer.png"))
    assert desk.files() == {*BEFORE, "out-1.png", "out-2.png", "layer-1.png", "layer-2.png"}
    assert [notes(desk.folder / f"out-{number}.png")["seed"] for number in (1, 2)] == [7, 8]


def test_the_layer_over_the_scene_is_the_result(desk: Desk) -> None:
    """The layer has the scene's size, is transparent outside the mask, and gives the result over it."""
    desk.insert("--layer", str(desk.folder / "layer.png"))
    with Image.open(desk.folder / "layer.png") as layer, Image.open(desk.folder / "scene.png") as scene:
        over = Image.alpha_composite(scene.convert("RGBA"), layer)
    assert np.abs(np.asarray(over).astype(int) - pixels(desk.folder / "out.png")).max() <= 1
    assert not pixels(desk.folder / "layer.png")[:16].any()


def test_a_photograph_keeps_its_colour_profile(desk: Desk) -> None:
    """A JPEG with a profile becomes a PNG with the same profile."""
    Image.new("RGB", (64, 48), "teal").save(desk.folder / "photo.jpg", icc_profile=b"a profile")
    assert desk.insert(scene="photo.jpg").status == 0
    with Image.open(desk.folder / "out.png") as image:
        assert image.info["icc_profile"] == b"a profile"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--steps", "0"], "steps"),
        (["--steps", "1001"], "steps"),
        (["--local-share", "1.5"], "local"),
        (["--local-share", "nan"], "local"),
        (["--guidance", "0"], "guidance"),
        (["--guidance", "inf"], "guidance"),
        (["--feather", "-1"], "feather"),
        (["--window-ratio", "0.5"], "window"),
        (["--detail", "2"], "detail"),
        (["--settle", "2"], "settling"),
        (["--matte", "2"], "matte"),
        (["--variants", "0"], "variants"),
        (["--variants", "999999999999"], "variants"),
        (["--seed", "-1"], "seed"),
        (["--prompt", "x" * 5000], "prompt"),
        (["--edit", "red"], "--subject"),
        (["--strength", "0"], "--subject"),
        (["--replace", "colour=brown:red"], "--subject"),
        (["--model", "sandbix"], "sandbix"),
        (["--out", "/no/such/folder/out.png"], "/no/such/folder"),
        (["--layer", "/no/such/folder/out.png"], "/no/such/folder"),
    ],
)
def test_an_impossible_wish_is_one_clear_line(desk: Desk, options: list[str], words: str) -> None:
    """What cannot be is refused before any work, in one line that names it; nothing is written."""
    outcome = desk.insert(*options)
    assert outcome.status == 1
    assert one_line(outcome.err)
    assert outcome.err.startswith("dreammix: ")
    assert words in outcome.err
    assert desk.files() == BEFORE


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--steps", "many"], "--steps"),
        (["--out", "out.jpg"], ".png"),
        (["--solver", "magic"], "--solver"),
        (["--harmonisation", "none"], "--harmonisation"),
        (["--colour", "red"], "--colour"),
        (["--strength", "much"], "--strength"),
        (["--replace", "colour=brown"], "colour=brown:blue"),
        (["--replace", "mood=brown:blue"], "mood=brown:blue"),
        (["--replace", "colour=brown:"], "--replace"),
    ],
)
def test_arguments_that_make_no_sense_are_one_clear_line(desk: Desk, options: list[str], words: str) -> None:
    """A slip of the pen is one line as well, and says where help is."""
    outcome = desk.insert(*options)
    assert outcome.status == 2
    assert one_line(outcome.err)
    assert words in outcome.err
    assert "--help" in outcome.err


def test_two_results_cannot_share_a_place(desk: Desk) -> None:
    """A layer that would overwrite the result is refused."""
    outcome = desk.insert("--layer", str(desk.folder / "out.png"))
    assert (outcome.status, one_line(outcome.err)) == (1, True)
    assert desk.files() == BEFORE


def test_a_folder_in_the_results_place_is_left_alone(desk: Desk) -> None:
    """A folder of the result's name is not replaced."""
    (desk.folder / "out.png").mkdir()
    outcome = desk.insert()
    assert (outcome.status, one_line(outcome.err)) == (1, True)
    assert (desk.folder / "out.png").is_dir()


def refused(desk: Desk, *words: str, scene: str = "scene.png", mask: str = "mask.png") -> None:
    """The insert fails in one line with these words, and writes nothing."""
    before = desk.files()
    outcome = desk.insert(scene=scene, mask=mask)
    assert outcome.status == 1
    assert one_line(outcome.err)
    assert all(word in outcome.err for word in words)
    assert desk.files() == before


def test_an_empty_mask_is_refused(desk: Desk) -> None:
    """A black mask selects nothing."""
    Image.new("L", (64, 48)).save(desk.folder / "black.png")
    refused(desk, "mask is empty", mask="black.png")


def test_a_mask_of_another_size_is_refused(desk: Desk) -> None:
    """The line says both sizes."""
    Image.new("L", (32, 48), 255).save(desk.folder / "small.png")
    refused(desk, "32 x 48", "64 x 48", mask="small.png")


def test_an_unreadable_picture_is_refused(desk: Desk) -> None:
    """A text file is no picture, and no file is none either."""
    (desk.folder / "text.png").write_text("This is no picture.")
    refused(desk, "text.png", scene="text.png")
    refused(desk, "absent.png", scene="absent.png")
    refused(desk, "absent.png", mask="absent.png")


def test_a_truncated_picture_is_refused(desk: Desk) -> None:
    """Half a scene, or half a mask, is not painted into."""
    for name in ("scene.png", "mask.png"):
        content = (desk.folder / name).read_bytes()
        (desk.folder / f"half-{name}").write_bytes(content[: len(content) // 2])
    refused(desk, "half-scene.png", scene="half-scene.png")
    refused(desk, "half-mask.png", mask="half-mask.png")


def test_a_picture_bomb_is_refused(desk: Desk) -> None:
    """A file of a hundred bytes that would fill the memory is stopped by its header."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *NO_SUCH_SIZE, 8, 2, 0, 0, 0))
    (desk.folder / "bomb.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )
    refused(desk, "pixels", scene="bomb.png")


@pytest.fixture
def copy(desk: Desk) -> Desk:
    """A desk whose model may be spoiled."""
    model = Path(shutil.copytree(desk.model, desk.folder.parent / "model"))
    return Desk(desk.folder, model, desk.run)


def test_a_missing_weight_file_is_named(copy: Desk) -> None:
    """A model that lost a file is not loaded."""
    (copy.model / "inpaint_head.safetensors").unlink()
    refused(copy, "inpaint_head.safetensors", "missing")


def test_an_altered_weight_file_is_named(copy: Desk) -> None:
    """A model with one changed byte is not loaded."""
    weights = copy.model / "unet" / "diffusion_pytorch_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    refused(copy, "diffusion_pytorch_model.safetensors")


def test_numbers_that_are_no_picture_are_refused(copy: Desk) -> None:
    """A model that gives NaN ends in an error, not in a black picture."""
    save_file({"head": torch.full((8, 5, 3, 3), torch.nan)}, copy.model / "inpaint_head.safetensors")
    write_manifest(copy.model, name="broken", native_side=32, multiple=16)
    outcome = copy.insert()
    assert outcome.status == 1
    assert "not finite" in outcome.err.splitlines()[-1]
    assert copy.files() == BEFORE


def test_ctrl_c_stops_at_once_and_leaves_nothing(desk: Desk) -> None:
    """Interrupted in the middle of its steps, the command says so in one line and writes no file."""
    command = [
        sys.executable,
        "-m",
        "dreammix",
        "insert",
        "scene.png",
        "--mask",
        "mask.png",
        "--prompt",
        "red",
    ]
    command += ["--model", str(desk.model), "--steps", "1000", "--out", "out.png"]
    with subprocess.Popen(command, cwd=desk.folder, stderr=subprocess.PIPE, text=True, bufsize=0) as process:
        assert process.stderr is not None
        said = ""
        while "Local content" not in said:
            character = process.stderr.read(1)
            assert character, said
            said += character
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert rest.splitlines()[-1].startswith("dreammix: The insert was stopped")
    assert "Traceback" not in rest
    assert desk.files() == BEFORE
