"""What the docker shows, as pure data: facts in, words and a button out. No Qt, no wire.

`TABLE` is the whole of it. Its rows are asked from the top, and the first whose condition holds is what is
shown. So what makes everything below it impossible stands above it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dreammix.protocol import Stage
from dreammix.protocol.words import Word
from dreammix_krita.canvas import Unselected
from dreammix_krita.facts import Backend, Facts
from dreammix_krita.texts import Words, device_name, sentence

SMALL_REGION_PX: Final = 32
"""A shorter side than this leaves the model little to paint details with."""
SANDBOX: Final = "sandbox"
"""The built-in model's name."""


class Button(Word):
    """What the one big button does."""

    NONE = "none"
    SET_UP = "set_up"
    START = "start"
    RESTART = "restart"
    SETTINGS = "settings"
    INSERT = "insert"
    UPDATE = "update"
    CANCEL = "cancel"
    RETRY = "retry"


class Extra(Word):
    """Further things that are possible in a state, as smaller buttons."""

    GET_SDXL = "get_sdxl"
    APPLY = "apply"
    TRY_AGAIN = "try_again"
    DISCARD = "discard"
    CANCEL = "cancel"
    COPY_DETAILS = "copy_details"
    DISMISS = "dismiss"
    INSERT_MORE = "insert_more"


