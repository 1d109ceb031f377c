"""What an artist may ask for: frozen, and checked when it is made (else `InvalidRequest` or one below it)."""

from dataclasses import dataclass, field, replace

from dreammix.protocol.attributes import SubjectUse, check_line
from dreammix.protocol.checks import check_instance, check_member, check_real, check_text, check_whole
from dreammix.protocol.errors import InvalidMask, InvalidPicture, InvalidRequest
from dreammix.protocol.pictures import Picture, SampleFormat
from dreammix.protocol.words import Word

MAX_STEPS = 1000
"""Most denoising steps of both stages together: as many as the models have training timesteps."""
DRAFT_STEPS = 8
"""How many steps the LoRA for drafts was made for."""
MAX_DRAFT_STEPS = 32
"""Most steps of a draft: with as many it has nothing to gain."""
MIN_GUIDANCE = 1.0
MAX_GUIDANCE = 30.0
"""Range of the classifier-free guidance weight; 1 is no guidance."""
MAX_FEATHER_PX = 256
"""Widest feather, in canvas pixels."""
MIN_WINDOW_RATIO = 1.0
MAX_WINDOW_RATIO = 16.0
"""Range of the side of GCH's window over the side of LCG's crop."""
MAX_VARIANTS = 8
"""Most results of one request."""
MAX_SEED = 2**63 - 1
"""Largest seed."""
MAX_PROMPT_CHARACTERS = 4000
"""Longest prompt, in characters."""
MAX_LORAS = 8
"""Most of other people's LoRAs that are worn at once."""
MAX_LORA_WEIGHT = 10.0
"""Largest weight of one, upwards and downwards; 1 is as it was taught."""
MAX_LORA_CHARACTERS = 120
"""Longest name of one, in characters."""


class Harmonisation(Word):
    """What global context harmonisation (GCH) sees."""

    WINDOW = "window"
    """A window around the region, a little larger than LCG's crop: the product's default."""
    WHOLE = "whole"
    """The whole canvas, as in the paper."""


class Solver(Word):
    """The scheduler that takes the denoising steps."""

    EULER = "euler"
    DPMPP_2M = "dpm++2m"
    DPMPP_2M_SDE = "dpm++2m-sde"


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertSettings:
    """How an insert is computed.

    Attributes:
        steps: denoising steps of both stages together, 1 to `MAX_STEPS`.
        local_share: lambda of the paper's Sec. 3.2, 0 to 1: local content generation (LCG) takes the first
            `local_share * steps` steps. 1 is LCG only, 0 is GCH only.
        guidance: weight of classifier-free guidance, `MIN_GUIDANCE` to `MAX_GUIDANCE`.
        feather: width of the soft edge in canvas pixels, inward of the mask's edge, 0 to `MAX_FEATHER_PX`.
        solver: the scheduler of both stages.
        harmonisation: what GCH sees.
        window_ratio: side of GCH's window over the side of LCG's crop, `MIN_WINDOW_RATIO` to
            `MAX_WINDOW_RATIO`; only `Harmonisation.WINDOW` uses it.
        detail: share of LCG's fine detail that is carried over into GCH's result, 0 to 1.
        settle: how much of the step in colour at the region's edge is taken out of the result, 0 to 1.
        matte: how much of the ground around what was painted stays the scene's own, 0 to 1. 1 keeps the
            thing that the words ask for and lets go of the rest; 0 keeps all that was painted, as the paper
            does, which is what replaces a thing that stands in the region.
        draft: whether the model wears the LoRA for few steps, which has to be installed (`hyper-sdxl`), and
            goes through the noise levels that it was made for. It keeps guidance; `drafted` says how it is
            meant to be used. Then at most `MAX_DRAFT_STEPS` steps.
    """

    steps: int = 30
    local_share: float = 0.7
    guidance: float = 4.0
    feather: int = 8
    solver: Solver = Solver.DPMPP_2M_SDE
    harmonisation: Harmonisation = Harmonisation.WINDOW
    window_ratio: float = 1.6
    detail: float = 1.0
    settle: float = 1.0
    matte: float = 1.0
    draft: bool = False

    def __post_init__(self) -> None:
        check_instance("The choice of a draft", self.draft, bool)
        check_whole("The number of steps", self.steps, 1, MAX_DRAFT_STEPS if self.draft else MAX_STEPS)
        check_real("The share of local content generation", self.local_share, 0.0, 1.0)
        check_real("The guidance", self.guidance, MIN_GUIDANCE, MAX_GUIDANCE)
        check_whole("The feather (pixels)", self.feather, 0, MAX_FEATHER_PX)
        check_member("The solver", self.solver, Solver)
        check_member("The harmonisation", self.harmonisation, Harmonisation)
        check_real("The window ratio", self.window_ratio, MIN_WINDOW_RATIO, MAX_WINDOW_RATIO)
        check_real("The share of detail carried over", self.detail, 0.0, 1.0)
        check_real("The share of settling", self.settle, 0.0, 1.0)
        check_real("The share of the matte", self.matte, 0.0, 1.0)


