"""`dreammix doctor`: on one screen what there is, what fits, what is missing, and what to do next."""

from __future__ import annotations

import json
import platform
import shlex
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
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
from dreammix.models.recognise import TEXT_CHANNELS, recognise
from dreammix.models.registry import DRAFTS, draft_file, models, named
from dreammix.models.shelf import loras, loras_root, worn_numbers
from dreammix.models.unlisted import FOOOCUS
from dreammix.protocol import DreamMixError
from dreammix.protocol.places import (
    ENDPOINT_FILE,
    INSTALLED_FILE,
    backend_folder,
    models_folder,
    setup_folder,
)

BACKEND: Final = "dreammix_backend"
LEARNING_ROWS: Final = 2
"""Pictures of a usual lesson's step: one of the subject's, one regular."""
MOST_MODELS: Final = 5
"""As many are named: all of it is to stand on one screen."""
_GIB: Final = 1 << 30
_GIGA: Final = 1e9
_WIDTH: Final = 10
_SETUP: Final = "“Set up backend” in Krita, or setup.sh install (setup.ps1) in the plugin's folder"
_CARDS: Final[Sequence[tuple[str, Callable[[], bool]]]] = (
    ("NVIDIA", lambda: shutil.which("nvidia-smi") is not None),
    ("AMD", lambda: Path("/sys/module/amdgpu").is_dir()),
    ("Intel", lambda: Path("/sys/module/xe").is_dir()),
)


@dataclass(frozen=True, slots=True)
class Advice:
    """Something that is missing, and the command that brings it; None where no command can."""

    missing: str
    command: str | None = None

    def __str__(self) -> str:
        return self.missing if self.command is None else f"{self.missing}: {self.command}"


def _configure(parser: ArgumentParser) -> None:
    parser.epilog = "What fits is arithmetic, before anything is loaded; nothing is fetched or changed."


def _run(_arguments: Namespace) -> int:
    from dreammix.models.devices import devices, torch_build

    there, build = devices(), torch_build()
    _say("Machine", [f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"])
    _say("torch", [build])
    _say("Devices", [_device(device) for device in there])
    _say("Disk", [f"{_free(models_folder()) / _GIGA:.1f} GB free for models, in {models_folder()}"])
    _say("Backend", [_backend()])
    known = models()
    shown, more = known[:MOST_MODELS], len(known) - MOST_MODELS
    hint = [f"and {more} more: {program()} models list"] if more > 0 else []
    _say("Models", [*map(_model, shown), *hint])
    _say("LoRAs", [f"{len(loras())} of others, in {loras_root()}"])
    best = _best(there)
    _say("Fits", [line for model in shown if model.paints for line in _fits(model, best)])
    advice = list(_advice(there))
    _say("Missing", [str(item) for item in advice] or ["nothing"])
    _say("Next", [_next(advice)])
    return 0


def _say(title: str, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines):
        print(f"{'' if number else title:{_WIDTH}}{line}")


def _best(there: Sequence[Device]) -> Device:
    """The card with most room; the processor where there is none."""
    return max(there[:-1], key=lambda device: device.free_bytes, default=there[-1])


def _device(device: Device) -> str:
    memory = f"{device.free_bytes / _GIB:.1f} of {device.total_bytes / _GIB:.1f} GiB free"
    return f"{device.name}: {device.kind} in {device.precision}, {memory}: {device.title}"


def _backend() -> str:
    if find_spec(BACKEND) is None:
        return "not installed"
    pid, by = _server(), " by the set-up" if _is_set_up() else ""
    return f"installed{by}, no server is running" if pid is None else f"installed{by}, runs as process {pid}"


def _is_set_up() -> bool:
    """Whether this Python is that of the environment which the set-up made."""
    try:
        installed = json.loads((setup_folder() / INSTALLED_FILE).read_bytes())["python"]
        return Path(installed).parent.parent.samefile(sys.prefix)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def program() -> str:
    """How this program is called from a terminal: by its name where that finds it, or by its place."""
    folder = Path(sys.executable).parent
    for name in ("dreammix", "dreammix.exe"):
        if (script := folder / name).is_file():
            found = shutil.which("dreammix")
            return "dreammix" if found and script.samefile(found) else _quoted(str(script))
    return f"{_quoted(sys.executable)} -m dreammix"


def _quoted(word: str) -> str:
    """For the system's own shell."""
    return f'& "{word}"' if sys.platform == "win32" else shlex.quote(word)


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
    return f"{model.name}: {state}"


def _fits(model: KnownModel, device: Device) -> Iterator[str]:
    """What an insert and a lesson would take on a device, one variant at the model's own side."""
    try:
        size = _size(model)
    except (DreamMixError, OSError, ValueError, KeyError, TypeError) as error:
        yield f"{model.name}: cannot be told ({error})"
        return
    work: dict[str, Workload] = {
        "insert": painting(1, size.native_side**2, worn=worn_numbers(draft=not model.built_in)),
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
            yield Advice("a graphics card (the processor takes minutes for a large picture)")
    if find_spec(BACKEND) is None:
        yield Advice("the backend, for Krita", _SETUP)
    large = [model for model in models() if not model.built_in]
    if not any(model.installed and model.paints for model in large):
        yield from _large(next(model for model in large if model.paints and model.source is not None), there)
        return
    for model in large:
        lacks = [need for need in _needs(model) if model.installed and not named(need).installed]
        if lacks:
            yield Advice(f"what {model.name} needs", f"{program()} models pull {lacks[0]}")
    if draft_file() is None:
        size = named(DRAFTS).size_bytes
        yield Advice(f"drafts in few steps, {size / _GIGA:.1f} GB", f"{program()} models pull {DRAFTS}")


def _next(advice: Sequence[Advice]) -> str:
    """The first command that brings anything."""
    return next((item.command for item in advice if item.command is not None), f"{program()} insert --help")


def _needs(model: KnownModel) -> tuple[str, ...]:
    """What a model cannot paint into pictures without; of one's own that is told by its files."""
    if model.source is None:
        with suppress(DreamMixError, OSError):
            return (FOOOCUS,) if recognise(model.folder).channels == TEXT_CHANNELS else ()
    return model.needs


def _large(wanted: KnownModel, there: Sequence[Device]) -> Iterator[Advice]:
    """How to come by a first large model, where it would fit."""
    room = fit(SDXL, _best(there), painting(1, SDXL.native_side**2))
    if not room.fits:
        yield Advice(f"memory for a large model ({room.needed_bytes / _GIB:.1f} GiB)")
        return
    total = wanted.size_bytes + sum(named(need).size_bytes for need in wanted.needs)
    if _free(models_folder()) < total:
        yield Advice(f"room for a large model, {total / _GIGA:.1f} GB: name a larger disk in DREAMMIX_MODELS")
    yield Advice(
        f"a large model, {wanted.name}, {total / _GIGA:.1f} GB", f"{program()} models pull {wanted.name}"
    )


def _unused_card() -> str | None:
    """The maker of a card that the system knows of, though torch does not see it."""
    return next((maker for maker, there in _CARDS if there()), None)


def _free(folder: Path) -> int:
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(place).free


COMMAND: Final = Command("doctor", "say what is here, what fits, what is missing", _configure, _run)
