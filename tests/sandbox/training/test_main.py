"""One command trains everything, from nothing to a folder that loads."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from dreammix.models.base import load
from dreammix.sandbox import architecture, tokens
from dreammix.sandbox.training import __main__ as command
from dreammix.sandbox.training import autoencoder, examples, export, reader, window

Run = Callable[..., Path]
UNET = "unet/diffusion_pytorch_model.safetensors"
TOKENIZER = "tokenizer/tokenizer.json"
CLIP, READER = "clip/text/model.safetensors", "reader/model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the command on a small plan; gives the folder that it writes."""
    root = tmp_path_factory.mktemp("training")
    plan = command.Plan(1, 2, (command.Stage(16, 1, 2, 1e-3), command.Stage(32, 1, 2, 1e-3)), 1, 0, 0)

    def main(work: str, out: str, *options: str) -> Path:
        folders = ["--work", str(root / work), "--out", str(root / out)]
        patch.setattr(sys, "argv", ["training", "--plan", "cpu", "--threads", "1", *folders, *options])
        command.main()
        return root / out

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "PLANS", {"cpu": plan, "gpu": plan})
        patch.setattr(command, "KEPT_SHARDS", 1)
        patch.setattr(architecture, "UNET_CHANNELS", (16, 48, 96))
        patch.setattr(architecture, "WIDTHS", (32, 32))
        patch.setattr(architecture, "POOLED", 32)
        patch.setattr(autoencoder, "PICTURE", 32)
        patch.setattr(autoencoder, "SHARD", 2)
        patch.setattr(examples, "SHARD", 4)
        patch.setattr(reader, "SHARD", 4)
        patch.setattr(export, "PREVIEW_PICTURES", 2)
        patch.setattr(tokens, "CAPTIONS", 100)
        patch.setattr(window, "ProcessPoolExecutor", lambda n, mp_context: ThreadPoolExecutor(n))
        yield main


@pytest.fixture(scope="module")
def trained(run: Run) -> Path:
    """A model from nothing."""
    return run("work", "model")


def test_it_ends_with_a_model_that_loads(trained: Path) -> None:
    """From nothing to a sound folder, with a manifest of all its files."""
    assert load(trained).name == "sandbox"


def test_the_same_seed_trains_the_same_weights(run: Run, trained: Path) -> None:
    """Another run of the same seed, elsewhere, writes the same files."""
    again = run("elsewhere", "again")
    for file in (UNET, VAE, "inpaint_head.safetensors", TOKENIZER):
        assert (again / file).read_bytes() == (trained / file).read_bytes(), file


def test_a_finished_training_is_exported_again(run: Run, trained: Path) -> None:
    """What the checkpoints hold can be written once more, without training."""
    exported = run("work", "exported", "--export-only")
    for file in (UNET, VAE):
        assert (exported / file).read_bytes() == (trained / file).read_bytes(), file


def test_training_goes_on_from_a_model(run: Run, trained: Path) -> None:
    """Of a model's folder without checkpoints U-Net and decoder are trained on, and the encoder stays."""
    further = run("further", "better", "--start-from", str(trained))
    before, after = (load_file(folder / VAE) for folder in (trained, further))
    kept = {name for name, weight in before.items() if torch.equal(weight, after[name])}
    assert kept >= {name for name in before if name.startswith("encoder.")}
    assert len(kept) < len(before)
    assert (further / UNET).read_bytes() != (trained / UNET).read_bytes()


def test_a_model_with_all_its_steps_behind_it_stays(run: Run, trained: Path) -> None:
    """Of a model that has done all that is asked for, not a weight changes."""
    same = run("done", "same", "--start-from", str(trained), "--done", "7", "--steps", "7")
    assert (same / UNET).read_bytes() == (trained / UNET).read_bytes()


@pytest.mark.parametrize(("part", "its"), [("clip", CLIP), ("reader", READER)])
def test_one_part_is_trained_on(run: Run, trained: Path, part: str, its: str) -> None:
    """Of a model's folder only the part that is named changes."""
    further = run(f"{part}s", part, "--start-from", str(trained), "--only", part, "--steps", "1")
    for file in (UNET, VAE, TOKENIZER, CLIP, READER):
        assert ((further / file).read_bytes() == (trained / file).read_bytes()) is (file != its), file


def test_a_part_needs_a_model(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A part alone is trained on, never from nothing."""
    with pytest.raises(SystemExit):
        run("none", "none", "--only", "decoder")
    assert "--start-from" in capsys.readouterr().err


def test_checkpoints_of_other_words_are_refused(
    run: Run, trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the world's captions have changed, the rows of the checkpoints' words are others."""
    monkeypatch.setattr(tokens, "CAPTIONS", 5)
    with pytest.raises(SystemExit):
        run("work", "never")
    assert "other words" in capsys.readouterr().err
