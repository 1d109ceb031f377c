"""One subject in the library's window: its name, its size, its versions, and what can be done with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from dreammix.protocol.library import MAX_NAME_CHARACTERS, SubjectDetails
from dreammix_krita.dialogs.library.model import SUFFIX, Doing, LibraryModel
from dreammix_krita.dialogs.parts.flow import flowing
from dreammix_krita.dialogs.parts.making import field, line, says_bytes
from dreammix_krita.qt import QtCore, QtWidgets
from dreammix_krita.texts import KINDS, Catalogue, DialogWords, Words
from dreammix_krita.widgets import button, in_order, label, named, say

_VERSION: Final = QtCore.Qt.ItemDataRole.UserRole
VERSION_ROWS: Final = 5


class Details(QtWidgets.QWidget):
    """Shows the model's chosen subject.

    Args:
        model: says which that is.
        texts: in whose language.
        teach: opens the teaching dialog for a subject.
    """

    def __init__(self, model: LibraryModel, texts: Catalogue, teach: Callable[[str], object]) -> None:
        super().__init__()
        self.setObjectName("library_details")
        self._model = model
        self._texts = texts
        self._teach_subject = teach
        self._name = line("library_name", texts.say(DialogWords.NAME), MAX_NAME_CHARACTERS)
        self._name.editingFinished.connect(lambda: model.rename(self._name.text()))
        self._favourite = named(QtWidgets.QCheckBox(texts.say(Words.FAVOUR)), "library_favourite")
        self._favourite.clicked.connect(model.favour)
        self._about = label("library_about")
        self._versions = named(QtWidgets.QListWidget(), "library_versions", texts.say(DialogWords.VERSIONS))
        self._versions.setWordWrap(True)
        self._versions.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._versions.setMaximumHeight(VERSION_ROWS * (self._versions.fontMetrics().height() + 8))
        self._versions.itemActivated.connect(lambda item: model.use_version(item.data(_VERSION)))
        self._versions.currentItemChanged.connect(self._show_use)
        self._use = button("library_use_version", texts.say(DialogWords.USE_VERSION), self._use_chosen)
        actions = (
            button("library_teach", texts.say(DialogWords.TEACH_MORE), self._teach),
            button("library_duplicate", texts.say(Words.DUPLICATE), model.duplicate),
            button("library_export", texts.say(DialogWords.EXPORT_DOTS), self._export),
            button("library_trash_it", texts.say(Words.TRASH), model.throw_away),
        )
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        field(texts.say(DialogWords.NAME), self._name, layout)
        layout.addWidget(self._favourite)
        layout.addWidget(self._about)
        self._caption = field(texts.say(DialogWords.VERSIONS), self._versions, layout)
        layout.addWidget(self._use, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(flowing("library_actions", *actions))
        layout.addStretch(1)
        in_order(self._name, self._favourite, self._versions, self._use, *actions)
        self._shown: SubjectDetails | None = None
        model.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        card, details = self._model.chosen, self._model.details
        self.setVisible(card is not None)
        self.setEnabled(self._model.doing is Doing.NOTHING)
        if card is None:
            return
        if self._name.text() != card.name and not self._name.hasFocus():
            self._name.setText(card.name)
        self._favourite.setChecked(card.favourite)
        self._show_use()
        if details is self._shown:
            return
        self._shown = details
        say(self._about, "" if details is None else self._says_about(details))
        self._show_versions(details)

    def _says_about(self, details: SubjectDetails) -> str:
        texts, card = self._texts, details.card
        words = ", ".join(f"{texts.say(KINDS[one.kind])}: {one.words}" for one in details.attributes)
        told = texts.say(
            DialogWords.ABOUT_SUBJECT,
            word=card.class_word,
            pictures=card.pictures,
            size=says_bytes(details.disk_bytes),
            day=card.modified[:10],
        )
        untaught = "" if card.taught else texts.say(DialogWords.UNTAUGHT)
        return "\n".join(line for line in (told, words, untaught) if line)

    def _show_versions(self, details: SubjectDetails | None) -> None:
        self._versions.clear()
        versions = () if details is None else details.versions
        for version in reversed(versions):
            active = details is not None and version.version == details.active
            words = DialogWords.VERSION_USED if active else DialogWords.VERSION
            item = QtWidgets.QListWidgetItem(
                self._texts.say(
                    words,
                    number=version.version,
                    day=version.created[:10],
                    model=version.base,
                    steps=version.steps,
                )
            )
            item.setData(_VERSION, version.version)
            self._versions.addItem(item)
            if active:
                self._versions.setCurrentItem(item)
        for widget in (self._caption, self._versions):
            widget.setVisible(bool(versions))
        self._show_use()

    def _show_use(self, *_: object) -> None:
        details, item = self._model.details, self._versions.currentItem()
        several = details is not None and len(details.versions) > 1
        self._use.setVisible(several)
        self._use.setEnabled(
            details is not None and item is not None and item.data(_VERSION) != details.active
        )

    def _use_chosen(self) -> None:
        item = self._versions.currentItem()
        if item is not None:
            self._model.use_version(item.data(_VERSION))

    def _teach(self) -> None:
        card = self._model.chosen
        if card is not None:
            self._teach_subject(card.id)

    def _export(self) -> None:
        card = self._model.chosen
        if card is None:
            return
        plain = "".join(c if c.isalnum() or c in " -_" else "_" for c in card.name).strip() or "subject"
        path, _ = QtWidgets.QFileDialog.getSaveFileName(
            self, self._texts.say(DialogWords.EXPORT_DOTS), plain + SUFFIX, f"*{SUFFIX}"
        )
        if path:
            self._model.export(Path(path))
