"""How it stands, as pure data: everything that the docker's state depends on."""

from dataclasses import dataclass

from dreammix.protocol import Progress
from dreammix.protocol.words import Word
from dreammix_krita.canvas import Unselected


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
        unselected: why there is none.
        everything: whether the whole canvas is selected.
        native: the side in pixels that the model paints at; None while it is not known.
        asked: whether a subject is chosen, or words say what to paint.
        untaught: the chosen subject's name, where it cannot be inserted yet; else empty.
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
    unselected: Unselected = Unselected.NONE
    everything: bool = False
    native: int | None = None
    asked: bool = False
    untaught: str = ""
    editing: bool = False
    running: bool = False
    progress: Progress | None = None
    waiting: int = 0
    results: int = 0
    trouble: Trouble | None = None
