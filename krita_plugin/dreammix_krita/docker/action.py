"""The one big button, in its place whatever it does; beneath it what is happening and why."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from dreammix_krita.docker.parts import GAP_PX, column, keep_room, lines, quiet, row, stretch
from dreammix_krita.facts import Backend
from dreammix_krita.flow.controller import Controller
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.state import Button, Condition, Extra, Shown
from dreammix_krita.texts import Catalogue, Words, time_left
from dreammix_krita.widgets import button, embolden, label, named, say

MAX_OFFERED_VARIANTS: Final = 4
TOLD_LINES: Final = 6
"""So many lines below the button have a place of their own: the longest error in a narrow docker."""
BAR_PX: Final = 6
EXTRAS: Final[Mapping[Extra, Words]] = {
    Extra.GET_SDXL: Words.GET_SDXL,
    Extra.CANCEL: Words.CANCEL,
    Extra.INSERT_MORE: Words.INSERT_MORE,
    Extra.COPY_DETAILS: Words.COPY_DETAILS,
    Extra.DISMISS: Words.DISMISS,
}
"""What stands on the smaller buttons here; those for results stand with the results."""
_PAINTING: Final = (Condition.RUNNING, Condition.SEVERAL_JOBS)


class ActionPart(QtWidgets.QWidget):
    """Shows the docker's state.

    Args:
        controller: knows it.
        texts: what is said.
        press: does what the big button is for.
        more: does one of the smaller ones.
    """

    def __init__(
        self,
        controller: Controller,
        texts: Catalogue,
        press: Callable[[Button], None],
        more: Callable[[Extra], None],
    ) -> None:
        super().__init__()
        self._controller = controller
        self._texts = texts
        self._does = Button.NONE
        self._big = quiet(button("dreammix_action", "", lambda: press(self._does)))
        stretch(self._big)
        keep_room(self._big)
        embolden(self._big, True)
        self._variants = named(QtWidgets.QComboBox(), "dreammix_variants", texts.say(Words.VARIANTS_TIP))
        self._variants.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self._variants.setToolTip(texts.say(Words.VARIANTS_TIP))
        self._variants.addItems([f"{count}×" for count in range(1, MAX_OFFERED_VARIANTS + 1)])
        self._variants.activated.connect(lambda index: controller.change(variants=index + 1))
        self._stage = label("dreammix_stage")
        self._left = named(QtWidgets.QLabel(), "dreammix_time_left")
        self._bar = named(QtWidgets.QProgressBar(), "dreammix_progress", texts.say(Words.INSERT))
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(BAR_PX)
        stretch(self._bar)
        self._queue = quiet(button("dreammix_queue", "", self._open_queue))
        self._extras = {
            extra: quiet(button(f"dreammix_{extra}", texts.say(words), partial(more, extra)))
            for extra, words in EXTRAS.items()
        }
        self._what = label("dreammix_what", bold=True)
        self._message = label("dreammix_message")
        for text in (self._what, self._message):
            text.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        # Whatever is told stands right beneath the button, and has the room of the longest.
        self._told = named(QtWidgets.QWidget(), "dreammix_told")
        column(self._told, self._stage, row(self._bar, self._left), self._what, self._message)
        self._small = named(QtWidgets.QWidget(), "dreammix_more")
        self._small.setLayout(row(self._queue, *self._extras.values()))
        column(self, row(self._big, self._variants), self._told, self._small)
        self._fit()

    def refresh(self, shown: Shown) -> None:
        """Show this state."""
        texts, controller = self._texts, self._controller
        self._does = shown.button
        self._big.setText(texts.say(shown.label, **shown.values) if shown.label else "")
        self._big.setVisible(shown.label is not None)
        self._big.setEnabled(shown.enabled)
        self._variants.setCurrentIndex(min(controller.wish.variants, MAX_OFFERED_VARIANTS) - 1)
        self._variants.setVisible(shown.button in (Button.INSERT, Button.UPDATE))
        self._show_progress(shown)
        waiting = len(controller.jobs) - 1
        self._queue.setText(texts.say(Words.QUEUED, waiting=waiting))
        self._queue.setVisible(waiting > 0)
        for extra, made in self._extras.items():
            made.setVisible(extra in shown.extras)
        what, message = self._news(shown)
        say(self._what, what)
        say(self._message, message)

    def _show_progress(self, shown: Shown) -> None:
        """How far the job is that is painted; how long the next one would take; of a lost one nothing."""
        controller, texts = self._controller, self._texts
        painting = shown.condition in _PAINTING
        progress = controller.jobs[0].progress if painting else None
        if painting:
            stage = texts.say(Words.RUNNING if progress else Words.RUNNING_BEGINS, **shown.values)
        else:
            inserts = shown.enabled and shown.button in (Button.INSERT, Button.UPDATE)
            seconds = controller.plan.seconds if inserts and controller.plan else None
            stage = "" if seconds is None else texts.say(Words.ABOUT, time=time_left(texts, seconds))
        seconds = progress.seconds_left if progress else None
        say(self._stage, stage)
        say(self._left, "" if seconds is None else time_left(texts, seconds))
        self._bar.setVisible(painting)
        # Without a step there is nothing to be exact about.
        self._bar.setRange(0, progress.steps if progress else 0)
        self._bar.setValue(progress.step if progress else 0)

    def _news(self, shown: Shown) -> tuple[str, str]:
        """A headline, and what there is to know: the reason, a notice, or what the state means."""
        texts, controller = self._texts, self._controller
        notice, plan = controller.notice, controller.plan
        what = texts.say(shown.words, **shown.values) if Extra.COPY_DETAILS in shown.extras else ""
        told = [texts.say(shown.reason, **shown.values)] if shown.reason is not None else []
        if notice is not None:
            told.append(texts.say(notice[0], **notice[1]))
        if told:
            return what, "\n".join(told)
        if shown.condition in _PAINTING:
            return what, ""
        if plan is not None and plan.hints and shown.enabled:
            return what, texts.hint(plan.hints[0])
        new = shown.words is not shown.standing or controller.facts.backend is not Backend.READY
        return what, texts.say(shown.words, **shown.values) if new else ""

    def _open_queue(self) -> None:
        menu = self.queue_menu()
        menu.popup(self._queue.mapToGlobal(QtCore.QPoint(0, self._queue.height())))

    def queue_menu(self) -> QtWidgets.QMenu:
        """Every job, to be stopped by a click."""
        menu = QtWidgets.QMenu(self)
        menu.setObjectName("dreammix_queue_menu")
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        for job in self._controller.jobs:
            action = menu.addAction(f"{self._texts.say(Words.CANCEL)}: {job.commission.title}")
            assert action is not None
            action.triggered.connect(lambda _checked, job=job: self._controller.cancel(job))
        return menu

    def changeEvent(self, event: QtCore.QEvent | None) -> None:  # noqa: N802 - Qt's
        """Larger letters take more room."""
        super().changeEvent(event)
        if event is not None and event.type() == QtCore.QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        for widget in (self._big, self._variants):
            widget.setMinimumHeight(lines(widget, 2))
        self._told.setMinimumHeight(lines(self._told, TOLD_LINES) + TOLD_LINES * GAP_PX)
        self._small.setFixedHeight(self._queue.sizeHint().height())
