"""How a subject is taught and what teaching reports: frozen, and checked when it is made."""

from dataclasses import dataclass
from typing import TypeAlias

from dreammix.protocol.attributes import MAX_SUBJECT_ID_CHARACTERS, check_line
from dreammix.protocol.checks import check_instance, check_member, check_real, check_text, check_whole
from dreammix.protocol.errors import InvalidEvent, InvalidRequest
from dreammix.protocol.pictures import Picture
from dreammix.protocol.requests import MAX_SEED
from dreammix.protocol.words import Word

MAX_TEACH_STEPS = 100_000
"""Most steps of one teaching."""
MAX_TEACH_BATCH = 64
"""Most pictures that one step looks at, of each kind."""
MAX_RATE = 1.0
"""Largest learning rate."""
MAX_RANK = 128
"""Largest rank of what is learned."""
MAX_LOSS_WEIGHT = 100.0
"""Largest weight of a part of the loss."""
MAX_REGULAR_PICTURES = 1000
"""Most regular pictures."""
MAX_SAMPLES = 100
"""Most sample pictures of one teaching."""
MAX_SKIPPED_CHARACTERS = 1000
"""Longest reason why a picture was skipped, with its prompt, in characters."""


class TeachStage(Word):
    """The two stages of teaching, in the words that the artist reads."""

    REGULAR = "regular pictures"
    TEACHING = "teaching"


class RegularKind(Word):
    """What the regular pictures D_r show, and under which words they are learned."""

    ATTRIBUTES = "attributes"
    """Attribute decoupling (Sec. 3.3): the class in combinations of attributes, learned with the token."""
    DESCRIBED = "described"
    """The same, but learned under what a CLIP sees in each: a base does not always paint what it is told to,
    and chooses by itself what it is not told."""
    CLASS = "class"
    """DreamBooth's: the class alone, learned without the token."""


