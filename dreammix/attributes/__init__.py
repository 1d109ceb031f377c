"""A subject's attribute dictionary: who describes it, the prompts made from it, what an edit replaces in it.

Importing the room loads the standard library only. Who wants a describer that needs more imports
`dreammix.attributes.choice`: the backend's server, which may not reach torch, leaves that to its worker.
"""

from dreammix.attributes.describer import ByHand, Describer, DescriberKind, DescriberSettings
from dreammix.attributes.matching import Similarity, match_by_lists, match_words
from dreammix.attributes.parsing import parse_attributes, parse_replacements, plain_words
from dreammix.attributes.phrases import with_article
from dreammix.attributes.prompts import (
    RegularPrompt,
    described_prompt,
    edit_prompt,
    identity_prompt,
    regular_prompts,
)
from dreammix.attributes.vocabulary import COMMON
from dreammix.attributes.zero_shot import ClipDescriber, Sight

__all__ = [
    "COMMON",
    "ByHand",
    "ClipDescriber",
    "Describer",
    "DescriberKind",
    "DescriberSettings",
    "RegularPrompt",
    "Sight",
    "Similarity",
    "described_prompt",
    "edit_prompt",
    "identity_prompt",
    "match_by_lists",
    "match_words",
    "parse_attributes",
    "parse_replacements",
    "plain_words",
    "regular_prompts",
    "with_article",
]
