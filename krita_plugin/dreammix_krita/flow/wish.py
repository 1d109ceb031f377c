"""What the docker's fields hold, frozen, and the request that it becomes."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Final

from dreammix.protocol import AttributeKind, InsertSettings, LoraUse, Replacement, SubjectUse
from dreammix.protocol.requests import InsertWish
from dreammix.protocol.services import Matched
from dreammix_krita.canvas import Background

MAX_SHOWN_SEED: Final = 2**31 - 1
"""Seeds that are drawn stay below: a field of Qt's holds no larger one."""
MAX_LAYER_NAME_CHARACTERS: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the artist has filled in.

    Attributes:
        subject: whose likeness to paint; None: words alone.
        words: how it should differ, or without a subject what to paint.
        kept: attributes that stay although the words name another: kind and old words.
        strength: how far the words may change the subject, 0 to 1.
        background: what is taken as the picture to insert into.
        variants: how many results.
        seed: None: another one each time.
        settings: how it is computed.
        loras: other people's LoRAs to paint with.
    """

    subject: str | None = None
    words: str = ""
    kept: frozenset[tuple[AttributeKind, str]] = frozenset()
    strength: float = 1.0
    background: Background = Background.LAYER
    variants: int = 1
    seed: int | None = None
    settings: InsertSettings = field(default_factory=InsertSettings)
    loras: tuple[LoraUse, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it says what to paint."""
        return self.subject is not None or bool(self.words.strip())

    def keeps(self, replacement: Replacement) -> bool:
        """Whether the artist wants the original instead."""
        return (replacement.kind, replacement.old) in self.kept

    def request(self, seed: int, matched: Matched | None) -> InsertWish:
        """What the backend is asked for.

        Args:
            seed: of the first variant.
            matched: what the words replace; None where that is not known. Then, and where it is open and the
                artist keeps nothing, the insert matches them.
        """
        words = " ".join(self.words.split())
        wish = InsertWish(
            prompt=words,
            seed=seed,
            variants=self.variants,
            settings=self.settings,
            loras=self.loras or None,
        )
        if self.subject is None:
            return wish
        replaced = None
        if matched is not None:
            replaced = tuple(one for one in matched.replacements if not self.keeps(one))
            if matched.open and replaced == matched.replacements:
                replaced = None
        use = SubjectUse(subject=self.subject, edit=words, replacements=replaced, strength=self.strength)
        return replace(wish, prompt="", subject=use)


def draw_seed() -> int:
    """A seed that was not used before, most likely."""
    return secrets.randbelow(MAX_SHOWN_SEED + 1)


def layer_name(subject: str, words: str) -> str:
    """What the result's layer is called: `Pip: red, glass`."""
    words = " ".join(words.split())
    return ": ".join(part for part in (subject, words) if part)[:MAX_LAYER_NAME_CHARACTERS]
