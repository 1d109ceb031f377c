"""What the artist works on, as a look at Krita finds it: nothing there tells of a change by itself."""

from dataclasses import dataclass

from dreammix.protocol import Box, Size
from dreammix_krita.canvas import Canvas, CanvasFailure, Document, Layer, Unselected
from dreammix_krita.flow.outcomes import Outcome, Outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look.

    Attributes:
        document: the one that is worked on; None: nothing is open.
        size: its canvas's, in pixels.
        selected: the box around the selection, or why there is none.
        layer: the current one.
    """

    document: Document | None = None
    size: Size | None = None
    selected: Box | Unselected = Unselected.NONE
    layer: Layer | None = None

    @property
    def key(self) -> str:
        """The document's; empty without one."""
        return "" if self.document is None else self.document.key


def look(canvas: Canvas) -> Sight:
    """How it stands now; as if nothing were open, where a document is just being closed."""
    document = canvas.document()
    if document is None:
        return Sight()
    try:
        return Sight(
            document=document,
            size=document.size,
            selected=document.selected_box(),
            layer=document.current_layer(),
        )
    except CanvasFailure:
        return Sight()


class Editing:
    """Which earlier result is being edited: the one whose layer the artist went to.

    Attributes:
        outcome: that result; None: a new insert is being prepared.
    """

    def __init__(self) -> None:
        self.outcome: Outcome | None = None
        self._at = ("", "")
        self._selected: Box | Unselected = Unselected.NONE
        self._placed = ("", "")

    def placed(self, document: str, layer: Layer) -> None:
        """Krita goes to a new result's layer by itself: that is not the artist's wish to edit it."""
        self._placed = document, layer.id

    def end(self) -> bool:
        """Edit no longer, until the artist goes to a result's layer again; whether anything was edited."""
        before, self.outcome = self.outcome, None
        return before is not None

    def see(self, sight: Sight, outcomes: Outcomes) -> bool:
        """Look again; whether the answer is another now."""
        before = self.outcome
        at = (sight.key, sight.layer.id if sight.layer else "")
        if at != self._at:
            self._at = at
            self.outcome = None
            if at == self._placed:
                return before is not None
            self._placed = ("", "")
            self.outcome = outcomes.with_layer(sight.key, sight.layer)
            self._selected = sight.selected
        elif sight.selected != self._selected:
            # A region selected since is where something new is wanted.
            self.outcome = None
        return self.outcome != before
