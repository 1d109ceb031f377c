"""The options by which `dreammix insert` is told of a subject, and how it says what an edit replaced."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from dreammix.protocol import AttributeKind, DreamMixError, InvalidRequest, Replacement, SubjectUse
from dreammix.subjects import DEFAULT_ARTIST, Library


def add_subject_arguments(parser: ArgumentParser) -> None:
    """--subject, --edit, --replace, --strength and --artist."""
    parser.add_argument("--subject", metavar="NAME", help="one of your subjects, by its name or id")
    parser.add_argument(
        "--edit", metavar="WORDS", help='how it should differ, such as "blue, with a hat" (as it is)'
    )
    parser.add_argument(
        "--replace",
        metavar="KIND=OLD:NEW",
        type=_replacement,
        action="append",
        help="an attribute that gives way, such as colour=brown:blue; may be repeated (found by itself); "
        f"kinds: {', '.join(AttributeKind)}",
    )
    parser.add_argument(
        "--strength",
        metavar="X",
        type=float,
        help="how far what gives way is taken out of the prompt, 0 to 1 (1)",
    )
    parser.add_argument(
        "--artist", metavar="NAME", default=DEFAULT_ARTIST, help="whose library it is in (%(default)s)"
    )


def subject_use(arguments: Namespace, library: Library) -> SubjectUse | None:
    """What the options ask for; without --edit, what --replace brings in is the edit.

    Raises InvalidRequest, SubjectNotFound, SubjectDamaged, SubjectTooNew.
    """
    if arguments.subject is None:
        given = (arguments.edit, arguments.replace, arguments.strength)
        if any(option is not None for option in given):
            raise InvalidRequest(
                "There is nothing to edit",
                "--edit, --replace and --strength tell how a subject differs",
                "Name it with --subject",
            )
        return None
    replacements = None if arguments.replace is None else tuple(arguments.replace)
    brought = ", ".join(replacement.new for replacement in replacements or ())
    usual = SubjectUse(subject=library.find(arguments.subject).id)
    return SubjectUse(
        subject=usual.subject,
        edit=brought if arguments.edit is None else arguments.edit,
        replacements=replacements,
        strength=usual.strength if arguments.strength is None else arguments.strength,
    )


def said(replacement: Replacement) -> str:
    """One line about it, for the artist."""
    if not replacement.old:
        return f"{replacement.kind}: {replacement.new} (new)"
    return f"{replacement.kind}: {replacement.new} instead of {replacement.old}"


def _replacement(text: str) -> Replacement:
    kind, equals, words = text.partition("=")
    old, colon, new = words.partition(":")
    if not equals or not colon or kind not in list(AttributeKind):
        raise ArgumentTypeError(f"{text} is not like colour=brown:blue")
    try:
        return Replacement(AttributeKind(kind), old.strip(), new.strip())
    except DreamMixError as error:
        raise ArgumentTypeError(str(error)) from error
