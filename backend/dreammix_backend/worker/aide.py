"""One question that the server does not answer itself: read from standard input, answered on output."""

from __future__ import annotations

import sys
from typing import BinaryIO

from dreammix.attributes import Describer, DescriberKind, DescriberSettings
from dreammix.attributes.choice import choose_describer
from dreammix.protocol import DreamMixError, Picture
from dreammix.protocol.asking import ErrorReport
from dreammix_backend.aide import Describe, FindMask, Match, Question, Solved, Survey, Surveyed, Unsolved
from dreammix_backend.packing import pack, read
from dreammix_backend.worker.process import die_with_parent


def main(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Answer one question, unless the server ends before."""
    die_with_parent()
    question, pictures = read(Question, incoming)
    try:
        answer, found = _solve(question, pictures)
    except DreamMixError as error:
        outgoing.writelines(pack(Solved | Unsolved, Unsolved(ErrorReport.of(error))))
    else:
        outgoing.writelines(pack(Solved | Unsolved, answer, *found))
    outgoing.flush()


def _solve(question: Question, pictures: tuple[Picture, ...]) -> tuple[Solved, tuple[Picture, ...]]:
    match question:
        case Describe():
            return Solved(
                attributes=_describer(question.settings).describe(pictures, question.class_word)
            ), ()
        case Match():
            describer = _describer(question.settings)
            matched = describer.match(question.edit, question.attributes, question.class_word)
            return Solved(replacements=matched), ()
        case Survey():
            return Solved(device=_device(question.device)), ()
        case FindMask():
            from dreammix.segmentation import best_mask, segmenter_named

            segmenter = segmenter_named(question.segmenter)
            return Solved(), (best_mask(pictures[0], None, segmenter, question.class_word).mask,)


def _device(name: str) -> Surveyed:
    from dreammix.models.devices import device_named

    return Surveyed.of(device_named(name))


def _describer(settings: DescriberSettings) -> Describer:
    """The chosen one; a CLIP that nobody named is the built-in model's."""
    if settings.kind is not DescriberKind.CLIP or settings.model:
        return choose_describer(settings)
    from dreammix.models import find
    from dreammix.sandbox.sight import VOCABULARY, SandboxSight

    return choose_describer(settings, sight=SandboxSight(find("sandbox")), vocabulary=VOCABULARY)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
