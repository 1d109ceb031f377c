"""Errors in another language: all that the plugin itself says, and all kinds that a backend may send."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import dreammix_krita
from dreammix.protocol import DreamMixError, InvalidPicture, OutOfMemory
from dreammix_krita.canvas import CanvasFailure
from dreammix_krita.texts import Catalogue
from dreammix_krita.texts.clauses import CLAUSES, KINDS, translated

SOURCES = sorted(Path(dreammix_krita.__file__).parent.rglob("*.py"))
SAYS = {"_refuse": 3, "lost": 1}
"""Functions that make errors of their arguments, and of how many."""


def kinds(kind: type[DreamMixError] = DreamMixError) -> Iterator[type[DreamMixError]]:
    """The whole tree of errors."""
    yield kind
    for below in kind.__subclasses__():
        yield from kinds(below)


def import_all() -> None:
    """Every module of the plugin that defines errors."""
    for module in pkgutil.walk_packages(dreammix_krita.__path__, "dreammix_krita."):
        if module.name.rpartition(".")[2] in ("errors", "model"):
            importlib.import_module(module.name)


def said(node: ast.expr) -> str | None:
    """A clause as it may come out, with 7 in its braces; None: it is made elsewhere."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in values)
    return None


def own_clauses() -> list[str]:
    """All clauses of the errors that the plugin's sources make."""
    import_all()
    makers = {kind.__name__: 3 for kind in kinds()} | SAYS
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                function = node.func
                name = getattr(function, "id", getattr(function, "attr", ""))
                found |= {said(argument) for argument in node.args[: makers.get(name, 0)]}
    return sorted(clause for clause in found if clause)


def test_everything_that_the_plugin_says_is_translated() -> None:
    """Into every language; what stands in braces alone is somebody else's word."""
    clauses = own_clauses()
    assert len(clauses) > 100
    missing = [
        clause for clause in clauses if translated(clause, "de") is None and clause not in ("7", "7: 7")
    ]
    assert missing == []


def test_every_kind_of_error_has_words() -> None:
    """Also those that only a backend sends; the command line's own never leave their terminal."""
    import_all()
    importlib.import_module("dreammix.cli.command")
    ours = [kind for kind in kinds() if kind.__module__.startswith("dreammix")]
    codes = {kind.code for kind in ours if not kind.__module__.startswith("dreammix.cli")}
    assert codes <= set(KINDS["de"])


@pytest.mark.parametrize("language", CLAUSES)
def test_translations_fill_in_the_same(language: str) -> None:
    """Nothing is left out, and nothing is asked for that is not there."""
    for english, other in CLAUSES[language].items():
        assert sorted(re.findall(r"{(\w+)}", english)) == sorted(re.findall(r"{(\w+)}", other)), english


def test_a_clause_inside_of_a_clause_is_translated_too() -> None:
    """As where a region is too large for the protocol."""
    why = "it has 30000 x 2300 pixels; at most 67108864 pixels and 32768 a side are allowed"
    error = CanvasFailure("The region is too large", why, "Select less, or scale the picture down")
    told = Catalogue("de").tell(error)
    assert told.why == "er hat 30000 x 2300 Pixel; erlaubt sind 67108864 Pixel und 32768 an einer Seite"
    assert Catalogue("en").tell(error).why == why


def test_an_unknown_clause_is_told_by_the_errors_code() -> None:
    """Its reason stays: it may hold what matters."""
    told = Catalogue("de").tell(OutOfMemory("The card is full", "others use it", "Close them"))
    assert (told.what, told.why) == ("Der Speicher reicht nicht", "others use it")
    assert told.remedy.startswith("schließen Sie andere Programme")
    assert Catalogue("de").tell(InvalidPicture("a.png is empty", "there is nothing in it", "?")) == (
        Catalogue("de").tell(InvalidPicture("a.png is empty", "there is nothing in it", "Unknown"))
    )


def test_a_hint_of_the_backend_is_translated() -> None:
    """Or stays, where nobody knows it."""
    hint = "The region is 12 px: details will be few."
    assert Catalogue("de").hint(hint) == "Der Bereich ist 12 px groß: wenig Einzelheiten."
    assert Catalogue("de").hint("Mind the step.") == "Mind the step."
