"""What SDXL costs: `python -m tests.benchmarks.sdxl --size full --device cuda:0`, or `--size small` anywhere.

Measures time and memory of inserts and lessons on SDXL's classes with random weights, prints them, keeps them
beside the other benchmarks' figures, and brings them into docs/performance.md. The full size takes 10 GB of
disk, and on a card some minutes; `--parts` takes one part at a time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import torch

from dreammix.evaluation.report import Figure, Report, read
from dreammix.files import write_whole
from dreammix.models.base import load
from dreammix.models.devices import device_named
from dreammix.protocol import Profile
from tests.benchmarks.page import FIGURES
from tests.benchmarks.sdxl.bases import base
from tests.benchmarks.sdxl.lessons import lessons
from tests.benchmarks.sdxl.memory import memory
from tests.benchmarks.sdxl.settings import SCALES, STEPS, Wanted
from tests.benchmarks.sdxl.speed import speed

PAGE = Path("docs/performance.md")
BEGIN, END = "<!-- measured: python -m tests.benchmarks.sdxl -->\n", "<!-- /measured -->\n"
PARTS = ("speed", "lessons", "memory")
LIBRARIES = ("torch", "diffusers", "transformers")


def figures(wanted: Wanted, parts: list[str]) -> list[Figure]:
    """Make the model and measure it; memory comes last, as it loads the model anew for each profile."""
    place, fooocus = base(wanted.place, wanted.scale, wanted.device)
    found: list[Figure] = []
    if {"speed", "lessons"} & set(parts):
        model = load(place, device=str(wanted.device), profile=Profile.FULL, fooocus=fooocus)
        if "speed" in parts:
            found += speed(model, wanted)
        if "lessons" in parts:
            found += lessons(model, wanted)
        del model
    if "memory" in parts:
        found += memory(place, fooocus, wanted)
    return found


def how(wanted: Wanted) -> str:
    """Where it was measured, and with what."""
    computer = device_named(str(wanted.device))
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    size = "SDXL 1.0's size" if wanted.scale.full else "SDXL's layers, a fourth to a twentieth as wide"
    clock = "the wall's time" if wanted.device.type != "cpu" else "processor time of one thread"
    pictures = f"pictures of {wanted.scale.side} px, in {computer.precision}"
    return f"{size}, with random weights, {pictures}, on {computer.title}; {clock}; {libraries}."


def section(folder: Path) -> str:
    """What the page says of all reports that are there."""
    told = []
    for scale in SCALES.values():
        path = folder / f"{scale.name}.json"
        if path.exists():
            report = read(path.read_text(encoding="utf-8"))
            told.append(f"{report.how}\n\n```console\n$ {report.command}\n```\n\n{report.table()}\n")
    return "\n" + "\n".join(told) + "\n"


def renewed(page: str, content: str) -> str:
    """The page with other content between the two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{content}{END}{rest.partition(END)[2]}"


def main() -> None:
    """Measure, print, keep, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", choices=SCALES, default="small")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is timed (%(default)s)")
    parser.add_argument("--steps", type=int, default=STEPS, help="of an insert (%(default)s)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--place", type=Path, help="where the model is made and kept (a temporary folder)")
    parser.add_argument("--keep", type=Path, default=FIGURES, help="folder of the figures (%(default)s)")
    arguments = parser.parse_args()
    torch.set_num_threads(1 if arguments.device == "cpu" else torch.get_num_threads())
    arguments.keep.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        wanted = Wanted(
            scale=SCALES[arguments.size],
            device=torch.device(arguments.device),
            place=arguments.place or Path(folder),
            rounds=arguments.rounds,
            steps=arguments.steps,
        )
        report = Report(
            name=wanted.scale.name,
            how=how(wanted),
            command=" ".join(["python -m tests.benchmarks.sdxl", *sys.argv[1:]]),
            figures=tuple(figures(wanted, arguments.parts)),
            seconds=time.monotonic() - begun,
        )
    print(report.how, report.table(), sep="\n\n")
    write_whole({arguments.keep / f"{report.name}.json": report.json().encode()})
    if arguments.keep == FIGURES:
        write_whole({PAGE: renewed(PAGE.read_text(encoding="utf-8"), section(FIGURES)).encode()})


if __name__ == "__main__":
    main()
