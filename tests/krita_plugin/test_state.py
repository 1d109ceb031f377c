"""The docker's states: every row of the table is reached, and says what it should."""

from dataclasses import replace
from typing import Any

import pytest

from dreammix.protocol import Progress, Stage
from dreammix_krita.canvas import Unselected
from dreammix_krita.facts import Backend, Facts, Trouble
from dreammix_krita.state import TABLE, Button, Condition, Extra, Row, shown
from dreammix_krita.texts import LANGUAGES, Catalogue, Words

READY = Facts(backend=Backend.READY, model="sdxl", device="cpu", document=True, region=200, asked=True)


def facts(**changes: Any) -> Facts:
    """A backend, a picture, a selection and a subject; then what is changed."""
    return replace(READY, **changes)


ROWS = {
    Condition.SETTING_UP: (facts(backend=Backend.SETTING_UP, step="torch"), Button.CANCEL, True),
    Condition.NO_BACKEND: (facts(backend=Backend.MISSING), Button.SET_UP, True),
    Condition.OUTDATED: (facts(backend=Backend.OUTDATED), Button.SETTINGS, True),
    Condition.REFUSED: (facts(backend=Backend.REFUSED), Button.SETTINGS, True),
    Condition.STARTING: (facts(backend=Backend.STARTING), Button.NONE, True),
    Condition.LOST: (facts(backend=Backend.LOST, running=True), Button.RESTART, True),
    Condition.START_FAILED: (
        facts(backend=Backend.STOPPED, trouble=Trouble("It does not start", "b", "C")),
        Button.START,
        True,
    ),
    Condition.STOPPED: (facts(backend=Backend.STOPPED), Button.START, True),
    Condition.SEVERAL_JOBS: (facts(running=True, waiting=2), Button.INSERT, True),
    Condition.RUNNING: (facts(running=True), Button.CANCEL, True),
    Condition.ERROR: (facts(trouble=Trouble("The device is full", "b", "C")), Button.RETRY, True),
    Condition.NO_DOCUMENT: (facts(document=False, region=None), Button.INSERT, False),
    Condition.SELECTION_EMPTY: (facts(region=None, unselected=Unselected.EMPTY), Button.INSERT, False),
    Condition.SELECTION_OUTSIDE: (facts(region=None, unselected=Unselected.OUTSIDE), Button.INSERT, False),
    Condition.NO_SELECTION: (facts(region=None), Button.INSERT, False),
    Condition.NOTHING_ASKED: (facts(asked=False), Button.INSERT, False),
    Condition.UNTAUGHT: (facts(untaught="Pip"), Button.INSERT, False),
    Condition.SELECTED_ALL: (facts(everything=True), Button.INSERT, True),
    Condition.DONE: (facts(results=2), Button.INSERT, True),
    Condition.REGION_SMALL: (facts(region=12), Button.INSERT, True),
    Condition.REGION_LARGE: (facts(region=2000, native=1024), Button.INSERT, True),
    Condition.READY_SANDBOX: (facts(model="sandbox"), Button.INSERT, True),
    Condition.READY: (facts(), Button.INSERT, True),
}


@pytest.mark.parametrize("condition", Condition)
def test_each_row_has_its_button(condition: Condition) -> None:
    """The facts of a row lead to it, and to its one button."""
    given, button, enabled = ROWS[condition]
    seen = shown(given)
    assert (seen.condition, seen.button, seen.enabled) == (condition, button, enabled)


def test_the_table_has_each_condition_once() -> None:
    """No state is forgotten, and none is told twice."""
    assert sorted(row.condition for row in TABLE) == sorted(Condition)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("condition", Condition)
def test_every_state_can_be_said(condition: Condition, language: str) -> None:
    """All that a state's words have in their braces is known to it."""
    seen, texts = shown(ROWS[condition][0]), Catalogue(language)
    said = [texts.say(words, **seen.values) for words in (seen.words, seen.label, seen.reason) if words]
    assert all("{" not in text for text in said)
    assert said[0].strip(" ,.")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.condition)
def test_a_button_that_is_off_says_why(row: Row) -> None:
    """And one that is there has a label."""
    assert row.enabled or row.reason is not None
    assert (row.label is None) == (row.button is Button.NONE)


def test_a_running_job_is_told_by_its_stage() -> None:
    """`Local content 12 of 21`."""
    seen = shown(facts(running=True, progress=Progress(Stage.LOCAL, 12, 21, 4.0)))
    assert Catalogue("en").say(seen.words, **seen.values) == "Local content 12 of 21"
    assert Catalogue("de").say(seen.words, **seen.values) == "Lokaler Inhalt 12 von 21"


def test_an_edited_insert_is_updated() -> None:
    """The button stays where it is and says what it does now."""
    assert (shown(facts(editing=True)).button, shown(facts(editing=True)).label) == (
        Button.UPDATE,
        Words.UPDATE,
    )


def test_jobs_that_wait_without_a_selection_can_be_cancelled() -> None:
    """What cannot be inserted is not offered."""
    assert shown(facts(waiting=1, region=None)).button is Button.CANCEL


def test_results_stay_within_reach_without_a_selection() -> None:
    """Apply and discard need none; a further insert does."""
    seen = shown(facts(results=1, region=None))
    assert (seen.enabled, seen.extras) == (False, (Extra.APPLY, Extra.TRY_AGAIN, Extra.DISCARD))
    assert seen.reason is Words.SELECT_REGION


@pytest.mark.parametrize("condition", ROWS)
def test_whatever_is_off_says_why(condition: Condition) -> None:
    """A button that cannot be pressed has its reason beneath it."""
    seen = shown(ROWS[condition][0])
    assert seen.enabled or seen.reason is not None


def test_an_error_shows_what_why_and_remedy() -> None:
    """And its details can be copied."""
    seen = shown(facts(trouble=Trouble("The device is full", "others use it", "Close them")))
    texts = Catalogue("en")
    assert seen.reason is not None
    assert texts.say(seen.words, **seen.values) == "The device is full"
    assert texts.say(seen.reason, **seen.values) == "Others use it. Close them."
    assert Extra.COPY_DETAILS in seen.extras


def test_the_status_line_stands_still_while_things_happen() -> None:
    """With a backend it says what paints, whatever else is going on, unless something went wrong."""
    for given, _, _ in ROWS.values():
        if given.backend is Backend.READY:
            wrong = shown(given).condition is Condition.ERROR
            assert shown(replace(given, model="sdxl")).standing is (
                Words.WENT_WRONG if wrong else Words.READY
            )
    assert shown(facts(model="sandbox", running=True)).standing is Words.SANDBOX
    assert shown(facts(backend=Backend.STOPPED)).standing is Words.NOT_RUNNING


def test_another_insert_is_offered_while_one_runs() -> None:
    """Where it could be: the big button cancels meanwhile."""
    assert shown(facts(running=True)).extras == (Extra.INSERT_MORE,)
    assert shown(facts(running=True, region=None)).extras == ()
