"""Draw the losses of a training run: `python -m dreammix.sandbox.training.curves`."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot


def read_log(path: Path) -> tuple[list[int], list[float]]:
    """Steps and losses of a stage's log."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [int(row["step"]) for row in rows], [float(row["loss"]) for row in rows]


def main() -> None:
    """One panel for each stage that has a log."""
    parser = argparse.ArgumentParser(prog="python -m dreammix.sandbox.training.curves", description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(".cache/sandbox"), help="checkpoints and logs")
    parser.add_argument("--out", type=Path, default=Path("docs/images/training.png"))
    arguments = parser.parse_args()
    logs = sorted(arguments.work.glob("*/log.csv"))
    figure, panels = pyplot.subplots(1, len(logs), figsize=(4 * len(logs), 3), squeeze=False)
    for panel, log in zip(panels[0], logs, strict=True):
        panel.plot(*read_log(log))
        panel.set_title(log.parent.name)
        panel.set_xlabel("step")
        panel.set_ylabel("loss")
        panel.set_yscale("log")
    figure.tight_layout()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(arguments.out, dpi=100)


if __name__ == "__main__":
    main()
