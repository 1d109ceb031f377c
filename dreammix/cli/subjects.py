"""`dreammix subjects`: the artist's library, listed and tended."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from dreammix.cli.command import Command
from dreammix.cli.subject_pictures import add_picture_options, prepare, set_mask
from dreammix.protocol import Attribute, AttributeKind, DreamMixError
from dreammix.subjects import DEFAULT_ARTIST, Library, Problem, Subject, artists, default_root

_EPILOG: Final = """\
SUBJECT is a subject's name or its id; one that cannot be read has only its id. The libraries are in the
folder that DREAMMIX_LIBRARY names, or else in DreamMix's own; each artist has one."""


def _configure(parser: ArgumentParser) -> None:
    parser.epilog = _EPILOG
    chooser = parser.add_subparsers(metavar="ACTION", required=True)

    def action(name: str, summary: str, run: Callable[[Namespace, Library], None]) -> ArgumentParser:
        own = chooser.add_parser(name, help=summary, description=f"{summary}.")
        own.add_argument(
            "--artist", metavar="NAME", default=DEFAULT_ARTIST, help="whose library (%(default)s)"
        )
        own.set_defaults(act=run)
        return own

    action("list", "list the subjects", _list)
    action("artists", "list the artists who have a library", _artists)
    _with_subject(action("show", "say all about a subject", _show))
    _configure_new(action("new", "add a subject from pictures of it", _new))
    add = _with_subject(action("add-pictures", "add pictures of a subject", _add_pictures))
    add_picture_options(add)
    remove = _with_subject(action("remove-picture", "take a picture out of a subject", _remove_picture))
    mask = _with_subject(action("mask", "say where a subject is in one of its pictures", _mask))
    for one in (remove, mask):
        one.add_argument("number", metavar="N", type=int, help="which: see show")
    mask.add_argument("file", metavar="FILE", type=Path, help="a picture of its size, white: the subject")
    rename = _with_subject(action("rename", "give a subject another name", _rename))
    rename.add_argument("name", metavar="NAME")
    change = _with_subject(action("change", "change what is said of a subject", _change))
    change.add_argument("--class", metavar="WORD", dest="class_word", help="what sort of thing it is")
    _with_attributes(change, "all that is said of it from now on; may be repeated")
    change.add_argument("--favourite", choices=("yes", "no"), help="whether it comes first")
    change.add_argument("--version", metavar="N", type=int, help="which of its versions is used")
    forget = _with_subject(action("forget", "remove a version of a subject for ever", _forget))
    forget.add_argument("version", metavar="N", type=int, help="which: see show")
    copy = _with_subject(action("duplicate", "add a copy of a subject", _duplicate))
    copy.add_argument("name", metavar="NAME", nargs="?", help="the copy's name")
    export = _with_subject(action("export", "write a subject to one archive", _export))
    export.add_argument("file", metavar="FILE", type=Path, help="a zip archive")
    importing = action("import", "add the subject of an archive", _import)
    importing.add_argument("file", metavar="FILE", type=Path)
    _with_subject(action("delete", "put a subject into the trash", _delete))
    action("trash", "list the subjects in the trash", _trash)
    _with_subject(action("restore", "bring a subject back", _restore))
    purge = action("purge", "remove a subject in the trash, or all of them, for ever", _purge)
    purge.add_argument("subject", metavar="SUBJECT", nargs="?")


