"""`python -m tests.benchmarks.fits`: by arithmetic, what SDXL takes in each profile, and where it fits."""

from __future__ import annotations

from dreammix.models.memory import (
    GIB,
    SDXL,
    Device,
    DeviceKind,
    Precision,
    fit,
    learning,
    needed_bytes,
    painting,
    teaches,
)
from dreammix.protocol import Profile

CARDS_GIB = (24, 16, 12, 10, 8, 6, 4)
TAKEN_BYTES = 600 << 20
"""What a desktop and the driver take of a card, about."""
INSERT = painting(1, SDXL.native_side**2)
LESSON = learning(SDXL, 2)


def card(gib: float) -> Device:
    """A card of so much memory, that computes in bf16."""
    return Device(
        name="cuda:0",
        kind=DeviceKind.CUDA,
        title=f"a card of {gib} GiB",
        precision=Precision.BF16,
        total_bytes=int(gib * GIB),
        free_bytes=int(gib * GIB) - TAKEN_BYTES,
    )


def main() -> None:
    """Print both tables."""
    print("| profile | insert | lesson |\n|---|---|---|")
    for profile in Profile:
        insert = needed_bytes(SDXL, card(24), INSERT, profile) / GIB
        lesson = needed_bytes(SDXL, card(24), LESSON, profile) / GIB
        told = f"{lesson:.1f} GiB" if teaches(profile, shared=False) else "-"
        print(f"| `{profile}` | {insert:.1f} GiB | {told} |")
    print("\n| card | insert | lesson |\n|---|---|---|")
    for gib in CARDS_GIB:
        found = [fit(SDXL, card(gib), work) for work in (INSERT, LESSON)]
        profiles = [f"`{each.profile}`" if each.fits else "does not fit" for each in found]
        print(f"| {gib} GiB | {profiles[0]} | {profiles[1]} |")


if __name__ == "__main__":
    main()
