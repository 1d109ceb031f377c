"""What the rows compare."""

from dataclasses import replace

from dreammix.evaluation.subjects.rows import (
    ADM,
    BASE,
    DIF,
    DREAMBOOTH,
    LADDER,
    TAS,
    TRUE,
    rows,
    strength_row,
)
from dreammix.protocol import Harmonisation, InsertSettings, RegularKind, Stage, TeachSettings
from dreammix.substitution import NOTHING

TAUGHT = TeachSettings(regular=RegularKind.DESCRIBED)
ROWS = {row.name: row for row in rows(TAUGHT, InsertSettings(steps=7))}


def test_each_step_of_the_ladder_changes_one_thing() -> None:
    """DIF the stages, TAS the prompt, ADM what is taught."""
    assert tuple(ROWS)[: len(LADDER)] == LADDER
    dreambooth, dif, tas, adm = (ROWS[name] for name in (DREAMBOOTH, DIF, TAS, ADM))
    assert dreambooth.teaching == dif.teaching == tas.teaching != adm.teaching
    assert dreambooth.settings != dif.settings == tas.settings == adm.settings
    assert (dreambooth.strength, dif.strength, tas.strength, adm.strength) == (0, 0, 1, 1)
    assert ROWS[TRUE].settings is None
    assert ROWS[BASE].teaching is None


def test_dreambooth_is_plain() -> None:
    """Its loss has no weights, its regular pictures show the class, one stage sees the whole canvas."""
    row = ROWS[DREAMBOOTH]
    assert row.teaching is not None
    assert row.settings is not None
    taught = row.teaching.settings
    assert (taught.inside, taught.outside, taught.regular) == (1, 1, RegularKind.CLASS)
    assert (row.settings.local_share, row.settings.harmonisation) == (0, Harmonisation.WHOLE)


def test_each_variant_differs_from_the_whole_method_in_one_thing() -> None:
    """Words, pictures, weights, TAS in GCH, strengths from 0 on; the strength 1 is the method itself."""
    full = ROWS[ADM]
    one, squared, local = (ROWS[name] for name in ("from one picture", "squared weights", "no TAS in GCH"))
    asked = ROWS["under the words asked for"].teaching
    assert full.teaching is not None
    assert asked is not None
    assert asked.settings == replace(full.teaching.settings, regular=RegularKind.ATTRIBUTES)
    assert one.teaching is not None
    assert squared.teaching is not None
    assert (one.teaching.pictures, one.teaching.settings) == (1, full.teaching.settings)
    assert squared.teaching.settings.squared
    assert local.substitution.reach(Stage.GLOBAL) == NOTHING
    assert local.teaching == full.teaching
    assert ROWS[strength_row(0)].strength == 0
    assert strength_row(1) == ADM
