"""What stands in the log, and what never does."""

import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix_backend.logs import LOG_FILE, Lines, begin, told

TOKEN = "s3cret-t0ken"


def line(message: str, *arguments: object, **fields: object) -> str:
    """One record as a line."""
    record = logging.LogRecord("room", logging.INFO, "file", 1, message, arguments, None)
    record.__dict__.update(told(**fields))
    return Lines([TOKEN]).format(record)


def test_a_line_is_readable_and_made_of_fields() -> None:
    """Time in UTC, level, event, key=value; what has blanks stands in quotes."""
    shown = line("came in", user="ana", path="/a/b c")
    assert shown.endswith(' info    came in user=ana path="/a/b c"')
    assert shown[10] == "T" and shown[23] == "Z"


@given(st.text())
def test_row_3_the_token_is_never_in_the_log(text: str) -> None:
    """Row 3: neither in the event nor in a field nor after the word bearer."""
    shown = line("told %s", f"{text}{TOKEN}{text}", header=f"Bearer {TOKEN}x", other=TOKEN)
    assert TOKEN not in shown
    assert "hidden-too" not in line("Authorization: Bearer hidden-too")


@given(st.text())
def test_an_event_is_one_line(text: str) -> None:
    """What a client wrote cannot make up further lines."""
    assert "\n" not in line("told", text=text) and "\r" not in line("told %s", text)


def test_a_traceback_is_one_line_without_the_token() -> None:
    """Row 3: also where an exception holds it."""
    try:
        raise ValueError(TOKEN)
    except ValueError:
        record = logging.LogRecord("room", logging.ERROR, "file", 1, "broken", (), sys.exc_info())
    shown = Lines([TOKEN]).format(record)
    assert "ValueError" in shown and TOKEN not in shown and "\n" not in shown


def test_the_log_is_a_file_and_the_websocket_library_says_little(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Row 3: the library's debugging, which shows headers, is not among what is written."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        begin(tmp_path, [TOKEN], shown=True)
        logging.getLogger("dreammix_backend").info("begun with %s", TOKEN)
        logging.getLogger("websockets.server").info("a header")
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers, root.level = handlers, level
        logging.getLogger("websockets").setLevel(logging.NOTSET)
    written = (tmp_path / LOG_FILE).read_text(encoding="utf-8")
    assert "begun with [token]" in written and "header" not in written
    assert capsys.readouterr().err == written
