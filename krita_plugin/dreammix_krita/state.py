"""What the docker shows, as pure data: facts in, words and a button out. No Qt, no wire.

`TABLE` is the whole of it. Its rows are asked from the top, and the first whose condition holds is what is
shown. So what makes everything below it impossible stands above it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dreammix_krita.protocol import Progress, Stage, Word
from dreammix_krita.texts import Words

SMALL_REGION_PX: Final = 32
"""A shorter side than this leaves the model little to paint details with."""
SANDBOX: Final = "sandbox"
"""The built-in model's name."""


class Backend(Word):
    """How it stands with the backend."""

    MISSING = "missing"
    SETTING_UP = "setting_up"
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    LOST = "lost"
    OUTDATED = "outdated"
    REFUSED = "refused"


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


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong last, in the three parts of the error tree."""

    what: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that what is shown depends on.

    Attributes:
        backend: how it stands with it.
        step: of a set-up, in words.
        model: the base model's name; None while none is loaded.
        device: what computes.
        document: whether a picture is open.
        region: the shorter side of the selection in canvas pixels; None without a selection.
        native: the side in pixels that the model paints at; None while it is not known.
        asked: whether a subject is chosen, or words say what to paint.
        editing: whether an earlier insert is being edited.
        running: whether a job of this artist is being computed.
        progress: its last report.
        waiting: how many jobs wait behind it.
        results: how many finished variants are to be looked at.
        trouble: what went wrong and was not put aside yet.
    """

    backend: Backend
    step: str = ""
    model: str | None = None
    device: str = ""
    document: bool = False
    region: int | None = None
    native: int | None = None
    asked: bool = False
    editing: bool = False
    running: bool = False
    progress: Progress | None = None
    waiting: int = 0
    results: int = 0
    trouble: Trouble | None = None


class Condition(Word):
    """A row of the table."""

    SETTING_UP = "setting_up"
    NO_BACKEND = "no_backend"
    OUTDATED = "outdated"
    REFUSED = "refused"
    STARTING = "starting"
    LOST = "lost"
    STOPPED = "stopped"
    SEVERAL_JOBS = "several_jobs"
    RUNNING = "running"
    ERROR = "error"
    NO_DOCUMENT = "no_document"
    NO_SELECTION = "no_selection"
    NOTHING_ASKED = "nothing_asked"
    DONE = "done"
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
        reason=Words.BACKEND_BUSY_STARTING,
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
        condition=Condition.STOPPED,
        holds=_backend(Backend.STOPPED),
        words=Words.STOPPED,
        button=Button.START,
        label=Words.START_BACKEND,
    ),
    Row(
        condition=Condition.SEVERAL_JOBS,
        holds=lambda facts: facts.waiting > 0 and _can_insert(facts),
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
    ),
    Row(
        condition=Condition.ERROR,
        holds=lambda facts: facts.trouble is not None,
        words=Words.FAILED,
        button=Button.RETRY,
        label=Words.TRY_AGAIN,
        reason=Words.TROUBLE,
        extras=(Extra.COPY_DETAILS,),
    ),
    Row(
        condition=Condition.NO_DOCUMENT,
        holds=lambda facts: not facts.document,
        words=Words.READY,
        button=Button.INSERT,
        label=Words.INSERT,
        reason=Words.OPEN_PICTURE,
        enabled=False,
    ),
    Row(
        condition=Condition.DONE,
        holds=lambda facts: facts.results > 0,
        words=Words.DONE,
        button=Button.INSERT,
        label=Words.INSERT,
        extras=_RESULT_BUTTONS,
    ),
    Row(
        condition=Condition.NO_SELECTION,
        holds=lambda facts: facts.region is None,
        words=Words.READY,
        button=Button.INSERT,
        label=Words.INSERT,
        reason=Words.SELECT_REGION,
        enabled=False,
    ),
    Row(
        condition=Condition.NOTHING_ASKED,
        holds=lambda facts: not facts.asked,
        words=Words.READY,
        button=Button.INSERT,
        label=Words.INSERT,
        reason=Words.CHOOSE_SUBJECT,
        enabled=False,
    ),
    Row(
        condition=Condition.REGION_SMALL,
        holds=lambda facts: facts.region is not None and facts.region < SMALL_REGION_PX,
        words=Words.READY,
        button=Button.INSERT,
        label=Words.INSERT,
        reason=Words.REGION_SMALL,
    ),
    Row(
        condition=Condition.REGION_LARGE,
        holds=lambda facts: (
            facts.region is not None and facts.native is not None and facts.region > facts.native
        ),
        words=Words.READY,
        button=Button.INSERT,
        label=Words.INSERT,
        reason=Words.REGION_LARGE,
    ),
    Row(
        condition=Condition.READY_SANDBOX,
        holds=lambda facts: facts.model == SANDBOX,
        words=Words.READY_SANDBOX,
        button=Button.INSERT,
        label=Words.INSERT,
        extras=(Extra.GET_SDXL,),
    ),
    Row(
        condition=Condition.READY,
        holds=lambda facts: True,
        words=Words.READY,
        button=Button.INSERT,
        label=Words.INSERT,
    ),
)
"""Every state, in the order in which they are asked."""

STAGES: Final[Mapping[Stage, Words]] = {Stage.LOCAL: Words.STAGE_LOCAL, Stage.GLOBAL: Words.STAGE_GLOBAL}
"""What a stage is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the docker shows.

    Attributes:
        condition: which state it is.
        words: the status line.
        button: what the big button does.
        label: what stands on it; None: there is no button.
        enabled: whether it can be pressed.
        reason: the line beneath it.
        extras: what else is possible.
        values: what the words and the reason have in their braces; `stage` is a key of the catalogue itself.
    """

    condition: Condition
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
    if words is Words.READY and facts.model is None:
        words = Words.READY_NO_MODEL
    if button is Button.INSERT and row.condition is not Condition.SEVERAL_JOBS and facts.editing:
        button, label = Button.UPDATE, Words.UPDATE
    enabled = row.enabled and (row.condition is not Condition.DONE or _can_insert(facts))
    return Shown(
        condition=row.condition,
        words=words,
        button=button,
        label=label,
        enabled=enabled,
        reason=row.reason,
        extras=row.extras,
        values=_values(facts),
    )


def _can_insert(facts: Facts) -> bool:
    return facts.document and facts.region is not None and facts.asked


def _values(facts: Facts) -> Mapping[str, object]:
    progress, trouble = facts.progress, facts.trouble
    return {
        "step": facts.step,
        "model": facts.model or "",
        "device": facts.device,
        "waiting": facts.waiting,
        "pixels": facts.region or 0,
        "stage": STAGES[progress.stage] if progress else "",
        "done": progress.step if progress else 0,
        "all": progress.steps if progress else 0,
        "what": trouble.what if trouble else "",
        "why": trouble.why if trouble else "",
        "remedy": trouble.remedy if trouble else "",
    }
