"""Which base models there are, what each is, where it comes from and under which terms, and where it lies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dreammix.files import write_whole
from dreammix.files.durable import make_folder
from dreammix.fooocus.weights import HUB_REPOSITORY, PROVENANCE_FILE, PUBLISHED
from dreammix.models.manifest import MANIFEST
from dreammix.models.recognise import SINGLE_FILE
from dreammix.models.unlisted import FOOOCUS
from dreammix.protocol import InvalidRequest, ModelDamaged, ModelNotFound
from dreammix.protocol.places import models_folder, own_models_folder

ADDED_FILE: Final = "added.json"
"""In the folder of models: names that an artist has given to models that lie elsewhere, and their paths."""
OPENRAIL: Final = "CreativeML Open RAIL++-M"
OTHERS: Final = "as its authors say"
"""The licence of a model that the artist brought."""
MAX_NAME_CHARACTERS: Final = 64
_NAME: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_NAME_CHARACTERS}}}")
OWN: Final = "own"
"""What an own model is called whose file's name has nothing that can travel."""
_UNNAMEABLE: Final = re.compile(r"[^A-Za-z0-9_-]")
"""What a file's name may have and a model's may not, as it has to travel."""
_SAFETENSORS: Final = ".safetensors"
_HALF_FOLDER: Final = (
    "model_index.json",
    "scheduler/scheduler_config.json",
    "tokenizer/*",
    "tokenizer_2/*",
    "text_encoder/config.json",
    "text_encoder/model.fp16.safetensors",
    "text_encoder_2/config.json",
    "text_encoder_2/model.fp16.safetensors",
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "vae/config.json",
    "vae/diffusion_pytorch_model.fp16.safetensors",
)
"""What is needed of an SDXL in diffusers' folders, in half precision."""
_SDXL_HALF: Final = {
    "text_encoder/model.fp16.safetensors": "660c6f5b1abae9dc498ac2d21e1347d2abdb0cf6c0c0c8576cd796491d9a6cdd",
    "text_encoder_2/model.fp16.safetensors": (
        "ec310df2af79c318e24d20511b601a591ca8cd4f1fce1d8dff822a356bcdb1f4"
    ),
    "unet/diffusion_pytorch_model.fp16.safetensors": (
        "83e012a805b84c7ca28e5646747c90a243c65c8ba4f070e2d7ddc9d74661e139"
    ),
    "vae/diffusion_pytorch_model.fp16.safetensors": (
        "bcb60880a46b63dea58e9bc591abe15f8350bde47b405f9c38f4be70c6161e68"
    ),
}
"""SDXL 1.0's weights as many other projects pin them."""


DRAFTS: Final = "hyper-sdxl"
"""The name of what drafts are painted with."""
DRAFT_FILE: Final = "Hyper-SDXL-8steps-CFG-lora.safetensors"
"""It alone of its repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a model is published.

    Attributes:
        repository: on the hub, `owner/name`.
        patterns: which of its files are wanted, as glob patterns.
        sha256: what other projects publish of their contents. None of it was computed here: it is checked on
            first contact, when the hub lists the files, and again when they have come. What is not in it is
            what the hub says then, which is written down beside the files (`ORIGIN`, the manifest).
    """

    repository: str
    patterns: tuple[str, ...]
    sha256: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A model with a name.

    Attributes:
        name: what it is asked for by.
        summary: what to say about it.
        licence: the terms of its weights.
        size_bytes: of its files, about, where it is not here yet; for a fetch the hub's list is what counts.
        source: where it comes from; None: it is built in, or the artist's own.
        place: where it lies, if not among the installed models.
        complete: the file without which it is not whole; None: it is a single file, or others' folder.
        paints: whether it is a base model; else it is something that others need.
        needs: names of what it cannot paint into pictures without.
    """

    name: str
    summary: str
    licence: str
    size_bytes: int
    source: Source | None = None
    place: Path | None = None
    complete: str | None = MANIFEST
    paints: bool = True
    needs: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder (or the artist's own single file) that it is, or would be, in."""
        return self.place or models_folder() / self.name

    @property
    def built_in(self) -> bool:
        """Whether it comes with the program; all others are SDXLs, or what SDXLs need."""
        return self.source is None and self.complete is not None

    @property
    def installed(self) -> bool:
        """Whether its folder is there; whether it is sound shows when it is loaded."""
        return self.folder.exists() if self.complete is None else (self.folder / self.complete).is_file()


KNOWN_MODELS: Final = (
    KnownModel(
        name="sandbox",
        summary="built in; paints the simple objects of its own small world, no stand-in for a large model",
        licence="GPL-3.0-or-later, as this program",
        size_bytes=25_000_000,
        place=Path(__file__).parents[1] / "sandbox" / "weights",
    ),
    KnownModel(
        name="sdxl",
        summary="Stable Diffusion XL 1.0; paints into pictures with Fooocus' weights (`fooocus`) beside it",
        licence=OPENRAIL,
        size_bytes=6_940_000_000,
        source=Source(
            repository="stabilityai/stable-diffusion-xl-base-1.0", patterns=_HALF_FOLDER, sha256=_SDXL_HALF
        ),
        needs=(FOOOCUS,),
    ),
    KnownModel(
        name="sdxl-inpainting",
        summary="SDXL-Inpainting 0.1; paints into pictures by itself",
        licence=OPENRAIL,
        size_bytes=6_940_000_000,
        source=Source(repository="diffusers/stable-diffusion-xl-1.0-inpainting-0.1", patterns=_HALF_FOLDER),
    ),
    KnownModel(
        name=FOOOCUS,
        summary="Fooocus' inpainting weights: no model, but what makes an inpainting model of any SDXL",
        licence="none is stated where they are published; Fooocus itself is GPL-3.0",
        size_bytes=1_320_000_000,
        source=Source(
            repository=HUB_REPOSITORY,
            patterns=(PUBLISHED.head.name, PUBLISHED.patch.name),
            sha256={source.name: source.sha256 for source in (PUBLISHED.head, PUBLISHED.patch)},
        ),
        complete=PROVENANCE_FILE,
        paints=False,
    ),
    KnownModel(
        name=DRAFTS,
        summary="Hyper-SDXL's LoRA for 8 steps with guidance: no model, but what any SDXL paints drafts with",
        licence=OPENRAIL,
        size_bytes=787_359_648,
        source=Source(
            repository="ByteDance/Hyper-SD",
            patterns=(DRAFT_FILE,),
            sha256={DRAFT_FILE: "55b51334c85061afff5eff7c550b61963c8b8607a5868bbe4f26db49374719b1"},
        ),
        paints=False,
    ),
)


