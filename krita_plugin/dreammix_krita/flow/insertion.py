"""One insert from the click to its pictures: planned, read from the canvas, sent, followed and fetched."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from dreammix.protocol import Box, DreamMixError, Picture, Progress, Size
from dreammix.protocol.jobs import Happening, JobChanged, JobInfo, JobState, Order, PreviewReady, ResultReady
from dreammix.protocol.payloads import PreviewPicture, ResultPicture
from dreammix.protocol.services import InsertPlan, Matched, PlanInsert
from dreammix_krita.canvas import Backdrop, Background, Document, Layer, Region
from dreammix_krita.client.client import Client
from dreammix_krita.client.jobs import Painting
from dreammix_krita.flow.outcomes import Outcome
from dreammix_krita.flow.wish import Wish, layer_name
from dreammix_krita.qt import QtCore


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What the artist asked for at one click.

    Attributes:
        document: where; None: in one that is not open, at an earlier start of Krita.
        canvas: its size at the click.
        region: what was selected.
        wish: what was filled in.
        seed: of the first variant.
        name: the subject's name.
        matched: what the words replace, where that was known.
        origin: the layer to take as the background instead of the current one.
        above: the layer above which the result belongs instead of its background.
        replaces: the layer of an earlier result whose place it takes.
    """

    document: Document | None
    canvas: Size
    region: Region
    wish: Wish
    seed: int
    name: str = ""
    matched: Matched | None = None
    origin: Layer | None = None
    above: Layer | None = None
    replaces: Layer | None = None

    @property
    def title(self) -> str:
        """`Pip: red, glass`."""
        return layer_name(self.name, self.wish.words)

    @property
    def plan(self) -> PlanInsert:
        """The question what it would be."""
        wish = self.wish
        return PlanInsert(
            canvas=self.canvas,
            region=self.region.box,
            settings=wish.settings,
            variants=wish.variants,
            loras=wish.loras or None,
        )


