"""What is said of a subject, and how an edit changes it: words of a closed set of kinds."""

import unicodedata
from dataclasses import dataclass

from dreammix.protocol.checks import check_instance, check_member, check_real, check_text
from dreammix.protocol.errors import DreamMixError, InvalidRequest
from dreammix.protocol.words import Word

MAX_ATTRIBUTE_CHARACTERS = 60
"""Longest attribute, in characters."""
MAX_ATTRIBUTES = 24
"""Most attributes of a subject."""
MAX_EDIT_CHARACTERS = 400
"""Longest edit, in characters."""
MAX_SUBJECT_ID_CHARACTERS = 64
"""Longest id of a subject, in characters."""


class AttributeKind(Word):
    """What an attribute tells of."""

    COLOUR = "colour"
    MATERIAL = "material"
    PATTERN = "pattern"
    SHAPE = "shape"
    ACCESSORY = "accessory"
    POSE = "pose"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One entry of a subject's dictionary: `colour: dark red`.

    Attributes:
        kind: what it tells of.
        words: 1 to `MAX_ATTRIBUTE_CHARACTERS` printable characters on one line.
    """

    kind: AttributeKind
    words: str

    def __post_init__(self) -> None:
        check_member("The kind of an attribute", self.kind, AttributeKind)
        check_line("An attribute", self.words, MAX_ATTRIBUTE_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Replacement:
    """What an edit does to one attribute.

    Attributes:
        kind: what it tells of.
        old: the subject's words that give way; empty where the edit adds what the subject has nothing of.
        new: the edit's words that take their place.
    """

    kind: AttributeKind
    old: str
    new: str

    def __post_init__(self) -> None:
        check_member("The kind of a replaced attribute", self.kind, AttributeKind)
        if self.old:
            check_line("A replaced attribute", self.old, MAX_ATTRIBUTE_CHARACTERS)
        check_line("What replaces an attribute", self.new, MAX_ATTRIBUTE_CHARACTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectUse:
    """One of the artist's subjects in an insert, and how it should differ.

    Attributes:
        subject: its id in the library.
        edit: the artist's words, such as "red, made of glass"; empty: as it is.
        replacements: what the edit replaces; None: to be matched against the subject's attributes.
        strength: how far the replaced attributes are taken out of the prompt, 0 to 1 (Eq. 9).
    """

    subject: str
    edit: str = ""
    replacements: tuple[Replacement, ...] | None = None
    strength: float = 1.0

    def __post_init__(self) -> None:
        check_line("The subject's id", self.subject, MAX_SUBJECT_ID_CHARACTERS)
        check_text("The edit", self.edit, MAX_EDIT_CHARACTERS)
        check_real("The strength of the edit", self.strength, 0.0, 1.0)
        for replacement in self.replacements or ():
            check_instance("A replacement", replacement, Replacement)


def check_attributes(attributes: tuple[Attribute, ...]) -> None:
    """Reject more than `MAX_ATTRIBUTES`, or what are none. Raises InvalidRequest."""
    if len(attributes) > MAX_ATTRIBUTES:
        raise InvalidRequest(
            f"There are {len(attributes)} attributes",
            f"a subject has at most {MAX_ATTRIBUTES}",
            "Keep those that tell it from others",
        )
    for attribute in attributes:
        check_instance("An attribute", attribute, Attribute)


def check_line(name: str, value: object, longest: int, error: type[DreamMixError] = InvalidRequest) -> None:
    """Reject what is no single line of 1 to `longest` printable characters.

    Control, format (so also bidirectional override) and unassigned characters are none.
    """
    check_text(name, value, longest, error)
    text = str(value)
    if not text.strip():
        raise error(f"{name} is empty", "it needs at least one word", "Give some words")
    odd = [c for c in text if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"]
    if odd:
        raise error(
            f"{name} holds the character U+{ord(odd[0]):04X}",
            "it cannot be shown on one line",
            "Take it out",
        )
