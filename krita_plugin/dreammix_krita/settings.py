"""What the plugin remembers from one start to the next, in one file that only its owner may read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from dreammix.protocol.messages import DEFAULT_ARTIST
from dreammix_krita.canvas import Background
from dreammix_krita.files import write_whole
from dreammix_krita.qt import QtCore

FILE: Final = "plugin.json"
"""In the artist's data folder."""
MAX_FILE_BYTES: Final = 256 * 1024
"""A longer file is none of ours."""
MAX_SAID: Final = 50
"""How many edits are remembered for the arrow keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """All of it.

    Attributes:
        artist: whose library.
        language: ISO 639-1; empty: Krita's.
        session: the backend's name for the last session: a secret.
        background: what is taken as the picture to insert into.
        advanced: whether the advanced part is folded out.
        python: a Python that has the backend; empty: the one that the set-up made.
        remote: "host:port" of a backend elsewhere; empty: the one of this machine.
        certificate: a PEM file with who is trusted there; empty: the system's authorities alone.
        token: what the backend elsewhere lets the artist in for.
        said: edits of earlier inserts, the last one last.
        describer: who describes pictures on this machine's backend; empty: the backend's own choice.
        describer_endpoint, describer_model: the service that does, where it is one.
        describer_folder: where the model is that does, where it is one of this machine.
        describer_key: its key, where there is no keyring to keep it in.
        describer_keyed: the host whose key the system's keyring keeps; empty: none.
        mirror: whom this machine's backend fetches models from; empty: as the backend usually does.
        offline: whether it fetches nothing.
    """

    artist: str = DEFAULT_ARTIST
    language: str = ""
    session: str | None = field(default=None, repr=False)
    background: Background = Background.LAYER
    advanced: bool = False
    python: str = ""
    remote: str = ""
    certificate: str = ""
    token: str = field(default="", repr=False)
    said: tuple[str, ...] = ()
    describer: str = ""
    describer_endpoint: str = ""
    describer_model: str = ""
    describer_folder: str = ""
    describer_key: str = field(default="", repr=False)
    describer_keyed: str = ""
    mirror: str = ""
    offline: bool = False


class Settings(QtCore.QObject):
    """The preferences, and the file that they live in.

    Args:
        path: the file; it need not exist.
        parent: the owner.

    Signals:
        changed: the preferences are others now.
        failed: they could not be written down, and why.
    """

    changed = QtCore.pyqtSignal()
    failed = QtCore.pyqtSignal(str)

    def __init__(self, path: Path, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._value = _read(path)

    @property
    def value(self) -> Preferences:
        """The preferences as they are now."""
        return self._value

    @property
    def folder(self) -> Path:
        """Where the file is, and other things of the plugin may be."""
        return self._path.parent

    def change(self, **changes: Any) -> None:
        """Change some, by their names, and write them down; `failed` where that is not possible."""
        value = replace(self._value, **changes)
        value = replace(value, said=value.said[-MAX_SAID:])
        if value != self._value:
            self._value = value
            self._write()
            self.changed.emit()

    def _write(self) -> None:
        content = json.dumps(asdict(self._value), ensure_ascii=False, indent=1).encode()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path, content)
        except OSError as error:
            self.failed.emit(error.strerror or str(error))


def _read(path: Path) -> Preferences:
    """What the file says; of what it does not say, or says wrongly, the default."""
    try:
        with path.open("rb") as stream:
            told = json.loads(stream.read(MAX_FILE_BYTES))
    except (OSError, ValueError, RecursionError):
        return Preferences()
    if not isinstance(told, Mapping):
        return Preferences()
    known: dict[str, Any] = {name: _PARSE[name](told[name]) for name in _PARSE if name in told}
    return Preferences(**{name: value for name, value in known.items() if value is not None})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _background(value: object) -> Background | None:
    return Background(value) if value in tuple(Background) else None


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(text for text in value if isinstance(text, str))[-MAX_SAID:]


_READ: Final[Mapping[type, Callable[[object], object]]] = {
    Background: _background,
    bool: _flag,
    tuple: _texts,
}
"""By the kind of the default; all others are texts."""
_PARSE: Final[Mapping[str, Callable[[object], object]]] = {
    one.name: _READ.get(type(one.default), _text) for one in fields(Preferences)
}
