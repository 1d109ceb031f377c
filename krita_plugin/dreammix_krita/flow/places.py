"""Results that took an earlier one's place: which of the two is seen."""

from dataclasses import dataclass

from dreammix_krita.canvas import CanvasFailure, Document, Layer


@dataclass(slots=True)
class _Succession:
    old: Layer
    new: Layer
    there: bool = True


class Places:
    """Shows a layer again when its successor is gone, and hides it when that is back.

    Whether a layer is seen is no step of Krita's undo. So it is looked whether the successor was undone, or
    done again, and the old one shown and hidden with it.
    """

    def __init__(self) -> None:
        self._of: dict[str, list[_Succession]] = {}

    def took(self, document: str, old: Layer, new: Layer) -> None:
        """A new layer has come in an old one's place, which was hidden; the document's key."""
        self._of.setdefault(document, []).append(_Succession(old, new))

    def look(self, document: Document) -> None:
        """Was any of it undone, or done again?"""
        try:
            # From the oldest: of several that followed each other the last one is seen.
            for one in self._of.get(document.key, ()):
                there = document.has(one.new)
                if there != one.there:
                    one.there = there
                    document.set_visible(one.new, there)
                    document.set_visible(one.old, not there)
        except CanvasFailure:
            return  # It is being closed.

    def forget(self, document: str) -> None:
        """It was closed."""
        self._of.pop(document, None)
