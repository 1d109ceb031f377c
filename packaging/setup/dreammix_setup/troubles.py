"""What can go wrong, in the words that the artist reads: what happened, why, and what to do."""

from __future__ import annotations

import errno


class Trouble(Exception):
    """The one error of the set-up."""

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(what, why, remedy)
        self.what, self.why, self.remedy = what, why, remedy

    def __str__(self) -> str:
        return f"{self.what}: {self.why}. {self.remedy}."


class Stopped(Trouble):
    """The artist stopped it."""

    def __init__(self) -> None:
        super().__init__(
            "The set-up was stopped", "you asked for it", "Start it again: it goes on where it stopped"
        )


GO_ON = "start the set-up again: it goes on where it stopped"
"""The end of many a remedy."""


def offline(place: str, reason: object) -> Trouble:
    """A server that cannot be reached."""
    return Trouble(f"{place} cannot be reached", str(reason), f"Connect to the internet and {GO_ON}")


def of_the_disk(error: OSError, path: object) -> Trouble:
    """A file or folder that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Trouble("The disk is full", f"{path} could not be written", f"Free some space and {GO_ON}")
    return Trouble(
        f"{path} cannot be written",
        error.strerror or "of the file system",
        "Allow it, or name another folder in the environment variable DREAMMIX_SETUP",
    )
