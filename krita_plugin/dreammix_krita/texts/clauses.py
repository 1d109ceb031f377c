"""What went wrong, in another language: found by its English, as the wire and the error tree carry it.

The protocol's first version sends errors as three clauses and a code, so that is what there is to go by. A
clause that has no translation is told by the error's code; only its reason, which may hold a number that
matters, stays as it is.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from dreammix.protocol import DreamMixError
from dreammix_krita.facts import Trouble
from dreammix_krita.texts.errors_german import CLAUSES_GERMAN, KINDS_GERMAN

CLAUSES: Final[Mapping[str, Mapping[str, str]]] = {"de": CLAUSES_GERMAN}
"""By language: clauses by their English."""
KINDS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {"de": KINDS_GERMAN}
"""By language and an error's code: what happened, and what to do."""
_BRACES: Final = re.compile(r"\{(\w+)\}")


def tell(error: DreamMixError, language: str) -> Trouble:
    """An error in a language."""
    if language not in CLAUSES:
        return Trouble(error.what, error.why, error.remedy)
    kinds = KINDS[language]
    what, remedy = kinds.get(error.code) or kinds[DreamMixError.code]
    return Trouble(
        translated(error.what, language) or what,
        translated(error.why, language) or error.why,
        translated(error.remedy, language) or remedy,
    )


def translated(clause: str, language: str) -> str | None:
    """A clause in a language; None: there is no translation."""
    for pattern, template in _patterns(language) if language in CLAUSES else ():
        found = pattern.fullmatch(clause)
        if found is not None:
            values = {name: translated(value, language) or value for name, value in found.groupdict().items()}
            return template.format(**values)
    return None


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Those that say most outside of their braces first: they are the more exact ones."""
    clauses = sorted(CLAUSES[language].items(), key=lambda pair: -len(_BRACES.sub("", pair[0])))
    return tuple((_pattern(english), other) for english, other in clauses)


def _pattern(english: str) -> re.Pattern[str]:
    """What a clause may be; it ends with a full stop where it is a sentence already."""
    words, *rest = _BRACES.split(english)
    names = zip(rest[::2], rest[1::2], strict=True)
    return re.compile(
        re.escape(words) + "".join(f"(?P<{name}>.+){re.escape(after)}" for name, after in names)
    )