class Insertion(QtCore.QObject):
    """One job. It tells of itself until it is `over`, and then no more.

    It has no owner in Qt: it holds megabytes, and goes with the last who knows it.

    Attributes:
        commission: what was asked for.
        job: the backend's id for it; empty before the backend knows it.
        plan: what is painted from what; None before the backend has said so.
        backdrop: the pixels at the click; None before.
        progress: its last report.
        preview: what it looks like so far, and where.
        outcomes: the variants that have arrived, in the order of their numbers.
        error: why there will be none.
        over: whether everything has arrived, or nothing will.

    Signals:
        changed: any of these.
        accepted: itself: the backend knows it.
    """

    changed = QtCore.pyqtSignal()
    accepted = QtCore.pyqtSignal(object)

    def __init__(self, client: Client, commission: Commission) -> None:
        super().__init__()
        self.commission = commission
        self.job = ""
        self.plan: InsertPlan | None = None
        self.backdrop: Backdrop | None = None
        self.progress: Progress | None = None
        self.preview: tuple[Box, Picture] | None = None
        self.outcomes: tuple[Outcome, ...] = ()
        self.error: DreamMixError | None = None
        self.over = False
        self._client = client
        self._key: str | None = None
        self._cancelled = False
        self._succeeded = False
        self._announced = 0
        self._fetching = False
        self._next: PreviewReady | None = None

    def start(self, plan: InsertPlan | None) -> None:
        """Begin; with the plan for exactly this, where it is known already."""
        if plan is None:
            self._client.ask(self.commission.plan, self._send, self.failed)
        else:
            self._send(plan)

    def adopt(self, info: JobInfo) -> None:
        """Follow one that an earlier start of Krita has begun, from its first event on."""
        self.job = info.job
        self._key = self._client.adopt(info, self)

    def cancel(self) -> None:
        """Stop it: at once for the artist, within a step for the backend."""
        self._cancelled = self.over = True
        if self._succeeded:  # It will not change any more, and its results are not wanted.
            self._client.acknowledge(self.job)
        elif self._key is not None:
            self._client.tell(self._key, Order.CANCEL)

    # --- the job's listener ---

    def began(self, info: JobInfo) -> None:
        """See `Listener`."""
        if not self.job:
            self.job = info.job
            self.accepted.emit(self)

    def happened(self, event: Happening) -> None:
        """See `Listener`."""
        if isinstance(event, JobChanged):
            self._change(event)
        elif not self._cancelled:
            self._report(event)

    def failed(self, error: DreamMixError) -> None:
        """See `Listener`."""
        if not self.over:
            self.error = error
            self._end()

    # --- the way there ---

    def _send(self, plan: InsertPlan) -> None:
        asked = self.commission
        wish, region = asked.wish, asked.region
        if self._cancelled or asked.document is None:
            return
        try:
            backdrop = _read(asked.document, asked, plan.send, asked.origin)
            work = Painting(
                wish=wish.request(asked.seed, asked.matched),
                scene=backdrop.picture,
                mask=region.mask_of(plan.send),
                window=plan.send,
            )
        except DreamMixError as error:
            self.failed(error)
            return
        self.plan, self.backdrop = plan, backdrop
        self.commission = replace(asked, origin=backdrop.above, above=asked.above or backdrop.above)
        self._key = self._client.start(work, self)
        self.changed.emit()

    # --- the way back ---

    def _change(self, event: JobChanged) -> None:
        if event.state.final and self._cancelled:
            self._client.acknowledge(self.job)
        elif event.state is JobState.FAILED and event.error is not None:
            self.failed(event.error.error())
            self._client.acknowledge(self.job)
        elif event.state is JobState.CANCELLED:
            self._end()
        elif event.state is JobState.SUCCEEDED:
            self._succeeded = True
            self._complete()

    def _report(self, event: Happening) -> None:
        if isinstance(event, Progress):
            self.progress = event
            self.changed.emit()
        elif isinstance(event, PreviewReady):
            self._next = event
            self._fetch_preview()
        elif isinstance(event, ResultReady):
            self._announced += 1
            self._client.fetch(ResultPicture(self.job, event.variant), self._take_result(event), self.failed)

    def _fetch_preview(self) -> None:
        """One after the other, and of those that came meanwhile only the last."""
        ready = self._next
        if ready is None or self._fetching or self.over:
            return
        self._next, box = None, ready.box

        def go_on() -> None:
            self._fetching = False
            self._fetch_preview()

        def take(content: Picture | bytes) -> None:
            if isinstance(content, Picture) and not self.over:
                self.preview = (box, content)
                self.changed.emit()
            go_on()

        self._fetching = True
        # A preview that a newer one has overtaken cannot be fetched; the newer one can.
        self._client.fetch(PreviewPicture(self.job, ready.variant), take, lambda _: go_on())

    def _take_result(self, ready: ResultReady) -> Callable[[Picture | bytes], None]:
        def take(content: Picture | bytes) -> None:
            if self.over or not isinstance(content, Picture):
                return
            asked = self.commission
            self.outcomes += (
                Outcome(
                    id=f"{self.job}:{ready.variant}",
                    job=self.job,
                    name=asked.name,
                    wish=_with_seed(asked.wish, ready.seed),
                    region=asked.region,
                    box=ready.box,
                    picture=content,
                    origin=asked.origin,
                    above=asked.above,
                    replaces=asked.replaces,
                ),
            )
            self._complete()

        return take

    def _complete(self) -> None:
        if self._succeeded and len(self.outcomes) == self._announced:
            self._end()

    def _end(self) -> None:
        self.over = True
        self.changed.emit()


def native_side(plan: InsertPlan | None) -> int | None:
    """The side that the model paints at, in its own pixels."""
    return None if plan is None else round(max(plan.crop.width, plan.crop.height) * plan.scale)


def changed_since(insertion: Insertion) -> bool:
    """Whether the artist has painted in the region since the click. Raises CanvasFailure."""
    asked, backdrop = insertion.commission, insertion.backdrop
    if backdrop is None or asked.document is None:
        return False
    layer = backdrop.above if asked.wish.background is Background.LAYER else None
    now = _read(asked.document, asked, backdrop.box, layer)
    box = asked.region.box
    return _rows(now, box) != _rows(backdrop, box)


def _read(document: Document, asked: Commission, box: Box, layer: Layer | None) -> Backdrop:
    """The background, without the earlier result that is to be replaced. Raises CanvasFailure."""
    background, old = asked.wish.background, asked.replaces
    shut = background is Background.VISIBLE and old is not None and document.set_visible(old, False)
    try:
        return document.read(box, background, layer)
    finally:
        if shut and old is not None:
            document.set_visible(old, True)


def _rows(backdrop: Backdrop, box: Box) -> list[bytes]:
    width, data = backdrop.box.width, backdrop.picture.data
    starts = (
        4 * ((row - backdrop.box.y) * width + box.x - backdrop.box.x) for row in range(box.y, box.bottom)
    )
    return [data[start : start + 4 * box.width] for start in starts]


def _with_seed(wish: Wish, seed: int) -> Wish:
    return replace(wish, seed=seed, variants=1)
