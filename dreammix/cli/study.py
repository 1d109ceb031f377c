"""`dreammix evaluate sandbox`: the study of subjects, as far as it is not on disk yet, and its tables."""

from __future__ import annotations

import shlex
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import Final

from dreammix.cli.bar import Bar
from dreammix.files import check_writable, make_folder, write_whole
from dreammix.protocol import InsertSettings

STUDY: Final = "sandbox"
MAX_EDITS: Final = 5
"""Sorts of edits that there are."""


def add_options(parser: ArgumentParser) -> None:
    """The options of the study."""
    group = parser.add_argument_group(f"options of {STUDY}, which goes on where it was stopped")
    group.add_argument(
        "--json", metavar="OUT", type=Path, help="where its numbers go, figure and pictures beside it"
    )
    group.add_argument("--subjects", metavar="N", type=_whole, default=12, help="how many (%(default)s)")
    group.add_argument("--scenes", metavar="N", type=_whole, default=10, help="for each (%(default)s)")
    group.add_argument("--edits", metavar="N", type=_edits, default=1, help="in each scene (%(default)s)")
    steps = InsertSettings().steps
    group.add_argument("--steps", metavar="N", type=_whole, default=steps, help="of an insert (%(default)s)")
    group.add_argument("--teach-steps", metavar="N", type=_whole, help="of a teaching (as it is usual)")
    group.add_argument("--regular", metavar="N", type=_whole, help="regular pictures (likewise)")
    group.add_argument(
        "--encoder",
        metavar="FOLDER",
        type=Path,
        action="append",
        default=[],
        help="compare with this encoder too, such as DINOv2's; may be given more than once",
    )
    group.add_argument(
        "--part",
        metavar="K/N",
        type=_part,
        default=(1, 1),
        help="only each N-th subject from the K-th on, without tables: for N processes at once",
    )


def run_study(arguments: Namespace) -> int:
    """Make what is missing, then say what all of it says."""
    out: Path = arguments.json or arguments.out / f"{STUDY}.json"
    make_folder(arguments.out)
    make_folder(out.parent)
    check_writable(out)
    from dreammix.evaluation.subjects.documents import files_of
    from dreammix.evaluation.subjects.similarity import FolderEncoder
    from dreammix.evaluation.subjects.study import Plan, Study
    from dreammix.evaluation.subjects.summary import summarise

    began = time.monotonic()
    plan = Plan(
        model=arguments.model,
        subjects=arguments.subjects,
        scenes=arguments.scenes,
        edits=arguments.edits,
        steps=arguments.steps,
        teach_steps=arguments.teach_steps,
        regular=arguments.regular,
        seed=arguments.seed,
        part=arguments.part,
    )
    encoders = [FolderEncoder(folder) for folder in arguments.encoder]
    with Bar(STUDY) as bar:
        study = Study(plan, arguments.out, encoders, bar.say)
        work = study.work()
    print(f"To do: {work}.", file=sys.stderr)
    with bar:
        records = list(study.run())
    if plan.part != (1, 1):
        print(f"{len(records)} results in {arguments.out}")
        return 0
    ablation = summarise(
        records,
        study.lessons(),
        [encoder.name for encoder in encoders],
        _command(arguments),
        time.monotonic() - began,
    )
    files = files_of(out, ablation, records)
    write_whole(files)
    print(
        "\n\n".join(
            (*(f"{table.title}\n\n{table.markdown()}" for table in ablation.tables), ablation.report.table())
        )
    )
    for remark in ablation.remarks:
        print(remark, file=sys.stderr)
    for path in files:
        print(path)
    return 0


def _command(arguments: Namespace) -> str:
    """What prints the same again."""
    words = ["dreammix", "evaluate", STUDY]
    for name in ("model", "subjects", "scenes", "edits", "steps", "teach_steps", "regular", "seed", "json"):
        value = getattr(arguments, name)
        if value is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    for folder in arguments.encoder:
        words += ["--encoder", folder.name]
    return shlex.join(words)


def _whole(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ArgumentTypeError(f"{text} is no whole number from 1 to 1000")
    return int(text)


def _edits(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_EDITS:
        raise ArgumentTypeError(f"{text} is no whole number from 0 to {MAX_EDITS}")
    return int(text)


def _part(text: str) -> tuple[int, int]:
    which, _, parts = text.partition("/")
    if not (which.isdecimal() and parts.isdecimal() and 1 <= int(which) <= int(parts)):
        raise ArgumentTypeError(f"{text} is no part, such as 1/2")
    return int(which), int(parts)
