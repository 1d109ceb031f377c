"""What else a client asks: words for pictures, what an insert would be, models, and how the server is."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from dreammix.protocol.asking import Asks, Done
from dreammix.protocol.attributes import MAX_ATTRIBUTES, MAX_EDIT_CHARACTERS, Attribute, Replacement
from dreammix.protocol.boxes import Box, Size
from dreammix.protocol.library import MAX_CLASS_CHARACTERS
from dreammix.protocol.payloads import MAX_SUBJECT_PICTURES, Number
from dreammix.protocol.pictures import check_canvas_size
from dreammix.protocol.profiles import Profile
from dreammix.protocol.requests import MAX_LORA_CHARACTERS, MAX_VARIANTS, InsertSettings, LoraUse, check_loras
from dreammix.protocol.rules import Id, Line, Most, Real, Text, Whole
from dreammix.protocol.shapes import Message, check_fields
from dreammix.protocol.teaching import TeachRequest
from dreammix.protocol.words import Word

MAX_SENTENCE_CHARACTERS = 400
"""Longest sentence or summary for the artist, in characters."""
MAX_LISTED_MODELS = 100
"""Most models in one list."""
MAX_LISTED_LORAS = 1000
"""Most LoRAs in one list."""
MAX_HINTS = 10
"""Most hints about a planned insert."""


@dataclass(frozen=True, slots=True)
class Ping(Asks[Done]):
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Described(Message):
    """The attributes that the pictures show."""

    attributes: Annotated[tuple[Attribute, ...], Most(MAX_ATTRIBUTES)]


@dataclass(frozen=True, slots=True)
class DescribePictures(Asks[Described]):
    """Which attributes do these pictures show? `Health` says who answers, and where.

    Attributes:
        class_word: what kind of thing they show.
        pictures: numbers of uploads; they are not used up.
    """

    uses_up: ClassVar[bool] = False

    class_word: Annotated[str, Line(MAX_CLASS_CHARACTERS)]
    pictures: Annotated[tuple[Number, ...], Most(MAX_SUBJECT_PICTURES)]

    @property
    def uploads(self) -> tuple[int, ...]:
        return self.pictures


@dataclass(frozen=True, slots=True)
class DescribeSubject(Asks[Described]):
    """Which attributes do a subject's pictures show? Nothing is changed."""

    subject: Annotated[str, Id()]


@dataclass(frozen=True, slots=True)
class Matched(Message):
    """What an edit replaces of a subject.

    Attributes:
        replacements: as far as it is known before the insert.
        open: whether the model's own text encoder has a say in it: an insert without replacements asks it.
            None: it has none.
    """

    replacements: Annotated[tuple[Replacement, ...], Most(MAX_ATTRIBUTES)]
    open: bool | None = None


