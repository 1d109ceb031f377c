"""The progress bar: one line on stderr that names the stage."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import NoReturn

from tqdm import tqdm

from dreammix.protocol import Progress, Stage


class Bar:
    """Shows what is being done; a context manager, so that its line is ended whatever happens."""

    def __init__(self, title: str = "") -> None:
        self._title = f"{title}: " if title else ""
        self._stage: Stage | None = None
        self._line: tqdm[NoReturn] | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def say(self, what: str) -> None:
        """Show, to a terminal only, something that has no steps; the next thing takes its place."""
        self._end()
        self._line = tqdm(
            desc=self._title + what, bar_format="{desc} ...", file=sys.stderr, leave=False, disable=None
        )

    def show(self, progress: Progress) -> None:
        """Move on to this step."""
        if self._line is None or progress.stage is not self._stage:
            self._end()
            self._stage = progress.stage
            self._line = tqdm(
                total=progress.steps,
                desc=self._title + progress.stage.capitalize(),
                bar_format="{desc} |{bar:20}| {n_fmt}/{total_fmt}{postfix}",
                file=sys.stderr,
            )
        if progress.seconds_left is not None:
            self._line.set_postfix_str(f"{progress.seconds_left:.0f} s left", refresh=False)
        self._line.update(progress.step - self._line.n)

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