def models() -> tuple[KnownModel, ...]:
    """The published ones, those that the artist added, and what lies in the folder of own models.

    Whoever comes first has the name. Raises ModelDamaged: the list of added ones makes no sense.
    """
    known = {model.name: model for model in KNOWN_MODELS}
    for name, place in _added().items():
        known.setdefault(name, _brought(name, place, f"added from {place}"))
    for name, place in _laid_in():
        known.setdefault(name, _brought(name, place, f"{place.name} in the folder of own models"))
    return tuple(known.values())


def named(name: str) -> KnownModel:
    """The model of that name. Raises ModelNotFound."""
    for model in models():
        if model.name == name:
            return model
    raise ModelNotFound(
        f"There is no model {name}",
        f"there are {', '.join(model.name for model in models())}",
        "Choose one of them, or add yours: `dreammix models add`",
    )


def draft_file() -> Path | None:
    """What drafts are painted with; None: it is not installed."""
    there = (model for model in KNOWN_MODELS if model.name == DRAFTS and model.installed)
    return next((model.folder / DRAFT_FILE for model in there), None)


def find(name_or_folder: str) -> Path:
    """The folder of a known model, or the given folder or single file itself. Raises ModelNotFound."""
    for model in models():
        if model.name == name_or_folder:
            if not model.installed:
                raise ModelNotFound(
                    f"The model {model.name} is not installed",
                    f"{model.folder} is not there, or is not whole",
                    "Install DreamMix again"
                    if model.source is None
                    else f"Get it: `dreammix models pull {model.name}`",
                )
            return model.folder
    folder = Path(name_or_folder)
    if not ((folder / MANIFEST).is_file() or (folder / "unet").is_dir() or folder.is_file()):
        names = ", ".join(model.name for model in models())
        raise ModelNotFound(
            f"There is no model {name_or_folder}",
            f"it is neither a known name ({names}) nor a folder with a {MANIFEST} or a U-Net, nor a file",
            "Run `dreammix models` to see which there are",
        )
    return folder


def add(name: str, place: Path) -> KnownModel:
    """Give a name to a model that lies somewhere else; its files stay where they are.

    Raises:
        InvalidRequest: the name is taken, or is none.
        StorageFull, OutputFailure: the list cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise InvalidRequest(
            f"{name!r} is no name for a model",
            f"names are at most {MAX_NAME_CHARACTERS} letters of English, digits and -_",
            "Choose another: --name",
        )
    if any(model.name == name for model in models()):
        raise InvalidRequest(
            f"There is a model {name} already", "names are for one model each", "Choose another: --name"
        )
    _keep({**_added(), name: place.absolute()})
    return named(name)


def forget(name: str) -> None:
    """Take a model that the artist added off the list; its files stay.

    Raises:
        InvalidRequest: it was not added: it lies in the folder of own models.
        StorageFull, OutputFailure: the list cannot be written.
    """
    added = dict(_added())
    if added.pop(name, None) is None:
        raise InvalidRequest(
            f"{name} cannot be removed from here",
            "it lies in the folder of own models, and is yours alone to move or delete",
            f"Take it out of {own_models_folder()}",
        )
    _keep(added)


def _brought(name: str, place: Path, summary: str) -> KnownModel:
    return KnownModel(name=name, summary=summary, licence=OTHERS, size_bytes=0, place=place, complete=None)


def _laid_in() -> Iterator[tuple[str, Path]]:
    """What looks like a model in the folder of own ones, by name; whether it is one shows when it is read.

    A name is the file's, with `_` for what cannot travel: `sd_xl_base_1.0.safetensors` is `sd_xl_base_1_0`.
    """
    try:
        places = sorted(own_models_folder().iterdir())
    except OSError:
        return
    for place in places:
        called = place.stem if place.suffix == _SAFETENSORS else place.name
        if _looks_like_one(place):
            yield _UNNAMEABLE.sub("_", called).lstrip("_-")[:MAX_NAME_CHARACTERS] or OWN, place


def _looks_like_one(place: Path) -> bool:
    try:
        if place.is_dir():
            return any((place / sign).exists() for sign in (MANIFEST, SINGLE_FILE, "unet"))
        return place.suffix == _SAFETENSORS and place.is_file()
    except OSError:
        return False


def _added() -> Mapping[str, Path]:
    path = models_folder() / ADDED_FILE
    try:
        content = json.loads(path.read_bytes())
        return {str(name): Path(place) for name, place in content.items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelDamaged(
            "The list of your own models cannot be read", f"{path}: {error}", "Remove it, and add them again"
        ) from error


def _keep(added: Mapping[str, Path]) -> None:
    make_folder(models_folder())
    content = json.dumps({name: str(place) for name, place in added.items()}, indent=1)
    write_whole({models_folder() / ADDED_FILE: content.encode()})
