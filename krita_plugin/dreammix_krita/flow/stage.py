"""What is drawn over the documents: the context box, the forming picture, and the variant on trial."""

from dreammix.protocol import Box
from dreammix_krita.canvas import CanvasFailure, Document, Sketch
from dreammix_krita.flow.insertion import Insertion
from dreammix_krita.flow.outcomes import Outcome


class Stage:
    """Remembers what each document shows, so that only what changes is drawn."""

    def __init__(self) -> None:
        self._shown: dict[str, tuple[Document, Sketch]] = {}

    def draw(
        self,
        jobs: tuple[Insertion, ...],
        here: Document | None,
        picked: Outcome | None,
        aimed: Box | None,
    ) -> tuple[Document, ...]:
        """Show over every document what belongs there; those that cannot show it.

        Args:
            jobs: what is being painted.
            here: the document that is worked on.
            picked: the result that is looked at there.
            aimed: the crop of the next insert there, the box around m'.
        """
        wanted: dict[str, tuple[Document, Sketch | None]] = {
            key: (document, None) for key, (document, _) in self._shown.items()
        }
        if here is not None:
            wanted[here.key] = here, _sketch(picked, aimed)
        for job in reversed(jobs):
            document = job.commission.document
            if document is not None and (job.plan or job.preview):
                box, picture = job.preview or (None, None)
                outlines = () if job.plan is None else (job.plan.crop,)
                wanted[document.key] = document, Sketch(outlines=outlines, picture=picture, box=box)
        return tuple(document for document, sketch in wanted.values() if not self._show(document, sketch))

    def clear(self) -> None:
        """Nothing is shown anywhere."""
        self.draw((), None, None, None)

    def _show(self, document: Document, sketch: Sketch | None) -> bool:
        before = self._shown.get(document.key)
        if sketch == (before[1] if before else None):
            return True
        if sketch is None:
            del self._shown[document.key]
            return document.show(None)
        try:
            seen = document.show(sketch)
        except CanvasFailure:
            return True  # It is being closed: nobody looks at it.
        self._shown[document.key] = document, sketch
        return seen


def _sketch(picked: Outcome | None, aimed: Box | None) -> Sketch | None:
    if picked is not None and not picked.used and picked.picture is not None:
        return Sketch(picture=picked.picture, box=picked.box)
    return None if aimed is None else Sketch(outlines=(aimed,))
