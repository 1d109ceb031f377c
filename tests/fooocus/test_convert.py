"""Two pickles become safetensors in a process of its own, or a folder is left as it was."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from dreammix.fooocus import PUBLISHED, convert, read_weights
from dreammix.fooocus.unpickle import head_tensors, main, patch_tensors
from dreammix.fooocus.weights import HEAD_FILE, PATCH_FILE
from dreammix.protocol import ModelDamaged, ModelNotFound
from tests.small_fooocus import HEAD, PATCH, converted, save_pickles, sources_of

HEAD_OF_EIGHT = {"head": torch.arange(8 * 5 * 9, dtype=torch.float16).reshape(8, 5, 3, 3)}
VALUES = torch.arange(24, dtype=torch.uint8).reshape(2, 3, 2, 2)
LAYER = "diffusion_model.input_blocks.0.0.weight"
PATCH_OF_ONE = {LAYER: (VALUES, torch.tensor(-0.5), torch.tensor(1.5))}


class Canary:
    """What a hostile pickle holds: whoever unpickles it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


def test_what_comes_out_is_what_was_in_the_pickles(tmp_path: Path) -> None:
    """To the bit, with the hash of its source in each file."""
    sources = save_pickles(tmp_path, HEAD_OF_EIGHT, PATCH_OF_ONE)
    weights = convert(tmp_path / HEAD, tmp_path / PATCH, tmp_path / "fooocus", sources)
    assert torch.equal(load_file(weights.head)["head"], HEAD_OF_EIGHT["head"])
    patch = load_file(weights.patch)
    assert torch.equal(patch["input_blocks.0.0.weight.values"], VALUES)
    ends = [float(patch[f"input_blocks.0.0.weight.{end}"]) for end in ("low", "high")]
    assert ends == [-0.5, 1.5]
    with safe_open(weights.patch, framework="pt") as stored:
        assert stored.metadata() == {"made_from_sha256": sources.patch.sha256}
    assert read_weights(tmp_path / "fooocus") == weights
    assert {path.name for path in tmp_path.iterdir()} == {HEAD, PATCH, "fooocus"}


def test_views_in_the_pickles_are_read_as_what_they_show(tmp_path: Path) -> None:
    """Turned tensors, cuts out of larger ones, and two of one storage, as torch saves them."""
    head = HEAD_OF_EIGHT["head"]
    turned = torch.empty(8, 3, 3, 5, dtype=head.dtype).permute(0, 3, 1, 2).copy_(head)
    large = torch.arange(96, dtype=torch.uint8).reshape(4, 6, 2, 2)
    cuts = {f"diffusion_model.out.{row}.weight": large[row : row + 2, ::2] for row in range(3)}
    assert not turned.is_contiguous() and not any(cut.is_contiguous() for cut in cuts.values())
    patch = {layer: (cut, torch.tensor([-1.0, 1.0])[0], 1.0) for layer, cut in cuts.items()}
    sources = save_pickles(tmp_path, {"head": turned}, patch)
    weights = convert(tmp_path / HEAD, tmp_path / PATCH, tmp_path / "fooocus", sources)
    assert torch.equal(load_file(weights.head)["head"], head)
    made = load_file(weights.patch)
    for layer, cut in cuts.items():
        name = layer.removeprefix("diffusion_model.")
        assert torch.equal(made[f"{name}.values"], cut) and float(made[f"{name}.low"]) == -1.0


def test_ranges_may_be_plain_numbers_or_of_several_values() -> None:
    """Whether each layer has one range or each of its rows, and in which type, is the publisher's choice."""
    low, high = torch.full((2, 1, 1, 1), -1.0, dtype=torch.float16), torch.ones(2, 1, 1, 1)
    kept = patch_tensors(
        {LAYER: (VALUES, low, high), "diffusion_model.out.2.bias": [VALUES[0, 0, 0], 0, 0.25]}
    )
    assert torch.equal(kept["input_blocks.0.0.weight.low"], low.float())
    assert torch.equal(kept["out.2.bias.values"], VALUES[0, 0, 0])
    assert kept["out.2.bias.high"] == 0.25


def test_another_file_than_the_published_one_is_not_opened_as_a_pickle(tmp_path: Path) -> None:
    """By default the published hashes are asked for; what stood there stays, and nothing else is left."""
    sources = save_pickles(tmp_path, HEAD_OF_EIGHT, PATCH_OF_ONE)
    (tmp_path / "fooocus").mkdir()
    (tmp_path / "fooocus" / "earlier").touch()
    with pytest.raises(ModelDamaged, match="not the file that was published"):
        convert(tmp_path / HEAD, tmp_path / PATCH, tmp_path / "fooocus")
    assert {path.name for path in tmp_path.rglob("*")} == {HEAD, PATCH, "fooocus", "earlier"}
    assert [source.name for source in (PUBLISHED.head, PUBLISHED.patch)] == [HEAD, PATCH]
    assert sources != PUBLISHED