@dataclass(frozen=True, slots=True)
class MatchWords(Asks[Matched]):
    """Which of the subject's attributes do these words replace?"""

    subject: Annotated[str, Id()]
    edit: Annotated[str, Text(MAX_EDIT_CHARACTERS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertPlan(Message):
    """What an insert would be.

    Attributes:
        crop: what local content generation sees, on the canvas.
        window: what global harmonisation sees, on the canvas.
        send: the part of the canvas that the insert needs: upload this.
        scale: pixels that the model paints for one of the crop's, a side; below 1 fine detail is lost.
        fits: whether there is memory for it.
        seconds: estimate from its start to its end; None while there is nothing to estimate from.
        hints: what the artist should know, one sentence each.
    """

    crop: Box
    window: Box
    send: Box
    scale: Annotated[float, Real(0.0)]
    fits: bool
    seconds: Annotated[float, Real(0.0)] | None = None
    hints: Annotated[tuple[Annotated[str, Line(MAX_SENTENCE_CHARACTERS)], ...], Most(MAX_HINTS)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInsert(Asks[InsertPlan]):
    """What would an insert be?

    Attributes:
        canvas: the document's size in pixels.
        region: the box of the selection, on the canvas.
        settings: how it would be computed.
        variants: how many results.
        model: the base model; None is the server's usual one.
        loras: as in `Insert`. Of servers with the capability `loras`.
    """

    canvas: Size
    region: Box
    settings: InsertSettings
    variants: Annotated[int, Whole(1, MAX_VARIANTS)] = 1
    model: Annotated[str, Id()] | None = None
    loras: tuple[LoraUse, ...] | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        check_canvas_size(self.canvas)
        check_loras(self.loras)


@dataclass(frozen=True, slots=True)
class TeachPlan(Message):
    """What a teaching would be.

    Attributes:
        seconds: estimate from its start to its end; None while there is nothing to estimate from.
        hints: what the artist should know, one sentence each.
    """

    seconds: Annotated[float, Real(0.0)] | None = None
    hints: Annotated[tuple[Annotated[str, Line(MAX_SENTENCE_CHARACTERS)], ...], Most(MAX_HINTS)] = ()


@dataclass(frozen=True, slots=True)
class PlanTeach(Asks[TeachPlan]):
    """How long would a teaching take, and is anything in its way?"""

    request: TeachRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo(Message):
    """A base model.

    Attributes:
        model: its name.
        summary: what to say about it, one sentence.
        installed: whether its files are here.
        loaded: whether it is ready to paint.
        licence: the terms of its weights; None: nobody has said.
        size_bytes: of its files, about; None: nobody has said.
        fetched_bytes: how much of it has come, while it is being fetched.
        fetching_bytes: how much of it there is to come together, while it is being fetched.
        drafts: whether it can paint drafts (`InsertSettings.draft`): what that needs is here.
    """

    model: Annotated[str, Id()]
    summary: Annotated[str, Line(MAX_SENTENCE_CHARACTERS)]
    installed: bool
    loaded: bool
    licence: Annotated[str, Line(MAX_SENTENCE_CHARACTERS)] | None = None
    size_bytes: Annotated[int, Whole(0)] | None = None
    fetched_bytes: Annotated[int, Whole(0)] | None = None
    fetching_bytes: Annotated[int, Whole(0)] | None = None
    drafts: bool = False


@dataclass(frozen=True, slots=True)
class Models(Message):
    """The base models that are known here."""

    models: Annotated[tuple[ModelInfo, ...], Most(MAX_LISTED_MODELS)]


@dataclass(frozen=True, slots=True)
class ListModels(Asks[Models]):
    """Which base models are there?"""


@dataclass(frozen=True, slots=True)
class ListExtras(Asks[Models]):
    """Which weights are there that paint nothing by themselves, and let models do more?

    They are fetched, checked and removed as models are. Of servers with the capability `extras`.
    """


@dataclass(frozen=True, slots=True)
class LoraInfo(Message):
    """A LoRA of other people's.

    Attributes:
        lora: its name.
        size_bytes: of its file.
    """

    lora: Annotated[str, Line(MAX_LORA_CHARACTERS)]
    size_bytes: Annotated[int, Whole(0)]


@dataclass(frozen=True, slots=True)
class Loras(Message):
    """Other people's LoRAs that an insert can name."""

    loras: Annotated[tuple[LoraInfo, ...], Most(MAX_LISTED_LORAS)]


@dataclass(frozen=True, slots=True)
class ListLoras(Asks[Loras]):
    """Which LoRAs of other people's are there? Of servers with the capability `loras`."""


class ModelOrder(Word):
    """What can be done about a model's files."""

    PULL = "pull"
    """Fetch them, and what they need, or go on with that."""
    STOP = "stop"
    """End a fetch; what has come is kept for the next."""
    VERIFY = "verify"
    """Hash them."""
    REMOVE = "remove"
    """Remove them; of an artist's own model only the name."""


@dataclass(frozen=True, slots=True)
class ManageModel(Asks[ModelInfo]):
    """Fetch, check or remove a model; answered when that is done. A fetch goes on if nobody waits for it.

    `ListModels` says how far a fetch has come.
    """

    model: Annotated[str, Id()]
    order: ModelOrder


@dataclass(frozen=True, slots=True)
class LoadModel(Asks[ModelInfo]):
    """Make a base model ready, and the server's usual one from now on; answered when it is."""

    model: Annotated[str, Id()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health(Message):
    """How the server is.

    Attributes:
        device: what computes, such as `cpu`; several with a comma.
        model: the base model that is loaded.
        disk_free_bytes: where library and results are kept.
        memory_bytes: what the server and its workers hold of the machine's memory.
        memory_free_bytes: what the machine has left.
        device_free_bytes: what the first device has left of the memory that it computes in, when it was last
            looked at; None where it was not yet.
        profile: how the loaded model lies in that memory; None where none is loaded.
        chosen_profile: how models are to lie there, as somebody has chosen; None: the first that has room.
        jobs_waiting: jobs in the queue, of everybody.
        jobs_running: jobs being computed, of everybody.
        uptime_seconds: since the server's start.
        describer: who describes pictures, such as `this computer` or a service's host.
        describer_remote: whether pictures leave this computer to be described.
    """

    device: Annotated[str, Line(MAX_SENTENCE_CHARACTERS)] | None = None
    model: Annotated[str, Id()] | None = None
    disk_free_bytes: Annotated[int, Whole(0)]
    memory_bytes: Annotated[int, Whole(0)]
    memory_free_bytes: Annotated[int, Whole(0)]
    device_free_bytes: Annotated[int, Whole(0)] | None = None
    profile: Profile | None = None
    chosen_profile: Profile | None = None
    jobs_waiting: Annotated[int, Whole(0)]
    jobs_running: Annotated[int, Whole(0)]
    uptime_seconds: Annotated[float, Real(0.0)]
    describer: Annotated[str, Line(MAX_SENTENCE_CHARACTERS)]
    describer_remote: bool


@dataclass(frozen=True, slots=True)
class GetHealth(Asks[Health]):
    """How are you?"""


@dataclass(frozen=True, slots=True)
class ChooseProfile(Asks[Health]):
    """Have models lie in the device's memory so from now on; answered when the loaded one does.

    Of servers with the capability `profiles`. A lesson that cannot be taught in it takes the first that has
    room.

    Attributes:
        profile: how; None: the first that has room.
    """

    profile: Profile | None = None
