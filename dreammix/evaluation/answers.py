"""What the pipeline makes of the cases, with one choice of settings beside another, and how good it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from dreammix.evaluation.cases import Case
from dreammix.evaluation.judge import Judge, Verdict
from dreammix.evaluation.pictures import ring_error, seam
from dreammix.geometry import Units, to_array, to_bytes, to_picture, to_units
from dreammix.pipeline import Pipeline, composite
from dreammix.protocol import Harmonisation, InsertRequest, InsertSettings, Result

HARD_EDGE = InsertSettings(feather=0)
"""The product's default but for the feather, which would hide the edge that is measured."""
UNSETTLED = replace(HARD_EDGE, settle=0.0, matte=0.0)
"""The same, with all that the model painted, as it painted it."""
LOCAL_ONLY = replace(UNSETTLED, local_share=1.0)
PAPERS = replace(UNSETTLED, harmonisation=Harmonisation.WHOLE, detail=0.0)
"""The paper's own: GCH sees the whole canvas, no detail is carried over."""
GLOBAL_ONLY = replace(PAPERS, local_share=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One of the ways that are compared."""

    name: str
    settings: InsertSettings


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Answer:
    """What came of one case.

    Attributes:
        case: the question.
        picture: (H, W, 3), the scene with the result.
        verdict: what the judge sees in the region.
        seam, ring: see `dreammix.evaluation.pictures`, in levels.
    """

    case: Case
    picture: Units
    verdict: Verdict
    seam: float
    ring: float

    @property
    def right_category(self) -> bool:
        """Whether what was asked for is there."""
        return self.verdict.right_category(self.case.thing)

    @property
    def right_colour(self) -> bool:
        """Whether an object is there, in the colour that was asked for."""
        return self.verdict.right_colour(self.case.thing)


def request_of(case: Case, settings: InsertSettings) -> InsertRequest:
    """The insert that a case asks for."""
    return InsertRequest(
        scene=to_picture(to_bytes(case.scene)),
        mask=to_picture(to_bytes(case.region)),
        prompt=case.prompt,
        seed=case.seed,
        settings=settings,
    )


def insert(pipeline: Pipeline, case: Case, settings: InsertSettings) -> Units:
    """The scene with the result, (H, W, 3)."""
    request = request_of(case, settings)
    (result,) = (event for event in pipeline.insert(request) if isinstance(event, Result))
    return to_units(to_array(composite(request.scene, result))[..., :3])


def answer_all(
    pipeline: Pipeline,
    judge: Judge,
    questions: Iterable[Case],
    arms: Sequence[Arm],
    said: Callable[[str], None],
) -> dict[str, list[Answer]]:
    """Answer every case in every arm.

    Args:
        said: told, in a few words, what is being done.

    Returns:
        by the arm's name, one answer a case.
    """
    answers: dict[str, list[Answer]] = {arm.name: [] for arm in arms}
    for number, case in enumerate(questions, start=1):
        for arm in arms:
            said(f"case {number}, {arm.name}")
            answers[arm.name].append(measured(judge, case, insert(pipeline, case, arm.settings)))
    return answers


def measured(judge: Judge, case: Case, picture: Units) -> Answer:
    """How good a picture is as an answer to a case."""
    return Answer(
        case=case,
        picture=picture,
        verdict=judge.verdicts([picture], [case.region])[0],
        seam=seam(picture, case.truth, case.region, case.subject),
        ring=ring_error(picture, case.truth, case.region, case.subject),
    )
