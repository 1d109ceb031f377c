"""The options by which a command is told where a model computes, and how it lies in memory there."""

from __future__ import annotations

from argparse import ArgumentParser

from dreammix.models.memory import AUTO
from dreammix.protocol import Profile


def add_placing_arguments(parser: ArgumentParser) -> None:
    """--device and --profile."""
    parser.add_argument(
        "--device",
        metavar="NAME",
        default=AUTO,
        help="what computes: cpu, cuda:0 (also of ROCm), mps, xpu:0 (the card with most free memory)",
    )
    parser.add_argument(
        "--profile",
        choices=tuple(profile.value for profile in Profile),
        help="how the model lies in the device's memory (the first that has room): `dreammix doctor`",
    )


def profile_of(name: str | None) -> Profile | None:
    """The profile of that name; None lets the free memory decide."""
    return None if name is None else Profile(name)
