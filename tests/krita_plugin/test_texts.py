"""The catalogue: complete in every language, and in plain words."""

import re
import string

import pytest

from dreammix_krita.texts import LANGUAGES, DialogWords, Words, catalogue, device_name, sentence, time_left
from dreammix_krita.texts.english import ADVANCED

KEYS = (*Words, *DialogWords)
UNPLAIN = re.compile(r"\b(lora|token|latent|cfg|epoch|inference|lambda|traceback)", re.IGNORECASE)


def braces(text: str) -> set[str]:
    """What is filled into a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: str) -> None:
    """None is missing, and none is left of an earlier catalogue."""
    assert set(LANGUAGES[language]) == set(KEYS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_is_filled_into_every_language(language: str) -> None:
    """A name that a translation forgets or invents would show as an error in Krita."""
    texts = LANGUAGES[language]
    assert {w: braces(texts[w]) for w in KEYS} == {w: braces(w.value) for w in KEYS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plain_part_has_plain_words(language: str) -> None:
    """The field's own terms stand in the advanced part alone."""
    texts = LANGUAGES[language]
    assert [w for w in KEYS if w not in ADVANCED and UNPLAIN.search(texts[w])] == []


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de", "de"), ("de_AT", "de"), ("DE-ch", "de"), ("fr", "en"), ("", "en"), ("C", "en")],
)
def test_a_locale_finds_its_language(locale: str, language: str) -> None:
    """What is not translated is English."""
    assert catalogue(locale).language == language


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "1 s"), (4.4, "4 s"), (90.0, "90 s"), (170.0, "3 min")])
def test_the_time_left_is_said_as_people_do(seconds: float, said: str) -> None:
    """Never nothing, and no false exactness."""
    assert time_left(catalogue("en"), seconds) == said


@pytest.mark.parametrize(("device", "said"), [("cpu", "CPU"), ("cuda:0", "graphics card"), ("", "")])
def test_what_computes_has_a_name_that_people_know(device: str, said: str) -> None:
    """Torch's own means nothing to an artist."""
    assert catalogue("en").say(Words.READY_MODEL, model=device_name(device)) == said


@pytest.mark.parametrize("clause", ["it is full", "It is full."])
def test_a_clause_is_read_as_a_sentence(clause: str) -> None:
    """However an error was written."""
    assert sentence(clause) == "It is full."