class Mixing(Word):
    """How the subject's pictures and the regular ones share the steps."""

    JOINT = "joint"
    """Eq. 8: every step sees both, the regular ones with the weight beta."""
    SAMPLED = "sampled"
    """The authors' code: a step sees either, regular pictures with the probability `regular_share`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachSettings:
    """How a subject is taught. What is not given is as in the paper.

    Attributes:
        steps: optimiser steps, 1 to `MAX_TEACH_STEPS`.
        batch: pictures of the subject that a step looks at, 1 to `MAX_TEACH_BATCH`.
        rate: Adam's learning rate, above 0, up to `MAX_RATE`.
        rank: of the low-rank change to W_k and W_v, 1 to `MAX_RANK`; alpha is the rank.
        inside, outside: tau1 and tau2 of Eq. 7, weights of the squared error inside and outside of the mask.
        squared: whether those weights are squared, as in the authors' code.
        crops: share of the pictures that are seen as LCG sees them, 0 to 1; the others are whole.
        regular: what the regular pictures show, and under which words they are learned.
        regular_pictures: how many of them are made, 0 to `MAX_REGULAR_PICTURES`; 0: the subject alone.
        regular_batch: how many of them a step looks at, 1 to `MAX_TEACH_BATCH`.
        regular_weight: beta of Eq. 8.
        mixing: how both kinds share the steps.
        regular_share: probability of a regular step, 0 to 1; only `Mixing.SAMPLED` uses it.
        samples: how many sample pictures are painted on the way, 0 to `MAX_SAMPLES`.
    """

    steps: int = 1000
    batch: int = 1
    rate: float = 1e-4
    rank: int = 4
    inside: float = 1.5
    outside: float = 0.7
    squared: bool = False
    crops: float = 0.5
    regular: RegularKind = RegularKind.ATTRIBUTES
    regular_pictures: int = 30
    regular_batch: int = 1
    regular_weight: float = 0.4
    mixing: Mixing = Mixing.JOINT
    regular_share: float = 0.3
    samples: int = 4

    def __post_init__(self) -> None:
        check_whole("The number of steps", self.steps, 1, MAX_TEACH_STEPS)
        check_whole("The batch", self.batch, 1, MAX_TEACH_BATCH)
        check_real("The learning rate", self.rate, 0.0, MAX_RATE)
        check_whole("The rank", self.rank, 1, MAX_RANK)
        check_real("The weight inside of the mask", self.inside, 0.0, MAX_LOSS_WEIGHT)
        check_real("The weight outside of the mask", self.outside, 0.0, MAX_LOSS_WEIGHT)
        check_instance("Whether weights are squared", self.squared, bool)
        check_real("The share of crops", self.crops, 0.0, 1.0)
        check_member("The kind of regular pictures", self.regular, RegularKind)
        check_whole("The number of regular pictures", self.regular_pictures, 0, MAX_REGULAR_PICTURES)
        check_whole("The regular batch", self.regular_batch, 1, MAX_TEACH_BATCH)
        check_real("The weight of regular pictures", self.regular_weight, 0.0, MAX_LOSS_WEIGHT)
        check_member("The mixing", self.mixing, Mixing)
        check_real("The share of regular steps", self.regular_share, 0.0, 1.0)
        check_whole("The number of samples", self.samples, 0, MAX_SAMPLES)
        if self.rate == 0:
            raise InvalidRequest("The learning rate is 0", "nothing would be learned", "Give a larger one")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachRequest:
    """Teach the model one of the artist's subjects.

    Attributes:
        subject: its id in the library.
        seed: 0 to `MAX_SEED`.
        settings: how; None: as the model is usually taught.
    """

    subject: str
    seed: int = 0
    settings: TeachSettings | None = None

    def __post_init__(self) -> None:
        check_line("The subject's id", self.subject, MAX_SUBJECT_ID_CHARACTERS)
        check_whole("The seed", self.seed, 0, MAX_SEED)
        if self.settings is not None:
            check_instance("The settings", self.settings, TeachSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachProgress:
    """A regular picture or a step is done.

    Attributes:
        stage: what it belongs to.
        step: how many are done, 1 to `steps`.
        steps: all of this stage.
        loss: of this step; None for regular pictures.
        seconds_left: estimate for this stage, in seconds; None while there is nothing to estimate from.
    """

    stage: TeachStage
    step: int
    steps: int
    loss: float | None = None
    seconds_left: float | None = None

    def __post_init__(self) -> None:
        check_member("The stage", self.stage, TeachStage, InvalidEvent)
        check_whole("The number of steps", self.steps, 1, None, InvalidEvent)
        check_whole("The step", self.step, 1, self.steps, InvalidEvent)
        if self.loss is not None:
            check_real("The loss", self.loss, 0.0, None, InvalidEvent)
        if self.seconds_left is not None:
            check_real("The time left (seconds)", self.seconds_left, 0.0, None, InvalidEvent)


@dataclass(frozen=True, slots=True)
class TeachSample:
    """What the model paints of the subject by now.

    Attributes:
        step: how many steps were done, from 1.
        picture: RGBA8, of the model's native size.
    """

    step: int
    picture: Picture

    def __post_init__(self) -> None:
        check_whole("The step", self.step, 1, None, InvalidEvent)
        check_instance("The sample", self.picture, Picture, InvalidEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """The subject is taught.

    Attributes:
        subject: its id in the library.
        version: the number of what was learned, in the subject.
        loss: the average over the last steps.
        skipped: the regular pictures that were of no use, each as its prompt and the reason.
    """

    subject: str
    version: int
    loss: float
    skipped: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_text("The subject's id", self.subject, MAX_SUBJECT_ID_CHARACTERS, InvalidEvent)
        check_whole("The version", self.version, 1, None, InvalidEvent)
        check_real("The loss", self.loss, 0.0, None, InvalidEvent)
        for reason in self.skipped:
            check_text("A reason", reason, MAX_SKIPPED_CHARACTERS, InvalidEvent)


TeachEvent: TypeAlias = TeachProgress | TeachSample | Taught
"""Everything that teaching reports."""
