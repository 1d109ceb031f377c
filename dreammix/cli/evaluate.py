"""`dreammix evaluate`: measures the model, prints a table, writes figures and pictures."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Final

from dreammix.cli.bar import Bar
from dreammix.cli.command import Command
from dreammix.cli.study import STUDY, add_options, run_study
from dreammix.evaluation import EVALUATIONS, Evaluation
from dreammix.files import make_folder, write_whole
from dreammix.protocol import InvalidRequest

MAX_COUNT: Final = 10_000
"""Most cases of one evaluation."""
_WIDTH: Final = max(len(evaluation.name) for evaluation in EVALUATIONS)
_EPILOG: Final = "What can be measured, and on how many cases it usually is:\n" + "\n".join(
    f"  {evaluation.name.ljust(_WIDTH)}  {evaluation.summary} ({evaluation.count})"
    for evaluation in EVALUATIONS
)
_STUDY: Final = (
    f"\n  {STUDY.ljust(_WIDTH)}  subjects: taught, inserted, edited, each part of the method on and off"
)


def _configure(parser: ArgumentParser) -> None:
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = _EPILOG + _STUDY
    parser.add_argument("name", metavar="NAME", help="what to measure")
    parser.add_argument("--count", metavar="N", type=_count, help="how many cases")
    parser.add_argument("--seed", metavar="S", type=_seed, default=0, help="which cases (%(default)s)")
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        default=Path("dreammix-evaluation"),
        help="where to (%(default)s)",
    )
    parser.add_argument("--model", metavar="NAME", default="sandbox", help="a name or folder (%(default)s)")
    add_options(parser)


def _run(arguments: Namespace) -> int:
    if arguments.name == STUDY:
        return run_study(arguments)
    evaluation = _chosen(arguments.name)
    folder: Path = arguments.out
    make_folder(folder)
    from dreammix.evaluation.bench import Bench
    from dreammix.evaluation.catalogue import evaluate, files_of

    with Bar(evaluation.name) as bar:
        bench = Bench(
            model=arguments.model,
            count=arguments.count or evaluation.count,
            seed=arguments.seed,
            said=bar.say,
        )
        report, outcome = evaluate(evaluation, bench)
    files = files_of(folder, report, outcome)
    write_whole(files)
    print(report.table())
    for path in files:
        print(path)
    return 0


def _chosen(name: str) -> Evaluation:
    known = {evaluation.name: evaluation for evaluation in EVALUATIONS}
    if name not in known:
        raise InvalidRequest(
            f"There is no evaluation {name}", f"there are {', '.join([*known, STUDY])}", "Choose of these"
        )
    return known[name]


def _count(text: str) -> int:
    return _whole(text, 1, MAX_COUNT)


def _seed(text: str) -> int:
    return _whole(text, 0, 2**31 - 1)


def _whole(text: str, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise ArgumentTypeError(f"{text} is no whole number from {least} to {most}")
    return number


COMMAND: Final = Command("evaluate", "measure what the model can do", _configure, _run)
