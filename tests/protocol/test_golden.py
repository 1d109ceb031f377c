"""Golden transcripts: conversations of each version, word for word."""

import re
from pathlib import Path
from typing import get_args

import pytest

from dreammix.protocol.messages import SUBPROTOCOL, Answer, Ask, FromClient, FromServer
from dreammix.protocol.shapes import tag
from tests.protocol.transcripts import FOLDER, replay

TRANSCRIPTS = sorted(FOLDER.glob("*/*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_transcript_is_spoken_word_for_word(path: Path) -> None:
    """Security 23: what a version says, and understands, does not change while it has that name."""
    replay(path)


@pytest.mark.parametrize("kind", [*get_args(FromClient), *get_args(FromServer), *get_args(Ask)], ids=tag)
def test_every_message_is_in_a_transcript(kind: type) -> None:
    """A new message brings its line."""
    text = "".join(path.read_text(encoding="utf-8") for path in TRANSCRIPTS)
    assert f'"type":"{tag(kind)}"' in text


@pytest.mark.parametrize("kind", get_args(Answer), ids=tag)
def test_every_answer_is_in_a_transcript(kind: type) -> None:
    """So does a new answer."""
    text = "".join(path.read_text(encoding="utf-8") for path in TRANSCRIPTS)
    assert re.search(rf'"type":"reply","number":\d+,"body":{{"type":"{tag(kind)}"', text)


def test_the_version_spoken_has_its_transcripts() -> None:
    """The folder has the name of the subprotocol's version."""
    assert FOLDER / SUBPROTOCOL.removeprefix("dreammix.") in {path.parent for path in TRANSCRIPTS}
