"""The server's log: one line an event, readable and made of key=value pairs; a token cannot get into it.

2026-11-22T17:40:03.218Z info    came in user=local connection=3
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

MAX_LOG_BYTES: Final = 4 * 1024 * 1024
"""How long the log's file grows until it is put aside, in bytes."""
KEPT_LOGS: Final = 3
"""How many of those that were put aside are kept."""
LOG_FILE: Final = "server.log"
_PLAIN: Final = re.compile(r"[\w.:/@+-]+")
_BEARER: Final = re.compile(r"(?i)(bearer\s+)\S+")
_HIDDEN: Final = "[token]"


def told(**fields: object) -> dict[str, dict[str, object]]:
    """The fields of an event, for a logger's `extra`: `log.info("came in", extra=told(user="ana"))`."""
    return {"told": fields}


class Lines(logging.Formatter):
    """One record, one line: time in UTC, level, what happened, its fields, and an error in one line.

    Args:
        secrets: texts that are replaced wherever they stand.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        words = [f"{moment}.{int(record.msecs):03d}Z", f"{record.levelname.lower():7}", record.getMessage()]
        words += [f"{name}={_value(value)}" for name, value in getattr(record, "told", {}).items()]
        if record.exc_info:
            words.append(f"traceback={_value(self.formatException(record.exc_info))}")
        line = " ".join(words).replace("\r", "\\r").replace("\n", "\\n")
        for secret in self._secrets:
            line = line.replace(secret, _HIDDEN)
        return _BEARER.sub(rf"\1{_HIDDEN}", line)


def begin(folder: Path, secrets: Iterable[str], *, shown: bool) -> None:
    """Write all logs of this process to the folder's file, and to stderr if they are to be shown.

    Raises OSError: the file cannot be opened.
    """
    file = RotatingFileHandler(
        folder / LOG_FILE, maxBytes=MAX_LOG_BYTES, backupCount=KEPT_LOGS, encoding="utf-8"
    )
    handlers: list[logging.Handler] = [file, *([logging.StreamHandler()] if shown else [])]
    lines = Lines(secrets)
    for handler in handlers:
        handler.setFormatter(lines)
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    # What the websocket library says at this level is every frame, and every header with its token.
    logging.getLogger("websockets").setLevel(logging.ERROR)


def _value(value: object) -> str:
    """A value without quotes where it can be read so, else as a JSON string."""
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
