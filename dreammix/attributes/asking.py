"""What a language model is told and asked, and the closed form that its answer shall have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, TypeAlias

from dreammix.attributes.parsing import REPLACEMENTS
from dreammix.protocol import Attribute, AttributeKind

Schema: TypeAlias = dict[str, "str | bool | list[str] | Schema"]
"""A JSON schema."""

_MEANINGS: Final = {
    AttributeKind.COLOUR: "its colours",
    AttributeKind.MATERIAL: "what it is made of, or looks made of",
    AttributeKind.PATTERN: "what is printed or grown on its surface",
    AttributeKind.SHAPE: "its form and size",
    AttributeKind.ACCESSORY: "what it wears or carries",
    AttributeKind.POSE: "how it sits, stands or moves",
    AttributeKind.OTHER: "anything else that would tell it from others",
}


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT: Final[Schema] = {"type": "string"}
_KIND: Final[Schema] = {"type": "string", "enum": [kind.value for kind in AttributeKind]}

ATTRIBUTES_SCHEMA: Final = _object({kind.value: {"type": "array", "items": _TEXT} for kind in AttributeKind})
REPLACEMENTS_SCHEMA: Final = _object(
    {REPLACEMENTS: {"type": "array", "items": _object({"kind": _KIND, "old": _TEXT, "new": _TEXT})}}
)


def describing(class_word: str) -> str:
    """The question that goes with pictures."""
    kinds = "\n".join(f'- "{kind}": {meaning}' for kind, meaning in _MEANINGS.items())
    return (
        f"Every picture shows the same {class_word}. Say what this {class_word} looks like, so that a "
        "painter who has not seen it could tell it from others. Leave out what is around it.\n"
        "Answer with one JSON object and nothing else. Its keys:\n"
        f"{kinds}\n"
        "Each value is a list of at most four entries of one to four plain English words without "
        "punctuation, the most visible first. Where there is nothing to say, the list is empty."
    )


def matching(edit: str, attributes: Sequence[Attribute], class_word: str) -> str:
    """The question which attributes an edit replaces."""
    known = json.dumps([{"kind": a.kind.value, "words": a.words} for a in attributes], ensure_ascii=False)
    return (
        f"A {class_word or 'thing'} looks like this: {known}\n"
        f"It shall be changed so: {json.dumps(edit, ensure_ascii=False)}\n"
        f'Answer with one JSON object and nothing else: {{"{REPLACEMENTS}": [...]}}, with one entry '
        '{"kind": ..., "old": ..., "new": ...} for each change. "new" is copied from the wanted change, '
        'without articles and prepositions. "old" is copied from the entry above that can no longer be true '
        f'then; it is "" where the change only adds something. "kind" is one of {", ".join(AttributeKind)}.'
    )
