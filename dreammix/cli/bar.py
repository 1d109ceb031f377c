"""The progress bar: one line on stderr that names the stage."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import NoReturn

from tqdm import tqdm

from dreammix.protocol import Progress, Stage, TeachProgress, TeachStage


class Bar:
    """Shows what is being done; a context manager, so that its line is ended whatever happens."""

    def __init__(self, title: str = "") -> None:
        self._title = f"{title}: " if title else ""
        self._stage: Stage | TeachStage | None = None
        self._line: tqdm[NoReturn] | None = None
        self._begun = False

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def say(self, what: str) -> None:
        """Show, to a terminal only, something that has no steps; the next thing takes its place."""
        if sys.stderr.isatty():
            self._begin(what, "{desc} ...", leave=False)

    def show(self, progress: Progress | TeachProgress) -> None:
        """Move on to this step."""
        line = self._line
        if line is None or progress.stage is not self._stage:
            self._stage = progress.stage
            layout = "{desc} |{bar:20}| {n_fmt}/{total_fmt}{postfix}"
            line = self._begin(progress.stage.capitalize(), layout, total=progress.steps)
        if progress.seconds_left is not None:
            line.set_postfix_str(f"{progress.seconds_left:.0f} s left", refresh=False)
        line.update(progress.step - line.n)

    def _begin(
        self, what: str, layout: str, *, total: int | None = None, leave: bool = True
    ) -> tqdm[NoReturn]:
        self._end()
        self._begun = True  # Before it is drawn: Ctrl-C may come before there is a line to close.
        self._line = tqdm(
            desc=self._title + what, total=total, bar_format=layout, file=sys.stderr, leave=leave
        )
        return self._line

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        elif self._begun:
            print(file=sys.stderr)
        self._line, self._begun = None, False
