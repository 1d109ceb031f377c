"""What a job reports back: a closed set, frozen, and checked when it is made (else `InvalidEvent`)."""

from dataclasses import dataclass
from typing import TypeAlias

from dreammix.protocol.attributes import Replacement
from dreammix.protocol.boxes import Box
from dreammix.protocol.checks import check_instance, check_member, check_real, check_whole
from dreammix.protocol.errors import InvalidEvent
from dreammix.protocol.pictures import Picture, SampleFormat
from dreammix.protocol.requests import MAX_SEED
from dreammix.protocol.words import Word


class Stage(Word):
    """The two stages of an insert, in the words that the artist reads."""

    LOCAL = "local content"
    GLOBAL = "global harmonisation"


@dataclass(frozen=True, slots=True)
class Progress:
    """One denoising step is done.

    Attributes:
        stage: the stage that the step belongs to.
        step: steps done in this stage, 1 to `steps`.
        steps: all steps of this stage.
        seconds_left: estimate for the whole job, in seconds; None while there is nothing to estimate from.
    """

    stage: Stage
    step: int
    steps: int
    seconds_left: float | None

    def __post_init__(self) -> None:
        check_member("The stage", self.stage, Stage, InvalidEvent)
        check_whole("The number of steps", self.steps, 1, None, InvalidEvent)
        check_whole("The step", self.step, 1, self.steps, InvalidEvent)
        if self.seconds_left is not None:
            check_real("The time left (seconds)", self.seconds_left, 0.0, None, InvalidEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What one variant looks like so far.

    Attributes:
        stage: the stage that it was seen in.
        step: the step of that stage, from 1.
        variant: which variant, from 0.
        box: its place on the canvas.
        picture: RGBA8, of any size: to be scaled into the box.
    """

    stage: Stage
    step: int
    variant: int
    box: Box
    picture: Picture

    def __post_init__(self) -> None:
        check_member("The stage", self.stage, Stage, InvalidEvent)
        check_whole("The step", self.step, 1, None, InvalidEvent)
        check_whole("The variant", self.variant, 0, None, InvalidEvent)
        check_instance("The place of a preview", self.box, Box, InvalidEvent)
        _check_rgba("The preview", self.picture)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One variant is finished.

    Attributes:
        variant: which variant, from 0.
        seed: the seed that gives this variant again.
        box: its place on the canvas.
        layer: RGBA8, of the box's size: the generated pixels, unblended; alpha is the feather, 0 outside
            the mask.
        replaced: what the edit replaced in the subject.
    """

    variant: int
    seed: int
    box: Box
    layer: Picture
    replaced: tuple[Replacement, ...] = ()

    def __post_init__(self) -> None:
        check_whole("The variant", self.variant, 0, None, InvalidEvent)
        check_whole("The seed", self.seed, 0, MAX_SEED, InvalidEvent)
        check_instance("The place of a result", self.box, Box, InvalidEvent)
        for replacement in self.replaced:
            check_instance("What was replaced", replacement, Replacement, InvalidEvent)
        _check_rgba("The layer", self.layer)
        if self.layer.size != self.box.size:
            raise InvalidEvent(
                f"The layer has {self.layer.size.width} x {self.layer.size.height} pixels",
                f"its place has {self.box.width} x {self.box.height}",
                "Report this as a defect",
            )


Event: TypeAlias = Progress | Preview | Result
"""Everything that an insert reports."""


def _check_rgba(name: str, picture: object) -> None:
    check_instance(name, picture, Picture, InvalidEvent)
    if isinstance(picture, Picture) and picture.format is not SampleFormat.RGBA8:
        raise InvalidEvent(
            f"{name} has pixels of {picture.format}", "they must be rgba8", "Report this as a defect"
        )
