"""The second page: what the subject is called, what kind of thing it is, and what it looks like."""

from dreammix.protocol.library import MAX_CLASS_CHARACTERS, MAX_NAME_CHARACTERS
from dreammix_krita.dialogs.parts.chips import Chips
from dreammix_krita.dialogs.parts.making import Page, field, line
from dreammix_krita.dialogs.parts.trouble import TroubleBox
from dreammix_krita.dialogs.teaching.draft import Draft
from dreammix_krita.qt import QtCore
from dreammix_krita.texts import Catalogue, DialogWords
from dreammix_krita.widgets import button, in_order, label, say


class WordsPage(Page):
    """Shows a `Draft`'s words and passes on what is written."""

    def __init__(self, draft: Draft, texts: Catalogue) -> None:
        super().__init__("teach_words")
        self._draft = draft
        self._texts = texts
        layout = self.inside
        self.class_word = line("teach_class_word", texts.say(DialogWords.CLASS_WORD), MAX_CLASS_CHARACTERS)
        self.class_word.setPlaceholderText(texts.say(DialogWords.CLASS_EXAMPLE))
        self.name = line("teach_name", texts.say(DialogWords.NAME), MAX_NAME_CHARACTERS)
        self.name.setPlaceholderText(texts.say(DialogWords.NAME_EXAMPLE))
        self._chips = Chips("teach_attributes", texts)
        self._suggest = button("teach_suggest", texts.say(DialogWords.SUGGEST), draft.suggest)
        self._where = label("teach_suggest_where")
        self._trouble = TroubleBox("teach_words_trouble", texts)
        self.class_word.textEdited.connect(self._write)
        self.name.textEdited.connect(self._write)
        self._chips.added.connect(draft.add_attribute)
        self._chips.removed.connect(draft.remove_attribute)
        self._chips.refused.connect(draft.fail)
        field(texts.say(DialogWords.CLASS_WORD), self.class_word, layout)
        field(texts.say(DialogWords.NAME), self.name, layout)
        layout.addWidget(label("teach_attributes_caption", texts.say(DialogWords.ATTRIBUTES)))
        layout.addWidget(self._chips)
        layout.addWidget(self._suggest, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._where)
        layout.addWidget(self._trouble)
        layout.addStretch(1)
        in_order(
            self.class_word, self.name, self._chips.kind, self._chips.words, self._chips.add, self._suggest
        )
        draft.changed.connect(self._show)
        self._show()

    def _write(self) -> None:
        self._draft.class_word = self.class_word.text()
        self._draft.name = self.name.text()
        self._draft.changed.emit()

    def _show(self) -> None:
        draft = self._draft
        for editor, text in ((self.class_word, draft.class_word), (self.name, draft.name)):
            if editor.text() != text:
                editor.setText(text)
        self._chips.show_attributes(draft.attributes)
        self._suggest.setEnabled(draft.subject is not None and not draft.describing)
        say(self._where, self._says_where())
        self._trouble.show_error(draft.trouble)

    def _says_where(self) -> str:
        draft = self._draft
        if draft.describing:
            return self._texts.say(DialogWords.DESCRIBING)
        if draft.subject is None:
            return self._texts.say(DialogWords.SUGGEST_NEEDS_PICTURES)
        if draft.describer is None:
            return ""
        if draft.describer.describer_remote:
            return self._texts.say(DialogWords.SUGGEST_REMOTE, where=draft.describer.describer)
        return self._texts.say(DialogWords.SUGGEST_LOCAL)