def drafted(settings: InsertSettings) -> InsertSettings:
    """The same as a draft: as many steps, of the solver, as its LoRA was made for."""
    return replace(settings, steps=DRAFT_STEPS, solver=Solver.EULER, draft=True)


@dataclass(frozen=True, slots=True)
class LoraUse:
    """Somebody's LoRA, such as one for a style, that the model wears besides a subject's.

    Attributes:
        lora: its name, as it lies where the models are: a file's, without its ending.
        weight: how much of it, -`MAX_LORA_WEIGHT` to `MAX_LORA_WEIGHT`.
    """

    lora: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        check_line("The name of a LoRA", self.lora, MAX_LORA_CHARACTERS)
        check_real("The weight of a LoRA", self.weight, -MAX_LORA_WEIGHT, MAX_LORA_WEIGHT)


def check_loras(loras: tuple[LoraUse, ...] | None) -> None:
    """Reject more than `MAX_LORAS`, one that is named twice, and what is none. Raises InvalidRequest."""
    for lora in loras or ():
        check_instance("A LoRA", lora, LoraUse)
    named = [lora.lora for lora in loras or ()]
    if len(named) > MAX_LORAS or len(set(named)) < len(named):
        raise InvalidRequest(
            f"There are {len(named)} LoRAs",
            f"at most {MAX_LORAS} are worn at once, each of them once",
            "Keep those that matter most",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertWish:
    """Everything that an insert is asked for but its pictures.

    Attributes:
        prompt: what to paint, at most `MAX_PROMPT_CHARACTERS`; may be empty (the model then continues the
            scene).
        negative_prompt: what guidance leads away from.
        subject: whose likeness to paint; the prompt then says what else to paint (most often nothing).
        seed: 0 to `MAX_SEED`.
        variants: how many results, 1 to `MAX_VARIANTS`.
        settings: how it is computed.
        loras: other people's LoRAs to paint with, at most `MAX_LORAS`; None: none.
    """

    prompt: str
    negative_prompt: str = ""
    subject: SubjectUse | None = None
    seed: int = 0
    variants: int = 1
    settings: InsertSettings = field(default_factory=InsertSettings)
    loras: tuple[LoraUse, ...] | None = None

    def __post_init__(self) -> None:
        check_text("The prompt", self.prompt, MAX_PROMPT_CHARACTERS)
        check_text("The negative prompt", self.negative_prompt, MAX_PROMPT_CHARACTERS)
        if self.subject is not None:
            check_instance("The subject", self.subject, SubjectUse)
        check_whole("The seed", self.seed, 0, MAX_SEED)
        check_whole("The number of variants", self.variants, 1, MAX_VARIANTS)
        check_instance("The settings", self.settings, InsertSettings)
        check_loras(self.loras)

    @property
    def seeds(self) -> tuple[int, ...]:
        """One seed a variant: counted up from `seed`, so that each can be asked for again on its own."""
        return tuple((self.seed + variant) % (MAX_SEED + 1) for variant in range(self.variants))


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertRequest(InsertWish):
    """Paint what is wished for into the masked region of a scene.

    Attributes:
        scene: the picture to paint into, RGBA8.
        mask: where to paint, GRAY8, of the scene's size: 0 is outside, 255 is fully inside. Not empty.
    """

    scene: Picture
    mask: Picture

    def __post_init__(self) -> None:
        check_instance("The scene", self.scene, Picture)
        check_instance("The mask", self.mask, Picture)
        InsertWish.__post_init__(self)
        if self.scene.format is not SampleFormat.RGBA8:
            raise InvalidPicture(
                f"The scene's pixels are {self.scene.format}",
                "they must be rgba8",
                "Convert it to RGBA, 8 bits",
            )
        self._check_mask()

    def _check_mask(self) -> None:
        if self.mask.format is not SampleFormat.GRAY8:
            raise InvalidMask(
                f"The mask's pixels are {self.mask.format}",
                "they must be gray8",
                "Convert it to greyscale, 8 bits",
            )
        if self.mask.size != self.scene.size:
            raise InvalidMask(
                f"The mask has {self.mask.size.width} x {self.mask.size.height} pixels",
                f"the scene has {self.scene.size.width} x {self.scene.size.height}",
                "Make a mask of the scene's size",
            )
        if self.mask.data == bytes(len(self.mask.data)):
            raise InvalidMask(
                "The mask is empty", "no pixel of it is selected", "Select the region to paint in"
            )
