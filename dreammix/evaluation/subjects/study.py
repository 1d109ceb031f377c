"""Runs the study: teaches each subject as each row wants it, asks every question, keeps what comes of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from dreammix.evaluation.comparisons import look_closely
from dreammix.evaluation.subjects.cells import Cells, Lesson, Scores, content_key, key_of
from dreammix.evaluation.subjects.lineup import LineUp, line_up
from dreammix.evaluation.subjects.marks import Marker
from dreammix.evaluation.subjects.oracle import Oracle
from dreammix.evaluation.subjects.questions import Question, questions
from dreammix.evaluation.subjects.rows import Row, Teaching, rows
from dreammix.evaluation.subjects.similarity import ClipScore, Encoder
from dreammix.evaluation.subjects.specimens import PICTURES, Specimen, pictures_of, specimen
from dreammix.files import png
from dreammix.geometry import Units, to_array, to_bytes, to_picture, to_units
from dreammix.models import find
from dreammix.models.manifest import read_manifest
from dreammix.models.usual import usual_settings
from dreammix.pipeline import Pipeline, composite, load
from dreammix.pipeline.teach import teach_subject
from dreammix.protocol import (
    InsertRequest,
    InsertSettings,
    RegularKind,
    Result,
    SubjectUse,
    Taught,
    TeachProgress,
    TeachRequest,
    TeachSettings,
    TeachStage,
)
from dreammix.sandbox import clip
from dreammix.sandbox.sight import VOCABULARY, SandboxSight
from dreammix.segmentation import OfflineSegmenter
from dreammix.subjects import Library, NewPicture, Subject

TEACH_SEED: Final = 0
ARTIST: Final = "study"
SEGMENTER: Final = OfflineSegmenter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How large the study is.

    Attributes:
        model: its name or folder.
        subjects: how many; variants are tried on the first half of them.
        scenes: how many for each of them.
        edits: how many in each scene, beside the subject as it is; 0 to 5.
        steps: of an insert.
        teach_steps: of a teaching; None: as the model is usually taught.
        regular: regular pictures of a teaching; None: likewise.
        seed: of the cases; another seed gives other subjects and scenes.
        part: (k, n): only each n-th subject, from the k-th on, counted from 1; for n processes at once.
    """

    model: str = "sandbox"
    subjects: int = 12
    scenes: int = 10
    edits: int = 1
    steps: int = InsertSettings().steps
    teach_steps: int | None = None
    regular: int | None = None
    seed: int = 0
    part: tuple[int, int] = (1, 1)

    @property
    def numbers(self) -> range:
        """The subjects' numbers."""
        return range(self.part[0] - 1, self.subjects, self.part[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One result: what was asked in which row, and what was measured; its picture is a PNG file."""

    row: str
    question: Question
    scores: Scores
    picture: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a study has still to do.

    Attributes:
        teachings: subjects to be taught, each as each row wants it.
        inserts: results to be painted.
        readings: results to be read; true renders are read as well.
    """

    teachings: int
    inserts: int
    readings: int

    def __str__(self) -> str:
        return f"{self.teachings} teachings, {self.inserts} inserts, {self.readings} readings"


class Study:
    """The study of one model.

    Args:
        plan: how large it is.
        folder: for results, and for the library of its subjects; an interrupted study goes on from it.
        encoders: what else compares pictures.
        said: told, in a few words, what is being done.

    Raises:
        ModelNotFound, ModelDamaged: the model, its metrics CLIP or its reader cannot be loaded.
        PackageMissing: torchmetrics is not installed.
    """

    def __init__(
        self, plan: Plan, folder: Path, encoders: Sequence[Encoder], said: Callable[[str], None]
    ) -> None:
        self._plan, self._encoders, self._said = plan, encoders, said
        self._cells = Cells(folder / "cells")
        self._library = Library(folder / "library", ARTIST)
        self._lessons: dict[str, Lesson] = {}
        self._shown: dict[int, tuple[NewPicture, ...]] = {}
        place = find(plan.model)
        self._score, self._oracle = ClipScore(*clip.load(place)), Oracle(place)
        self._sight = SandboxSight(place)
        files = sorted(read_manifest(place).files.items())
        self._stamp = key_of(files, [e.fingerprint for e in encoders])
        self._described_by = [file for file in files if file[0].startswith(f"{clip.FOLDER}/")]

    @cached_property
    def pipeline(self) -> Pipeline:
        """The model under study, loaded where there is something to paint."""
        self._said("loading the model")
        return replace(load(self._plan.model), library=self._library)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All rows of the study."""
        taught = usual_settings(self.pipeline.model.name)
        if self._plan.teach_steps is not None:
            taught = replace(taught, steps=self._plan.teach_steps)
        if self._plan.regular is not None:
            taught = replace(taught, regular_pictures=self._plan.regular)
        return rows(taught, InsertSettings(steps=self._plan.steps))

    def run(self) -> Generator[Record]:
        """Every result; those that are kept are read, the others are made and kept.

        Raises:
            DreamMixError: teaching or inserting failed, or a result cannot be kept; those before it are kept.
        """
        for number in self._plan.numbers:
            yield from self._results(specimen(number, self._plan.seed))

    def work(self) -> Work:
        """What `run` would make, as it is not kept yet."""
        missing: dict[str, Row] = {}
        lessons: set[str] = set()
        for number in self._plan.numbers:
            one = specimen(number, self._plan.seed)
            for question, row in self._asked(one):
                key = self._key(row, question)
                if self._cells.scores(key) is None:
                    missing[key] = row
                    if row.teaching is not None:
                        lessons.add(self._lesson_key(one, row.teaching))
        return Work(
            teachings=sum(self._cells.lesson(key) is None for key in lessons),
            inserts=sum(row.settings is not None for row in missing.values()),
            readings=len(missing),
        )

    def lessons(self) -> list[Lesson]:
        """The teachings of the study that are kept."""
        kept = (
            self._cells.lesson(self._lesson_key(specimen(number, self._plan.seed), teaching))
            for number in self._plan.numbers
            for teaching in dict.fromkeys(row.teaching for row in self.rows)
            if teaching is not None
        )
        return [lesson for lesson in kept if lesson is not None]

    def _results(self, one: Specimen) -> Iterator[Record]:
        marker = Marker(self._oracle, self._score, self._encoders, self._pictures(one))
        compared: dict[Question, LineUp] = {}
        for question, row in self._asked(one):
            key = self._key(row, question)
            scores = self._cells.scores(key)
            if scores is None:
                self._said(f"subject {one.number + 1}, scene {question.spot.number + 1}, {row.name}")
                if question not in compared:
                    compared = {question: line_up(question)}
                lesson = None if row.teaching is None else self._lesson(one, row.teaching)
                began = time.perf_counter()
                picture = self._picture(row, question, lesson)
                seconds = time.perf_counter() - began
                scores = marker.mark(question, compared[question], picture, seconds)
                close = png(to_picture(to_bytes(look_closely(picture, question.region))))
                self._cells.keep(key, scores, close)
            yield Record(row=row.name, question=question, scores=scores, picture=self._cells.picture(key))

    def _asked(self, one: Specimen) -> Iterator[tuple[Question, Row]]:
        """What is asked of a subject, by each row; variants are tried on the first half of them alone."""
        half = -(-self._plan.subjects // 2)
        for question in questions(one, self._plan.scenes, self._plan.edits, self._plan.seed):
            for row in self.rows:
                if row.main or one.number < half:
                    yield question, row

    def _picture(self, row: Row, question: Question, lesson: Lesson | None) -> Units:
        """The scene with a row's answer, (H, W, 3)."""
        if row.settings is None:
            return question.elsewhere
        use = None
        if lesson is not None:
            self._library.update(lesson.subject, active=lesson.version)
            words = "" if question.edit is None else question.edit.words
            use = SubjectUse(subject=lesson.subject, edit=words, strength=row.strength)
        request = InsertRequest(
            scene=to_picture(to_bytes(question.spot.scene)),
            mask=to_picture(to_bytes(question.region)),
            prompt=question.caption if use is None else "",
            subject=use,
            seed=question.spot.number,
            settings=row.settings,
        )
        pipeline = replace(self.pipeline, substitution=row.substitution)
        (result,) = (event for event in pipeline.insert(request) if isinstance(event, Result))
        return to_units(to_array(composite(request.scene, result))[..., :3])

    def _key(self, row: Row, question: Question) -> str:
        """Rows that differ in nothing that a question asks about share its result."""
        one, spot = question.specimen, question.spot
        scene = (spot.number, spot.placed, spot.light, content_key(spot.scene.tobytes()))
        asked = (self._plan.seed, one.thing, one.alike, scene, question.edit)
        taught = None if row.teaching is None else self._lesson_key(one, row.teaching)
        replaced = None
        if question.edit is not None and row.strength > 0:
            replaced = (row.strength, row.substitution)
        return key_of("result", self._stamp, asked, taught, row.settings, replaced)

    def _lesson_key(self, one: Specimen, teaching: Teaching) -> str:
        described = teaching.settings.regular is RegularKind.DESCRIBED
        return key_of(
            "lesson",
            self.pipeline.model.fingerprint,
            self._subject_name(one, teaching.pictures),
            SEGMENTER.fingerprint,
            teaching,
            self._described_by if described else None,
        )

    def _pictures(self, one: Specimen) -> tuple[NewPicture, ...]:
        """What a subject is taught from, drawn once."""
        if one.number not in self._shown:
            self._shown[one.number] = pictures_of(one, self._plan.seed)
        return self._shown[one.number]

    def _lesson(self, one: Specimen, teaching: Teaching) -> Lesson:
        """What a row's teaching leaves; an interrupted one goes on."""
        key = self._lesson_key(one, teaching)
        if key not in self._lessons:
            lesson = self._cells.lesson(key)
            subject = self._subject(one, teaching.pictures)
            if lesson is None or all(lora.version != lesson.version for lora in subject.loras):
                lesson = self._taught(subject, teaching.settings)
                self._cells.keep_lesson(key, lesson)
            self._lessons[key] = lesson
        return self._lessons[key]

    def _subject_name(self, one: Specimen, count: int) -> str:
        """What a subject of some of its pictures is called in the study's library: by all that it is."""
        files = (file for shown in self._pictures(one)[:count] for file in (shown.picture, shown.mask))
        return key_of("subject", one.thing, one.attributes, [file and content_key(file) for file in files])

    def _subject(self, one: Specimen, count: int) -> Subject:
        """The subject in the study's library; of fewer pictures, its regular ones are those of all."""
        known = {subject.name: subject for subject in self._library.list()}
        name = self._subject_name(one, count)
        if name in known:
            return known[name]
        pictures = self._pictures(one)[:count]
        created = self._library.create(name, one.thing.category.value, one.attributes, pictures)
        whole = known.get(self._subject_name(one, PICTURES))
        if whole is not None and (painted := self._library.regular_folder(whole.id)).is_dir():
            self._library.work_folder(created.id)
            shutil.copytree(painted, self._library.regular_folder(created.id))
        return created

    def _taught(self, subject: Subject, settings: TeachSettings) -> Lesson:
        """Teach; timed is what follows the last regular picture, and nothing of a teaching that goes on."""
        began, whole = time.perf_counter(), False
        request = TeachRequest(subject=subject.id, seed=TEACH_SEED, settings=settings)
        taught: Taught | None = None
        for event in teach_subject(
            self.pipeline.model,
            self._library,
            request,
            SEGMENTER,
            vocabulary=VOCABULARY,
            sight=self._sight,
        ):
            match event:
                case TeachProgress():
                    self._said(f"{event.stage} {event.step} of {event.steps}")
                    if event.stage is TeachStage.REGULAR:
                        began = time.perf_counter()
                    elif event.step == 1:
                        whole = True
                case Taught():
                    taught = event
        if taught is None:
            raise RuntimeError("teaching ended without a word")
        return Lesson(subject.id, taught.version, time.perf_counter() - began if whole else None)
