"""The third page: what teaching would take, then how it goes."""

from typing import Final

from dreammix.protocol import TeachStage
from dreammix.protocol.jobs import JobState, Order
from dreammix_krita.dialogs.parts.curve import Curve
from dreammix_krita.dialogs.parts.flow import flowing
from dreammix_krita.dialogs.parts.making import Page, PictureList, icon
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.dialogs.teaching.draft import Draft
from dreammix_krita.dialogs.teaching.lesson import Lesson
from dreammix_krita.dialogs.teaching.shots import Shots
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.texts import Catalogue, DialogWords, time_left
from dreammix_krita.widgets import button, in_order, label, named, say

ICON_PX: Final = 72
SCROLL_BAR_PX: Final = 18
"""Room for a scroll bar beneath the samples."""
_STATES: Final = {
    JobState.PAUSED: DialogWords.TEACH_PAUSED,
    JobState.SUCCEEDED: DialogWords.TEACH_DONE,
    JobState.FAILED: DialogWords.TEACH_FAILED,
    JobState.CANCELLED: DialogWords.TEACH_CANCELLED,
}
_STAGES: Final = {
    TeachStage.REGULAR: DialogWords.STAGE_REGULAR,
    TeachStage.TEACHING: DialogWords.STAGE_TEACHING,
}


class LessonPage(Page):
    """Shows a `Lesson` and passes clicks on to it."""

    def __init__(self, lesson: Lesson, draft: Draft, shots: Shots, texts: Catalogue) -> None:
        super().__init__("teach_lesson")
        self._lesson = lesson
        self._draft = draft
        self._shots = shots
        self._texts = texts
        layout = self.inside
        self._state = label("teach_state", bold=True)
        self._hints = label("teach_hints")
        self._bar = named(QtWidgets.QProgressBar(), "teach_progress", texts.say(DialogWords.TEACH_TAB))
        self._bar.setTextVisible(False)
        self._curve = Curve("teach_curve", texts.say(DialogWords.CURVE))
        self._samples_caption = label("teach_samples_caption", texts.say(DialogWords.SAMPLES))
        self._samples = PictureList("teach_samples", texts.say(DialogWords.SAMPLES), ICON_PX)
        self._samples.setWrapping(False)
        self._samples.setFixedHeight(self._samples.gridSize().height() + SCROLL_BAR_PX)
        self._trouble = TroubleBox("teach_lesson_trouble", texts)
        self._stay = label("teach_may_close", texts.say(DialogWords.TEACH_MAY_CLOSE))
        self._start = button("teach_start", texts.say(DialogWords.TEACH_START), self._begin)
        self._pause = button(
            "teach_pause", texts.say(DialogWords.TEACH_PAUSE), lambda: lesson.tell(Order.PAUSE)
        )
        self._resume = button(
            "teach_resume", texts.say(DialogWords.TEACH_RESUME), lambda: lesson.tell(Order.RESUME)
        )
        self._keep = button(
            "teach_keep",
            texts.say(DialogWords.TEACH_KEEP),
            lambda: lesson.tell(Order.FINISH),
            texts.say(DialogWords.TEACH_KEEP_TIP),
        )
        self._cancel = button(
            "teach_cancel", texts.say(DialogWords.TEACH_CANCEL), lambda: lesson.tell(Order.CANCEL)
        )
        self._orders = (self._start, self._pause, self._resume, self._keep, self._cancel)
        for widget in (
            self._state,
            self._hints,
            self._bar,
            flowing("teach_orders", *self._orders),
            self._trouble,
            self._curve,
            self._samples_caption,
            self._samples,
            self._stay,
        ):
            layout.addWidget(widget)
        layout.addStretch(1)
        in_order(*self._orders, self._samples)
        lesson.changed.connect(self._show)
        draft.changed.connect(self._show)
        shots.changed.connect(self._show)
        self._show()

    def _begin(self) -> None:
        """Teach what is written, once the library has it."""

        def saved() -> None:
            if self._draft.subject is not None:
                self._lesson.start(self._draft.subject)

        self._draft.save(saved)

    # --- what is shown ---

    def _show(self) -> None:
        lesson = self._lesson
        missing = self._missing()
        running, begun = lesson.running, lesson.state is not None
        say(self._state, self._says_state(missing))
        say(self._hints, "" if begun else self._says_plan())
        self._bar.setVisible(running)
        self._show_progress()
        self._curve.setVisible(bool(lesson.losses))
        self._show_samples()
        self._trouble.show_error(lesson.trouble)
        self._stay.setVisible(running)
        paused = lesson.state is JobState.PAUSED
        self._start.setVisible(not running)
        self._start.setEnabled(not missing)
        self._start.setText(self._texts.say(DialogWords.TEACH_AGAIN if begun else DialogWords.TEACH_START))
        self._pause.setVisible(running and not paused)
        self._resume.setVisible(paused)
        self._keep.setVisible(running)
        self._keep.setEnabled(lesson.progress is not None and lesson.progress.stage is TeachStage.TEACHING)
        self._cancel.setVisible(running)

    def _missing(self) -> str:
        """Why teaching cannot begin; empty: it can."""
        if not self._shots.ready:
            return self._texts.say(DialogWords.TEACH_NEEDS_PICTURES)
        if not self._draft.named:
            return self._texts.say(DialogWords.TEACH_NEEDS_WORDS)
        return ""

    def _says_state(self, missing: str) -> str:
        lesson, texts = self._lesson, self._texts
        if lesson.state is None:
            return missing or self._says_estimate()
        if lesson.state in _STATES:
            return texts.say(_STATES[lesson.state], name=self._draft.name)
        if lesson.state is JobState.QUEUED:
            ahead = lesson.ahead or 0
            words = DialogWords.TEACH_WAITS if ahead else DialogWords.TEACH_BEGINS
            return texts.say(words, ahead=ahead)
        progress = lesson.progress
        if progress is None:
            return texts.say(DialogWords.TEACH_BEGINS)
        said = texts.say(
            DialogWords.TEACH_STEP, stage=_STAGES[progress.stage], done=progress.step, all=progress.steps
        )
        left = progress.seconds_left
        return said if left is None else f"{said}, {texts.say(DialogWords.LEFT, time=time_left(texts, left))}"

    def _says_estimate(self) -> str:
        plan = self._lesson.plan
        if plan is None or plan.seconds is None:
            return self._texts.say(DialogWords.NO_ESTIMATE)
        return self._texts.say(DialogWords.ESTIMATE, time=time_left(self._texts, plan.seconds))

    def _says_plan(self) -> str:
        plan = self._lesson.plan
        return "" if plan is None else "\n".join(map(self._texts.hint, plan.hints))

    def _show_progress(self) -> None:
        progress = self._lesson.progress
        if progress is None:
            self._bar.setRange(0, 0 if self._lesson.state is JobState.RUNNING else 1)
        else:
            self._bar.setRange(0, progress.steps)
            self._bar.setValue(progress.step)
            if progress.stage is TeachStage.TEACHING:
                self._curve.show_points(self._lesson.losses, progress.steps)

    def _show_samples(self) -> None:
        samples = self._lesson.samples
        for widget in (self._samples, self._samples_caption):
            widget.setVisible(bool(samples))
        if self._samples.count() == len(samples):
            return
        self._samples.clear()
        for sample in samples:
            text = self._texts.say(DialogWords.SAMPLE, step=sample.step)
            self._samples.addItem(QtWidgets.QListWidgetItem(icon(sample.image, ICON_PX), text))
        last = self._samples.item(len(samples) - 1)
        if last is not None:
            self._samples.scrollToItem(last)
        self._samples.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