class Condition(Word):
    """A row of the table."""

    SETTING_UP = "setting_up"
    NO_BACKEND = "no_backend"
    OUTDATED = "outdated"
    REFUSED = "refused"
    STARTING = "starting"
    LOST = "lost"
    START_FAILED = "start_failed"
    STOPPED = "stopped"
    SEVERAL_JOBS = "several_jobs"
    RUNNING = "running"
    ERROR = "error"
    NO_DOCUMENT = "no_document"
    SELECTION_EMPTY = "selection_empty"
    SELECTION_OUTSIDE = "selection_outside"
    NO_SELECTION = "no_selection"
    NOTHING_ASKED = "nothing_asked"
    UNTAUGHT = "untaught"
    DONE = "done"
    SELECTED_ALL = "selected_all"
    REGION_SMALL = "region_small"
    REGION_LARGE = "region_large"
    READY_SANDBOX = "ready_sandbox"
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One state of the docker.

    Attributes:
        condition: its name.
        holds: whether the facts are these.
        words: what the status line says.
        button: what the big button does.
        label: what stands on it; None: there is no button.
        reason: why it is off, or what to know before it is pressed.
        enabled: whether it can be pressed.
        extras: what else is possible.
    """

    condition: Condition
    holds: Callable[[Facts], bool]
    words: Words
    button: Button = Button.NONE
    label: Words | None = None
    reason: Words | None = None
    enabled: bool = True
    extras: tuple[Extra, ...] = ()


def _backend(state: Backend) -> Callable[[Facts], bool]:
    return lambda facts: facts.backend is state


def _insert(
    condition: Condition,
    holds: Callable[[Facts], bool],
    reason: Words | None = None,
    *,
    words: Words = Words.READY,
    enabled: bool = True,
    extras: tuple[Extra, ...] = (),
) -> Row:
    """A row in which the big button inserts, or would."""
    return Row(
        condition=condition,
        holds=holds,
        words=words,
        button=Button.INSERT,
        label=Words.INSERT,
        reason=reason,
        enabled=enabled,
        extras=extras,
    )


UNSELECTED: Final[Mapping[Unselected, Words]] = {
    Unselected.EMPTY: Words.SELECTION_EMPTY,
    Unselected.OUTSIDE: Words.SELECTION_OUTSIDE,
    Unselected.NONE: Words.SELECT_REGION,
}
"""Why there is no region, in words."""

_RESULT_BUTTONS: Final = (Extra.APPLY, Extra.TRY_AGAIN, Extra.DISCARD)

TABLE: Final = (
    Row(
        condition=Condition.SETTING_UP,
        holds=_backend(Backend.SETTING_UP),
        words=Words.SETTING_UP,
        button=Button.CANCEL,
        label=Words.CANCEL,
    ),
    Row(
        condition=Condition.NO_BACKEND,
        holds=_backend(Backend.MISSING),
        words=Words.NO_BACKEND,
        button=Button.SET_UP,
        label=Words.SET_UP_BACKEND,
    ),
    Row(
        condition=Condition.OUTDATED,
        holds=_backend(Backend.OUTDATED),
        words=Words.OUTDATED,
        button=Button.SETTINGS,
        label=Words.OPEN_SETTINGS,
        reason=Words.TROUBLE_REMEDY,
        extras=(Extra.COPY_DETAILS,),
    ),
    Row(
        condition=Condition.REFUSED,
        holds=_backend(Backend.REFUSED),
        words=Words.REFUSED,
        button=Button.SETTINGS,
        label=Words.OPEN_SETTINGS,
        reason=Words.TROUBLE_REMEDY,
        extras=(Extra.COPY_DETAILS,),
    ),
    Row(
        condition=Condition.STARTING,
        holds=_backend(Backend.STARTING),
        words=Words.STARTING,
    ),
    Row(
        condition=Condition.LOST,
        holds=_backend(Backend.LOST),
        words=Words.LOST,
        button=Button.RESTART,
        label=Words.RESTART_BACKEND,
        reason=Words.BACKEND_AWAY,
    ),
    Row(
        condition=Condition.START_FAILED,
        holds=lambda facts: facts.backend is Backend.STOPPED and facts.trouble is not None,
        words=Words.FAILED,
        button=Button.START,
        label=Words.START_BACKEND,
        reason=Words.TROUBLE,
        extras=(Extra.COPY_DETAILS,),
    ),
    Row(
        condition=Condition.STOPPED,
        holds=_backend(Backend.STOPPED),
        words=Words.STOPPED,
        button=Button.START,
        label=Words.START_BACKEND,
    ),
    Row(
        condition=Condition.SEVERAL_JOBS,
        holds=lambda facts: facts.waiting > 0 and can_insert(facts),
        words=Words.QUEUED,
        button=Button.INSERT,
        label=Words.INSERT_MORE,
        extras=(Extra.CANCEL,),
    ),
    Row(
        condition=Condition.RUNNING,
        holds=lambda facts: facts.running or facts.waiting > 0,
        words=Words.RUNNING,
        button=Button.CANCEL,
        label=Words.CANCEL,
        extras=(Extra.INSERT_MORE,),
    ),
    Row(
        condition=Condition.ERROR,
        holds=lambda facts: facts.trouble is not None,
        words=Words.FAILED,
        button=Button.RETRY,
        label=Words.TRY_AGAIN,
        reason=Words.TROUBLE,
        extras=(Extra.COPY_DETAILS, Extra.DISMISS),
    ),
    _insert(Condition.NO_DOCUMENT, lambda facts: not facts.document, Words.OPEN_PICTURE, enabled=False),
    _insert(Condition.DONE, lambda facts: facts.results > 0, words=Words.DONE, extras=_RESULT_BUTTONS),
    _insert(
        Condition.SELECTION_EMPTY,
        lambda facts: facts.region is None and facts.unselected is Unselected.EMPTY,
        UNSELECTED[Unselected.EMPTY],
        enabled=False,
    ),
    _insert(
        Condition.SELECTION_OUTSIDE,
        lambda facts: facts.region is None and facts.unselected is Unselected.OUTSIDE,
        UNSELECTED[Unselected.OUTSIDE],
        enabled=False,
    ),
    _insert(
        Condition.NO_SELECTION, lambda facts: facts.region is None, UNSELECTED[Unselected.NONE], enabled=False
    ),
    _insert(Condition.NOTHING_ASKED, lambda facts: not facts.asked, Words.CHOOSE_SUBJECT, enabled=False),
    _insert(Condition.UNTAUGHT, lambda facts: bool(facts.untaught), Words.TEACH_FIRST, enabled=False),
    _insert(Condition.SELECTED_ALL, lambda facts: facts.everything, Words.SELECTED_ALL),
    _insert(
        Condition.REGION_SMALL,
        lambda facts: facts.region is not None and facts.region < SMALL_REGION_PX,
        Words.REGION_SMALL,
    ),
    _insert(
        Condition.REGION_LARGE,
        lambda facts: facts.region is not None and facts.native is not None and facts.region > facts.native,
        Words.REGION_LARGE,
    ),
    _insert(Condition.READY_SANDBOX, lambda facts: facts.model == SANDBOX, words=Words.READY_SANDBOX),
    _insert(Condition.READY, lambda facts: True),
)
"""Every state, in the order in which they are asked."""

STAGES: Final[Mapping[Stage, Words]] = {Stage.LOCAL: Words.STAGE_LOCAL, Stage.GLOBAL: Words.STAGE_GLOBAL}
"""What a stage is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the docker shows.

    Attributes:
        condition: which state it is.
        standing: the status line: the backend, or what paints.
        words: what is happening.
        button: what the big button does.
        label: what stands on it; None: there is no button.
        enabled: whether it can be pressed.
        reason: the line beneath it.
        extras: what else is possible.
        values: what the words and the reason have in their braces; `stage` is a key of the catalogue itself.
    """

    condition: Condition
    standing: Words
    words: Words
    button: Button
    label: Words | None
    enabled: bool
    reason: Words | None
    extras: tuple[Extra, ...]
    values: Mapping[str, object] = field(default_factory=dict)


def shown(facts: Facts) -> Shown:
    """What the docker shows for these facts."""
    row = next(row for row in TABLE if row.holds(facts))
    words, label, button = row.words, row.label, row.button
    if words is Words.RUNNING and facts.progress is None:
        words = Words.RUNNING_BEGINS
    if words is Words.READY:
        words = _painter(facts)
    standing = _STANDING.get(facts.backend) or _painter(facts)
    if row.condition is Condition.ERROR:
        standing = Words.WENT_WRONG
    extras = row.extras
    if row.condition is Condition.RUNNING and not can_insert(facts):
        extras = ()
    if facts.model == SANDBOX and button in (Button.INSERT, Button.UPDATE) and not extras:
        extras = (Extra.GET_SDXL,)
    if button is Button.INSERT and row.condition is not Condition.SEVERAL_JOBS and facts.editing:
        button, label = Button.UPDATE, Words.UPDATE
    # Results are shown whatever is selected since; what is missing for another insert is said beside them.
    missing = next((one for one in TABLE if not one.enabled and one.holds(facts)), None)
    blocked = row if row.condition is not Condition.DONE or missing is None else missing
    return Shown(
        condition=row.condition,
        standing=standing,
        words=words,
        button=button,
        label=label,
        enabled=blocked.enabled,
        reason=blocked.reason,
        extras=extras,
        values=_values(facts),
    )


def _painter(facts: Facts) -> Words:
    if facts.model is None:
        return Words.READY_NO_MODEL
    if not facts.device:
        return Words.READY_MODEL
    return Words.SANDBOX if facts.model == SANDBOX else Words.READY


_STANDING: Final[Mapping[Backend, Words]] = {
    Backend.MISSING: Words.NOT_SET_UP,
    Backend.SETTING_UP: Words.SETS_UP,
    Backend.STOPPED: Words.NOT_RUNNING,
    Backend.STARTING: Words.STARTS,
    Backend.LOST: Words.AWAY,
    Backend.OUTDATED: Words.NEEDS_UPDATE,
    Backend.REFUSED: Words.NOT_LET_IN,
}


def can_insert(facts: Facts) -> bool:
    """Whether a click would begin an insert."""
    there = facts.backend is Backend.READY and facts.document and facts.region is not None
    return there and facts.asked and not facts.untaught


def _values(facts: Facts) -> Mapping[str, object]:
    progress, trouble = facts.progress, facts.trouble
    return {
        "step": facts.step,
        "model": facts.model or "",
        "device": device_name(facts.device),
        "waiting": facts.waiting,
        "pixels": facts.region or 0,
        "subject": facts.untaught,
        "stage": STAGES[progress.stage] if progress else "",
        "done": progress.step if progress else 0,
        "all": progress.steps if progress else 0,
        "what": trouble.what if trouble else "",
        "why": sentence(trouble.why) if trouble else "",
        "remedy": sentence(trouble.remedy) if trouble else "",
    }
