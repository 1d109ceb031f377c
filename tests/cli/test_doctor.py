"""`dreammix doctor`: one screen, and the next command is right."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dreammix.cli.doctor import _advice
from dreammix.models.devices import processor
from dreammix.models.memory import GIB, DeviceKind, Precision
from tests.cli.conftest import Outcome

Run = Callable[[list[str]], Outcome]
CARD = replace(
    processor(),
    name="cuda:0",
    kind=DeviceKind.CUDA,
    title="a card",
    precision=Precision.BF16,
    total_bytes=24 * GIB,
    free_bytes=23 * GIB,
)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models."""
    monkeypatch.setenv("DREAMMIX_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def test_one_screen_says_everything(run: Run) -> None:
    """Machine, torch, devices, disk, backend, models, what fits, what is missing and the next command."""
    outcome = run(["doctor"])
    assert outcome.status == 0
    titles = [line.split()[0] for line in outcome.out.splitlines() if not line.startswith(" ")]
    assert titles == [
        "Machine",
        "torch",
        "Devices",
        "Disk",
        "Backend",
        "Models",
        "Fits",
        "Missing",
        "Next",
    ]
    assert len(outcome.out.splitlines()) <= 24
    assert "sandbox on cpu: insert full" in outcome.out


def test_what_was_left_there_is_no_running_server(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endpoint's file of a process that has ended does not count."""
    monkeypatch.setenv("DREAMMIX_BACKEND", str(tmp_path))
    (tmp_path / "endpoint.json").write_text('{"pid": 4194305}')
    assert "no server is running" in run(["doctor"]).out


def test_with_a_card_a_large_model_comes_next() -> None:
    """Where a card is seen, what is missing is the model, and the command fetches it."""
    (advice, *_) = _advice((CARD, processor()))
    assert advice.command == "dreammix models pull sdxl"


def test_half_a_model_is_completed(root: Path) -> None:
    """SDXL without Fooocus' weights cannot paint into a picture: they are named."""
    (root / "sdxl").mkdir(parents=True)
    (root / "sdxl" / "manifest.json").write_text("{}")
    assert [advice.missing for advice in _advice((CARD, processor()))] == ["what sdxl needs"]