@pytest.mark.parametrize("file", [HEAD, PATCH])
@pytest.mark.parametrize("shape", ["plain", "zip"])
def test_a_pickle_that_would_run_something_does_not(
    tmp_path: Path, file: str, shape: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Even one whose hash is expected: only tensors are read, and its call is never made."""
    save_pickles(tmp_path, HEAD_OF_EIGHT, PATCH_OF_ONE)
    canary, made = tmp_path / "canary", tmp_path / "made"
    made.mkdir()
    if shape == "zip":
        torch.save({"head": Canary(canary)}, tmp_path / file)
    else:
        (tmp_path / file).write_bytes(pickle.dumps(Canary(canary), protocol=2))
    expected = sources_of(tmp_path)
    places = str(tmp_path / HEAD), str(tmp_path / PATCH)
    assert main([places[0], expected.head.sha256, places[1], expected.patch.sha256, str(made)]) == 1
    assert capfd.readouterr().err.count("\n") == 1
    assert not canary.exists()
    assert not list(made.iterdir())


@pytest.mark.parametrize(
    ("head", "patch", "why"),
    [
        ({"head": torch.zeros(8, 4, 3, 3)}, PATCH_OF_ONE, "shape"),
        ({"head": torch.zeros(8, 5, 3, 3), "more": torch.zeros(1)}, PATCH_OF_ONE, "one tensor"),
        ({"head": torch.full((8, 5, 3, 3), torch.nan)}, PATCH_OF_ONE, "NaN"),
        ([1, 2], PATCH_OF_ONE, "one tensor"),
        (HEAD_OF_EIGHT, {}, "no table"),
        (HEAD_OF_EIGHT, {"first_stage_model.x.weight": PATCH_OF_ONE[LAYER]}, "no layer"),
        (HEAD_OF_EIGHT, {"diffusion_model.../../x.weight": PATCH_OF_ONE[LAYER]}, "no layer"),
        (HEAD_OF_EIGHT, {LAYER: VALUES}, "its range"),
        (HEAD_OF_EIGHT, {LAYER: (VALUES, "a", "b")}, "no number"),
        (HEAD_OF_EIGHT, {LAYER: (VALUES.float(), 0.0, 1.0)}, "bytes"),
        (HEAD_OF_EIGHT, {LAYER: (VALUES, 0.0, float("inf"))}, "finite"),
        (HEAD_OF_EIGHT, {LAYER: (VALUES, 1.0, 0.0)}, "range"),
        (HEAD_OF_EIGHT, {LAYER: (VALUES, torch.zeros(7), torch.ones(7))}, "range"),
        (HEAD_OF_EIGHT, {LAYER: (torch.zeros(1, dtype=torch.uint8).expand(1 << 40), 0, 1)}, "bytes"),
        ({"head": torch.zeros(1).expand(1 << 30, 5, 3, 3)}, PATCH_OF_ONE, "shape"),
    ],
)
def test_anything_else_than_such_weights_is_refused(
    tmp_path: Path, head: object, patch: object, why: str
) -> None:
    """Names, types, shapes and ranges; also a tensor that says it is larger than it is."""
    with pytest.raises((ValueError, RuntimeError), match=f"(?i){why}|expand|shape mismatch|broadcast"):
        head_tensors(head)
        patch_tensors(patch)


@pytest.mark.parametrize("name", [HEAD_FILE, PATCH_FILE, "provenance.json"])
def test_converted_weights_are_checked_before_they_are_used(tmp_path: Path, name: str) -> None:
    """A file that was cut is found, whichever it is."""
    converted(tmp_path, HEAD_OF_EIGHT, PATCH_OF_ONE)
    (tmp_path / "fooocus" / name).write_bytes((tmp_path / "fooocus" / name).read_bytes()[:-2])
    with pytest.raises(ModelDamaged):
        read_weights(tmp_path / "fooocus")


def test_missing_weights_are_said_to_be_missing(tmp_path: Path) -> None:
    """Before and after the conversion."""
    with pytest.raises(ModelNotFound, match="not installed"):
        read_weights(tmp_path)
    with pytest.raises(ModelNotFound, match="not there"):
        convert(tmp_path / HEAD, tmp_path / PATCH, tmp_path / "fooocus")


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no such limits")
def test_the_reader_limits_itself() -> None:
    """Memory, time and file size, before the first byte is read."""
    program = (
        "import resource; from dreammix.fooocus import unpickle; unpickle.limit(); "
        "print(*(resource.getrlimit(kind)[0] for kind in "
        "(resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert [int(word) for word in done.stdout.split()] == [8 << 30, 600, 4 << 30, 0]
