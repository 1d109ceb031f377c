"""Teaching one of the artist's subjects: pictures from the library, a LoRA into it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from dreammix.attributes import (
    COMMON,
    ClipDescriber,
    Sight,
    described_prompt,
    identity_prompt,
    regular_prompts,
)
from dreammix.files import decode_mask, decode_scene
from dreammix.models.base import BaseModel
from dreammix.models.lora import LoraWeights
from dreammix.models.usual import usual_settings
from dreammix.pipeline.painting import PAINTING, paint
from dreammix.pipeline.timing import StepTimer
from dreammix.protocol import (
    Attribute,
    InvalidRequest,
    OutputFailure,
    Picture,
    RegularKind,
    Taught,
    TeachEvent,
    TeachProgress,
    TeachRequest,
    TeachSample,
    TeachSettings,
)
from dreammix.segmentation import Segmenter, best_mask, naming
from dreammix.segmentation.cutout import alone
from dreammix.subjects import Library, Subject
from dreammix.subjects.choosing import check_room
from dreammix.training import (
    Example,
    Lesson,
    Supervision,
    Wanted,
    forget_lesson,
    lora_files,
    rare_token,
    regular_pictures,
    teach,
)

REGULAR_SEED: Final = 0
"""Regular pictures are the same for every teaching of a subject, so that they are painted once."""

Ended = TypeVar("Ended")


def teach_subject(
    model: BaseModel,
    library: Library,
    request: TeachRequest,
    segmenter: Segmenter,
    *,
    vocabulary: Sequence[Attribute] = COMMON,
    sight: Sight | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    paused: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[TeachEvent]:
    """Teach a model a subject of the library; what was learned becomes the subject's newest version.

    Asked again after an interruption, it goes on where it stopped. Between two events the model is free for
    other work; closing the generator keeps the state.

    Args:
        model: the base.
        library: where the subject is.
        request: which subject, and how.
        segmenter: finds the masks that the pictures do not have.
        vocabulary: attributes that the model knows, for the regular pictures.
        sight: sees what these show, for `RegularKind.DESCRIBED`.
        cancelled: asked between steps, of painting too; True ends the teaching, its state is kept.
        paused: asked likewise; it waits while this is True.
        clock: seconds since some fixed moment, for the estimates of the time left.

    Yields:
        `TeachProgress` for each regular picture and each step, now and then a `TeachSample`; at last
        `Taught`.

    Raises:
        SubjectNotFound, SubjectDamaged: the library cannot give it.
        InvalidRequest: it has no room for another version, there is no CLIP to describe with, or more steps
            were taken already.
        InvalidSubject, InvalidMask: its pictures are unfit to learn from.
        Cancelled: `cancelled` said so.
        DescriberFailure: the regular pictures could not be described.
        NumericalFailure: the model or the loss broke down.
        OutputFailure, StorageFull, LibraryBusy: what was learned cannot be kept.
    """
    subject = library.get(request.subject)
    check_room(subject)
    settings = request.settings or usual_settings(model.name)
    describer = _describer(settings, vocabulary, sight)
    token = rare_token(model.text.tokenizers[0])
    prompt = identity_prompt(token, subject.class_word)
    own = Lesson(_pictures(library, subject, segmenter, prompt))  # Unfit pictures show before any work.
    watch = Supervision(cancelled=cancelled, paused=paused, clock=clock)

    def painted(words: str, seed: int, lora: LoraWeights | None = None) -> Picture:
        return paint(model, [words], [seed], lora=lora, heed=watch.heed)[0]

    with _in_library(library, subject):
        regular = yield from _timed(
            regular_pictures(
                wanted_pictures(subject, token, settings, vocabulary),
                subject.class_word,
                library.regular_folder(subject.id),
                painted,
                segmenter.segment,
                made_by=f"{model.fingerprint} {PAINTING} {segmenter.fingerprint}",
                seed=REGULAR_SEED,
                supervision=watch,
            ),
            clock,
        )
        examples = regular.examples
        if describer is not None:
            examples = described(examples, describer, token, subject.class_word, watch.heed)
        work = library.work_folder(subject.id)  # Asked for anew: meanwhile the subject may have been deleted.
        learned = yield from _timed(
            teach(
                model,
                Lesson(own.subject, examples),
                work,
                settings,
                seed=request.seed,
                supervision=replace(watch, sample=partial(painted, prompt, request.seed)),
            ),
            clock,
        )
    version = library.add_lora(
        subject.id,
        lora_files(learned.lora, model.unet),
        base=model.name,
        base_hash=model.fingerprint,
        token=token,
        steps=learned.steps,
        seed=request.seed,
    )
    with suppress(OutputFailure):  # It would only be in the way.
        forget_lesson(work, learned.lesson)  # Only now: until the version is kept, it is all that there is.
    yield Taught(subject=subject.id, version=version.version, loss=learned.loss, skipped=regular.skipped)


def wanted_pictures(
    subject: Subject, token: str, settings: TeachSettings, vocabulary: Sequence[Attribute] = COMMON
) -> tuple[Wanted, ...]:
    """The regular pictures of a subject: ADM's combinations of attributes, or DreamBooth's bare class."""
    count = settings.regular_pictures
    if settings.regular is RegularKind.CLASS:
        plain = identity_prompt("", subject.class_word)
        return (Wanted(plain, plain),) * count
    prompts = regular_prompts(
        subject.attributes, subject.class_word, token, count, REGULAR_SEED, vocabulary=vocabulary
    )
    return tuple(Wanted(prompt.plain, prompt.personal) for prompt in prompts)


def described(
    examples: Sequence[Example],
    describer: ClipDescriber,
    token: str,
    class_word: str,
    heed: Callable[[], object] = lambda: None,
) -> tuple[Example, ...]:
    """Regular pictures, each under the words for what is seen in it.

    Args:
        heed: called before each picture; what it raises ends the describing.
    """
    told = []
    for number, one in enumerate(examples):
        heed()
        seen = describer.describe([alone(one.picture, one.mask)], class_word)
        told.append(replace(one, prompt=described_prompt(token, class_word, seen, REGULAR_SEED + number)))
    return tuple(told)


def _describer(
    settings: TeachSettings, vocabulary: Sequence[Attribute], sight: Sight | None
) -> ClipDescriber | None:
    """Who describes the regular pictures; None: nobody.

    It is not asked for the subject's own words: of a kind that has no others it would see them everywhere.
    """
    if settings.regular is not RegularKind.DESCRIBED or not settings.regular_pictures:
        return None
    if sight is None:
        raise InvalidRequest(
            "The regular pictures cannot be described",
            "the base model brings no CLIP that sees pictures",
            f"Choose the kind {RegularKind.ATTRIBUTES}",
        )
    return ClipDescriber(sight, vocabulary)


@contextmanager
def _in_library(library: Library, subject: Subject) -> Iterator[None]:
    """Where nothing can be written as the subject was deleted meanwhile, that is what is said."""
    try:
        yield
    except OutputFailure:
        library.get(subject.id)
        raise


def _pictures(library: Library, subject: Subject, segmenter: Segmenter, prompt: str) -> tuple[Example, ...]:
    examples = []
    for index in range(len(subject.pictures)):
        picture = decode_scene(library.read_picture(subject.id, index)).picture
        file = library.read_mask(subject.id, index)
        given = None if file is None else decode_mask(file)
        with naming(f"Picture {index + 1}"):
            mask = best_mask(picture, given, segmenter, subject.class_word).mask
        examples.append(Example(picture, mask, prompt))
    return tuple(examples)


def _timed(
    events: Generator[TeachProgress | TeachSample, None, Ended], clock: Callable[[], float]
) -> Generator[TeachProgress | TeachSample, None, Ended]:
    """The same events, with the time left in each `TeachProgress`."""
    timer: StepTimer | None = None
    with closing(events):
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                ended: Ended = end.value
                return ended
            if isinstance(event, TeachProgress):
                timer = timer or StepTimer(event.steps - event.step + 1, clock)
                event = replace(event, seconds_left=timer.tick())
            yield event
