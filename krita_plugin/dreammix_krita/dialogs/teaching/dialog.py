"""The window of the four pages. Closed while it teaches it is only hidden, and shown again when asked for."""

from typing import Final

from dreammix_krita.dialogs.parts.making import keep_room, tabs
from dreammix_krita.dialogs.teaching.draft import Draft
from dreammix_krita.dialogs.teaching.lesson import Lesson
from dreammix_krita.dialogs.teaching.lesson_page import LessonPage
from dreammix_krita.dialogs.teaching.pictures_page import PicturesPage
from dreammix_krita.dialogs.teaching.shots import Shots
from dreammix_krita.dialogs.teaching.trial_page import TrialPage
from dreammix_krita.dialogs.teaching.words_page import WordsPage
from dreammix_krita.dialogs.turns import Done
from dreammix_krita.legible import Legible
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.services import Services
from dreammix_krita.texts import DialogWords
from dreammix_krita.widgets import button

NAME: Final = "dreammix_teach_dialog"
SIZE_PX: Final = QtCore.QSize(520, 660)
NARROW_PX: Final = 400
"""The window may be made this narrow."""


class TeachDialog(QtWidgets.QDialog):
    """A new subject, from its first picture to its first insert.

    Args:
        parent: the owner; the dialog stays above it.
        services: the plugin's.
        subject: one of the library to go on with; None: a new one.

    Signals:
        tried: a subject's id: insert it into the current document now.
    """

    tried = QtCore.pyqtSignal(str)

    def __init__(
        self, parent: QtWidgets.QWidget | None, services: Services, subject: str | None = None
    ) -> None:
        super().__init__(parent)
        texts = services.texts
        Legible(self)
        self.setObjectName(NAME)
        self.setWindowTitle(texts.say(DialogWords.TEACH_TITLE))
        self.resize(SIZE_PX)
        self._services = services
        # The models have no owner in Qt: an answer may come after the window is gone.
        self.draft = Draft(services.client, texts.say(DialogWords.FIRST_NAME))
        self.shots = Shots(services.client, services.canvas, self.draft)
        self.lesson = Lesson(services.client)
        self.pages = tabs("teach_pages")
        trial = TrialPage(self.draft, self.lesson, services.canvas, texts)
        trial.wanted.connect(self._try)
        for made, title in (
            (PicturesPage(self.shots, texts), DialogWords.PICTURES_TAB),
            (WordsPage(self.draft, texts), DialogWords.WORDS_TAB),
            (LessonPage(self.lesson, self.draft, self.shots, texts), DialogWords.TEACH_TAB),
            (trial, DialogWords.TRIAL_TAB),
        ):
            self.pages.addTab(made, texts.say(title))
        self._back = button("teach_back", texts.say(DialogWords.BACK), lambda: self._go(-1))
        self._next = button("teach_next", texts.say(DialogWords.NEXT), lambda: self._go(1))
        self._close = button("teach_close", texts.say(DialogWords.CLOSE), self.close)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._close)
        row.addStretch(1)
        row.addWidget(self._back)
        row.addWidget(self._next)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(self.pages, 1)
        layout.addLayout(row)
        keep_room(self, self.pages, NARROW_PX)
        self.pages.currentChanged.connect(self._turn)
        self.lesson.changed.connect(self._see)
        self.draft.saved.connect(self._estimate)  # Forgotten with the window: an answer may be late.
        self._taught = self._running = False
        self._turn(0)
        if subject is not None:
            self.draft.load(subject, self.shots.load)
        self.lesson.find(subject)

    @property
    def busy(self) -> bool:
        """Whether it teaches, so that it must not be thrown away."""
        return self.lesson.running

    def closeEvent(self, event: QtGui.QCloseEvent | None) -> None:  # noqa: N802 - Qt's
        """Keep what is written; stay in hiding while it teaches."""
        self.draft.save()
        shelf = self._services.shelf

        def show(done: Done) -> None:
            shelf.refresh()
            done()

        # Once all of it has reached the library: the shelf would show what was before.
        self.draft.turns.add(show)
        if event is not None:
            event.accept()  # Qt's own way would ask `reject`, which comes here.
        if not self.busy:
            self.deleteLater()

    def reject(self) -> None:
        """The Escape key closes as any other way does."""
        self.close()

    def _go(self, by: int) -> None:
        self.pages.setCurrentIndex(self.pages.currentIndex() + by)

    def _turn(self, index: int) -> None:
        self._back.setEnabled(index > 0)
        self._next.setEnabled(index < self.pages.count() - 1)
        # What teaching takes, and what stands in its way, the library tells of what it has.
        self.draft.save()
        if index == 1:
            self.draft.learn_describer()

    def _estimate(self) -> None:
        if self.pages.currentIndex() == 2 and self.draft.subject is not None and self.lesson.state is None:
            self.lesson.estimate(self.draft.subject)

    def _see(self) -> None:
        """Show an earlier start's teaching; tell the shelf of a new subject."""
        subject = self.lesson.subject
        if self.lesson.running and not self._running:
            if subject is not None and self.draft.subject is None:
                self.draft.load(subject, self.shots.load)
            self.pages.setCurrentIndex(2)
        self._running = self.lesson.running
        if self.lesson.taught is not None and not self._taught:
            self._services.shelf.refresh()
        self._taught = self.lesson.taught is not None

    def _try(self) -> None:
        subject = self.draft.subject
        if subject is not None:
            self._services.shelf.choose(subject)
            self.tried.emit(subject)
