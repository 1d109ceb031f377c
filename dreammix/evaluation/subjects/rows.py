"""The rows of the study: what each of them teaches, and how it inserts what was learnt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from dreammix.evaluation.subjects.specimens import PICTURES
from dreammix.protocol import Harmonisation, InsertSettings, RegularKind, TeachSettings
from dreammix.substitution import NOTHING, PAPERS_SUBSTITUTION, Substitution

TRUE: Final = "true renders"
BASE: Final = "base without subject"
DREAMBOOTH: Final = "DreamBooth"
DIF: Final = "+ DIF"
TAS: Final = "++ TAS"
ADM: Final = "+++ ADM"
LADDER: Final = (TRUE, BASE, DREAMBOOTH, DIF, TAS, ADM)
"""The paper's Table 3, between its lower and its upper bound."""
STRENGTHS: Final = (0.0, 0.25, 0.5, 0.75)
"""Strengths of TAS beside the usual 1, which is the row `ADM`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching:
    """How a subject is taught, from how many of its pictures."""

    settings: TeachSettings
    pictures: int = PICTURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way to insert subjects.

    Attributes:
        name: of the row.
        settings: of its inserts; None: the right answer is rendered.
        teaching: what its inserts know of the subject; None: nothing.
        strength: of TAS; at 0 it is off.
        substitution: what TAS changes.
    """

    name: str
    settings: InsertSettings | None
    teaching: Teaching | None = None
    strength: float = 0.0
    substitution: Substitution = PAPERS_SUBSTITUTION

    @property
    def main(self) -> bool:
        """Whether it belongs to Table 3; the others are variants of the last of those."""
        return self.name in LADDER


def strength_row(strength: float) -> str:
    """What the row of a strength of TAS is called."""
    return ADM if strength == 1 else f"TAS strength {strength:g}"


def rows(taught: TeachSettings, settings: InsertSettings) -> tuple[Row, ...]:
    """All rows.

    Args:
        taught: how the model is taught with Eq. 7 and 8.
        settings: how the method inserts.
    """
    taught = replace(taught, samples=0)
    # Its plain loss, and its prior preservation with the weight of its paper.
    dreambooth = Teaching(
        settings=replace(
            taught, inside=1.0, outside=1.0, squared=False, regular=RegularKind.CLASS, regular_weight=1.0
        )
    )
    whole = replace(settings, local_share=0.0, harmonisation=Harmonisation.WHOLE)
    asked = replace(taught, regular=RegularKind.ATTRIBUTES)
    full = Row(name=ADM, settings=settings, teaching=Teaching(settings=taught), strength=1.0)
    return (
        Row(name=TRUE, settings=None),
        Row(name=BASE, settings=settings),
        Row(name=DREAMBOOTH, settings=whole, teaching=dreambooth),
        Row(name=DIF, settings=settings, teaching=dreambooth),
        Row(name=TAS, settings=settings, teaching=dreambooth, strength=1.0),
        full,
        replace(full, name="from one picture", teaching=Teaching(settings=taught, pictures=1)),
        replace(full, name="under the words asked for", teaching=Teaching(settings=asked)),
        replace(full, name="squared weights", teaching=Teaching(settings=replace(taught, squared=True))),
        replace(full, name="no TAS in GCH", substitution=Substitution(global_=NOTHING)),
        *(replace(full, name=strength_row(strength), strength=strength) for strength in STRENGTHS),
    )
