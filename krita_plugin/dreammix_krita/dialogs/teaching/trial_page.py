"""The last page: the subject on the picture that is open."""

from typing import Final

from dreammix.protocol import Box
from dreammix_krita.canvas import Canvas, CanvasFailure
from dreammix_krita.dialogs.parts.making import Page, icon
from dreammix_krita.dialogs.teaching.draft import Draft
from dreammix_krita.dialogs.teaching.lesson import Lesson
from dreammix_krita.qt import QtCore, QtGui, QtWidgets
from dreammix_krita.texts import Catalogue, DialogWords, Words
from dreammix_krita.widgets import button, label, named, say

LOOK_INTERVAL_MS: Final = 300
"""How often it is looked whether something is selected, while the page is seen. Krita does not tell."""
SAMPLE_PX: Final = 128


class TrialPage(Page):
    """Says what is missing, and offers the one click.

    Signals:
        wanted: try the draft's subject on the current document now.
    """

    wanted = QtCore.pyqtSignal()

    def __init__(self, draft: Draft, lesson: Lesson, canvas: Canvas, texts: Catalogue) -> None:
        super().__init__("teach_trial")
        self._draft = draft
        self._lesson = lesson
        self._canvas = canvas
        self._texts = texts
        layout = self.inside
        self._picture = named(QtWidgets.QLabel(), "teach_trial_picture", texts.say(DialogWords.SAMPLES))
        self._picture.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self._says = label("teach_trial_says")
        self._reason = label("teach_trial_reason")
        self._try = button("teach_try", texts.say(DialogWords.TRY_IT), self.wanted.emit)
        layout.addWidget(self._picture)
        layout.addWidget(self._says)
        layout.addWidget(self._try, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._reason)
        layout.addStretch(1)
        self._look = QtCore.QTimer(self)
        self._look.setInterval(LOOK_INTERVAL_MS)
        self._look.timeout.connect(self.look)
        draft.changed.connect(self.look)
        lesson.changed.connect(self._show_picture)
        self._show_picture()
        self.look()

    def showEvent(self, event: QtGui.QShowEvent | None) -> None:  # noqa: N802 - Qt's
        self._look.start()

    def hideEvent(self, event: QtGui.QHideEvent | None) -> None:  # noqa: N802
        self._look.stop()

    @property
    def taught(self) -> bool:
        """Whether the subject can be inserted."""
        details = self._draft.details
        return self._lesson.taught is not None or (details is not None and details.card.taught)

    def look(self) -> None:
        """See what is possible now."""
        reason = self._missing()
        says = DialogWords.TRIAL if self.taught else DialogWords.TRIAL_NOT_YET
        say(self._says, self._texts.say(says, name=self._draft.name))
        say(self._reason, "" if reason is None else self._texts.say(reason))
        self._try.setEnabled(self.taught and reason is None)

    def _missing(self) -> Words | None:
        if not self.taught:
            return None
        try:
            document = self._canvas.document()
            if document is None:
                return Words.OPEN_PICTURE
            return None if isinstance(document.selected_box(), Box) else Words.SELECT_REGION
        except CanvasFailure:  # Closed at this moment: the next look sees another one, or none.
            return Words.OPEN_PICTURE

    def _show_picture(self) -> None:
        samples = self._lesson.samples
        self._picture.setVisible(bool(samples))
        if samples:
            self._picture.setPixmap(icon(samples[-1].image, SAMPLE_PX).pixmap(SAMPLE_PX, SAMPLE_PX))
        self.look()
