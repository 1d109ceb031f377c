"""Checks that the values of this room share: each passes, or raises an error that names the field."""

import math
from enum import Enum

from dreammix.protocol.errors import DreamMixError, InvalidRequest


def check_whole(
    name: str,
    value: object,
    low: int | None,
    high: int | None,
    error: type[DreamMixError] = InvalidRequest,
) -> None:
    """Reject what is no integer in [low, high]. A bound of None is none; True and False are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise error(f"{name} is {value!r}", "it must be a whole number", "Give a whole number")
    if (low is not None and value < low) or (high is not None and value > high):
        raise _out_of_range(name, value, low, high, error)


def check_real(
    name: str,
    value: object,
    low: float,
    high: float | None,
    error: type[DreamMixError] = InvalidRequest,
) -> None:
    """Reject what is no finite number in [low, high]. A high of None is no bound."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise error(f"{name} is {value!r}", "it must be a finite number", "Give a number")
    if value < low or (high is not None and value > high):
        raise _out_of_range(name, value, low, high, error)


def check_text(name: str, value: object, longest: int, error: type[DreamMixError] = InvalidRequest) -> None:
    """Reject what is no text of at most `longest` characters."""
    if not isinstance(value, str):
        raise error(f"{name} is {value!r}", "it must be text", "Give some words")
    if len(value) > longest:
        raise error(
            f"{name} has {len(value)} characters", f"at most {longest} are allowed", "Shorten the text"
        )


def check_member(
    name: str, value: object, kind: type[Enum], error: type[DreamMixError] = InvalidRequest
) -> None:
    """Reject what is no member of `kind`."""
    if not isinstance(value, kind):
        words = ", ".join(str(member.value) for member in kind)
        raise error(f"{name} is {value!r}", f"it must be one of {words}", "Choose one of them")


def check_instance(name: str, value: object, kind: type, error: type[DreamMixError] = InvalidRequest) -> None:
    """Reject what is no `kind`."""
    if not isinstance(value, kind):
        raise error(
            f"{name} is of type {type(value).__name__}",
            f"it must be of type {kind.__name__}",
            f"Make a {kind.__name__} first",
        )


def _out_of_range(
    name: str, value: float, low: float | None, high: float | None, error: type[DreamMixError]
) -> DreamMixError:
    if high is None:
        why = f"it must be at least {low}"
    elif low is None:
        why = f"it must be at most {high}"
    else:
        why = f"it must be from {low} to {high}"
    return error(f"{name} is {value}", why, "Choose a value in that range")
