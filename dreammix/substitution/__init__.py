"""Textual attribute substitution (TAS), Sec. 3.4 of the paper: what an edit replaces leaves the prompt.

The subject's own colour must not speak against the one that is asked for. Here lives Eq. 9, on embeddings;
which attributes an edit replaces is decided elsewhere.
"""

from dreammix.substitution.decomposition import decompose, orthonormal
from dreammix.substitution.prompts import (
    EVERYTHING,
    NOTHING,
    PAPERS_SUBSTITUTION,
    Eliminated,
    Reach,
    Substitution,
    eliminated,
    prompt_words,
    substitute,
)

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "PAPERS_SUBSTITUTION",
    "Eliminated",
    "Reach",
    "Substitution",
    "decompose",
    "eliminated",
    "orthonormal",
    "prompt_words",
    "substitute",
]
