"""`dreammix doctor`: on one screen what there is, what fits, what is missing, and what to do next."""

from __future__ import annotations

import json
import platform
import shutil
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from dreammix.cli.command import Command
from dreammix.models import KnownModel, read_manifest
from dreammix.models.manifest import MANIFEST
from dreammix.models.memory import (
    SDXL,
    Device,
    DeviceKind,
    Fit,
    ModelSize,
    Workload,
    fit,
    learning,
    model_size,
    painting,
)
from dreammix.models.recognise import recognise
from dreammix.models.registry import models
from dreammix.models.unlisted import models_root
from dreammix.protocol import DreamMixError
from dreammix.protocol.places import ENDPOINT_FILE, backend_folder

BACKEND: Final = "dreammix_backend"
LEARNING_ROWS: Final = 2
"""Pictures of a usual lesson's step: one of the subject's, one regular."""
_GIB: Final = 1 << 30
_GIGA: Final = 1e9
_WIDTH: Final = 10
_SETUP: Final = "sh packaging/setup/setup.sh install (or “Set up backend” in Krita)"
_CARDS: Final[Sequence[tuple[str, Callable[[], bool]]]] = (
    ("NVIDIA", lambda: shutil.which("nvidia-smi") is not None),
    ("AMD", lambda: Path("/sys/module/amdgpu").is_dir()),
    ("Intel", lambda: Path("/sys/module/xe").is_dir()),
)


@dataclass(frozen=True, slots=True)
class Advice:
    """Something that is missing, and the command that brings it."""

    missing: str
    command: str


def _configure(parser: ArgumentParser) -> None:
    parser.epilog = "What fits is arithmetic, before anything is loaded; nothing is fetched or changed."


def _run(_arguments: Namespace) -> int:
    from dreammix.models.devices import devices, torch_build

    there, build = devices(), torch_build()
    _say("Machine", [f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"])
    _say("torch", [build])
    _say("Devices", [_device(device) for device in there])
    _say("Disk", [f"{_free(models_root()) / _GIGA:.1f} GB free for models, in {models_root()}"])
    _say("Backend", [_backend()])
    _say("Models", [_model(model) for model in models()])
    best = max(there[:-1], key=lambda device: device.free_bytes, default=there[-1])
    _say("Fits", [line for model in models() if model.paints for line in _fits(model, best)])
    advice = list(_advice(there))
    _say("Missing", [item.missing for item in advice] or ["nothing"])
    _say("Next", [advice[0].command if advice else "dreammix insert --help"])
    return 0


def _say(title: str, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines):
        print(f"{'' if number else title:{_WIDTH}}{line}")


def _device(device: Device) -> str:
    memory = f"{device.free_bytes / _GIB:.1f} of {device.total_bytes / _GIB:.1f} GiB free"
    return f"{device.name}: {device.title}, {device.kind}, computes in {device.precision}, {memory}"


def _backend() -> str:
    if find_spec(BACKEND) is None:
        return "not installed"
    pid = _server()
    return "installed, no server is running" if pid is None else f"installed, runs as process {pid}"


def _server() -> int | None:
    """The process of the running server, if its endpoint's file names one that is there."""
    import psutil

    try:
        pid = int(json.loads((backend_folder() / ENDPOINT_FILE).read_bytes())["pid"])
        return pid if psutil.pid_exists(pid) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _model(model: KnownModel) -> str:
    state = "installed" if model.installed else f"not installed, {model.size_bytes / _GIGA:.1f} GB"
    return f"{model.name}: {state} ({model.licence})"


def _fits(model: KnownModel, device: Device) -> Iterator[str]:
    """What an insert and a lesson would take on a device, one variant at the model's own side."""
    try:
        size = _size(model)
    except (DreamMixError, OSError, ValueError, KeyError, TypeError) as error:
        yield f"{model.name}: cannot be told ({error})"
        return
    work: dict[str, Workload] = {
        "insert": painting(1, size.native_side**2),
        "teach": learning(size, LEARNING_ROWS),
    }
    told = "; ".join(f"{what} {_fit(fit(size, device, how))}" for what, how in work.items())
    yield f"{model.name} on {device.name}: {told}"


def _fit(found: Fit) -> str:
    needed = f"{found.needed_bytes / _GIB:.1f} GiB"
    if found.fits:
        return f"{found.profile}, about {needed}"
    return f"does not fit: {needed} as {found.profile}, {found.free_bytes / _GIB:.1f} GiB may be used"


def _size(model: KnownModel) -> ModelSize:
    if not model.installed:
        return SDXL  # All that are published elsewhere are.
    if (model.folder / MANIFEST).is_file():
        return model_size(model.folder, read_manifest(model.folder).native_side)
    return model_size(model.folder, recognise(model.folder).native_side)


def _advice(there: Sequence[Device]) -> Iterator[Advice]:
    """What is missing, most pressing first."""
    if all(device.kind is DeviceKind.CPU for device in there):
        card = _unused_card()
        if card is not None:
            yield Advice(f"a torch that is built for your {card} card", _SETUP)
        else:
            yield Advice("a graphics card: the processor takes minutes for a large picture", "dreammix demo")
    if find_spec(BACKEND) is None:
        yield Advice("the backend, for Krita", "pip install 'dreammix[backend]'")
    large = [model for model in models() if model.source is not None]
    if not any(model.installed and model.paints for model in large):
        wanted = next(model for model in large if model.paints)
        total = wanted.size_bytes + sum(model.size_bytes for model in large if model.name in wanted.needs)
        if _free(models_root()) < total:
            yield Advice(
                f"room for a large model: {total / _GIGA:.1f} GB", "export DREAMMIX_MODELS=/a/larger/disk"
            )
        yield Advice(
            f"a large model: {wanted.name}, {total / _GIGA:.1f} GB", f"dreammix models pull {wanted.name}"
        )
    for model in models():
        if model.installed and any(not need.installed for need in large if need.name in model.needs):
            yield Advice(f"what {model.name} needs", f"dreammix models pull {model.name}")


def _unused_card() -> str | None:
    """The maker of a card that the system knows of, though torch does not see it."""
    return next((maker for maker, there in _CARDS if there()), None)


def _free(folder: Path) -> int:
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(place).free


COMMAND: Final = Command("doctor", "say what is here, what fits, what is missing", _configure, _run)