def _with_subject(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("subject", metavar="SUBJECT")
    return parser


def _with_attributes(parser: ArgumentParser, purpose: str) -> None:
    kinds = ", ".join(AttributeKind)
    parser.add_argument(
        "--attribute",
        metavar="KIND=WORDS",
        dest="attributes",
        type=_attribute,
        action="append",
        help=f'such as colour="dark red"; {purpose}; kinds: {kinds}',
    )


def _configure_new(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what you call it")
    parser.add_argument(
        "--class", metavar="WORD", dest="class_word", required=True, help="what it is: teapot"
    )
    add_picture_options(parser)
    _with_attributes(parser, "may be repeated")


def _run(arguments: Namespace) -> int:
    arguments.act(arguments, Library(default_root(), arguments.artist))
    return 0


def _list(_arguments: Namespace, library: Library) -> None:
    _print(library.list())
    _warn(library.problems())


def _artists(_arguments: Namespace, _library: Library) -> None:
    for name in artists(default_root()):
        print(name)


def _show(arguments: Namespace, library: Library) -> None:
    subject = library.find(arguments.subject)
    print(f"{subject.name}: {subject.class_word}{', a favourite' if subject.favourite else ''}")
    for attribute in subject.attributes:
        print(f"  {attribute.kind}: {attribute.words}")
    for number, picture in enumerate(subject.pictures, 1):
        mask = "with a mask" if picture.mask else "without a mask"
        print(f"  picture {number}: {picture.size.width} x {picture.size.height}, {mask}")
    for lora in subject.loras:
        used = ", used" if lora.version == subject.active else ""
        print(f"  version {lora.version}{used}: {lora.steps} steps on {lora.base}, {lora.created}")
    print(f"  made {subject.created}, changed {subject.modified}")
    print(f"  {library.disk_use(subject.id) / (1 << 20):.1f} MiB in {library.folder(subject.id)}")


def _new(arguments: Namespace, library: Library) -> None:
    prepared = prepare(arguments, arguments.class_word)
    attributes = tuple(arguments.attributes or ())
    subject = library.create(arguments.name, arguments.class_word, attributes, prepared.pictures())
    prepared.report(arguments.sheet)
    _print([subject])


def _add_pictures(arguments: Namespace, library: Library) -> None:
    subject = library.find(arguments.subject)
    prepared = prepare(arguments, subject.class_word, already=len(subject.pictures))
    changed = library.add_pictures(subject.id, prepared.pictures())
    prepared.report(arguments.sheet)
    _print([changed])


def _remove_picture(arguments: Namespace, library: Library) -> None:
    _print([library.remove_picture(library.id_of(arguments.subject), arguments.number - 1)])


def _mask(arguments: Namespace, library: Library) -> None:
    subject = library.id_of(arguments.subject)
    set_mask(library, subject, arguments.number, arguments.file)
    _print([library.get(subject)])


def _rename(arguments: Namespace, library: Library) -> None:
    _print([library.rename(library.id_of(arguments.subject), arguments.name)])


def _change(arguments: Namespace, library: Library) -> None:
    subject = library.update(
        library.id_of(arguments.subject),
        class_word=arguments.class_word,
        attributes=None if arguments.attributes is None else tuple(arguments.attributes),
        favourite=None if arguments.favourite is None else arguments.favourite == "yes",
        active=arguments.version,
    )
    _print([subject])


def _forget(arguments: Namespace, library: Library) -> None:
    _print([library.remove_lora(library.id_of(arguments.subject), arguments.version)])


def _duplicate(arguments: Namespace, library: Library) -> None:
    _print([library.duplicate(library.id_of(arguments.subject), arguments.name)])


def _export(arguments: Namespace, library: Library) -> None:
    library.export(library.id_of(arguments.subject), arguments.file)
    print(arguments.file)


def _import(arguments: Namespace, library: Library) -> None:
    _print([library.import_(arguments.file)])


def _delete(arguments: Namespace, library: Library) -> None:
    id_ = library.id_of(arguments.subject)
    name = next((it.name for it in library.list() if it.id == id_), id_)
    library.delete(id_)
    print(f"{name} is in the trash; dreammix subjects restore {id_} brings it back")


def _trash(_arguments: Namespace, library: Library) -> None:
    _print(library.trash())
    _warn(library.trash_problems())


def _restore(arguments: Namespace, library: Library) -> None:
    _print([library.restore(library.id_of(arguments.subject, trashed=True))])


def _purge(arguments: Namespace, library: Library) -> None:
    wanted = arguments.subject
    names = {it.id: it.name for it in library.trash()}
    for id_ in library.purge(None if wanted is None else library.id_of(wanted, trashed=True)):
        print(f"{id_}  {names.get(id_, 'one that could not be read')} is removed for ever")


def _warn(problems: Iterable[Problem]) -> None:
    for problem in problems:
        print(f"{problem.id}: {problem.error} ({problem.folder})", file=sys.stderr)


def _print(subjects: Iterable[Subject]) -> None:
    for it in subjects:
        pictures = f"{len(it.pictures)} picture{'' if len(it.pictures) == 1 else 's'}"
        taught = "not taught" if it.active is None else f"version {it.active} of {len(it.loras)}"
        print(f"{it.id}  {'* ' if it.favourite else ''}{it.name}: {it.class_word}, {pictures}, {taught}")


def _attribute(text: str) -> Attribute:
    kind, equals, words = text.partition("=")
    if not equals or kind not in list(AttributeKind):
        raise ArgumentTypeError(f'{text} is not like colour="dark red"')
    try:
        return Attribute(AttributeKind(kind), words.strip())
    except DreamMixError as error:
        raise ArgumentTypeError(str(error)) from error


COMMAND: Final = Command("subjects", "list and tend your subjects", _configure, _run)
