"""Small random models as if they were SDXL and what it needs: on a hub of this machine, and on the list.

The list of known models is the real one but for the hashes, and for the manifest that stands beside the small
model: it says that its pictures are small. `serve` starts the real server with that list, `load` is what its
workers load with: the real one, after the same list was put in place.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from dreammix.files import sha256_of
from dreammix.fooocus import original_name
from dreammix.models import registry, write_manifest
from dreammix.models.manifest import MANIFEST
from dreammix.models.registry import DRAFT_FILE, DRAFTS, KnownModel
from dreammix.models.unlisted import FOOOCUS, SDXL_MULTIPLE
from dreammix.protocol import Profile, TeachSettings
from tests.models.small_hub import SmallHub

PLACE_VARIABLE: Final = "DREAMMIX_TESTS_PUBLISHED"
"""Tells processes that a test starts where what is published lies."""
_TEACHING: Final = TeachSettings(rate=1e-1, rank=2, regular_pictures=0, samples=0)
"""How the small model is usually taught: longer than any test waits for."""
SDXL: Final = "sdxl"
INPAINTING: Final = "sdxl-inpainting"
NAMES: Final = (SDXL, INPAINTING, FOOOCUS, DRAFTS)
_WORN: Final = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
"""What the drafts' LoRA changes."""
_RANK: Final = 16
"""Makes a file that is large enough to be listed with its SHA-256."""


def publish(place: Path) -> None:
    """Make the repositories of both SDXLs, Fooocus' weights and the drafts' LoRA in folders of their own."""
    import torch
    from safetensors.torch import save_file

    from tests.small_fooocus import head_content, patch_content, save_pickles
    from tests.small_sdxl import NATIVE_SIDE, save_small_sdxl, small_unet

    for name, channels, pipeline in (
        (SDXL, 4, "StableDiffusionXLPipeline"),
        (INPAINTING, 9, "StableDiffusionXLInpaintPipeline"),
    ):
        save_small_sdxl(place / name, in_channels=channels, variant="fp16")
        index = json.dumps({"_class_name": pipeline})
        (place / name / "model_index.json").write_text(index, encoding="utf-8")
        write_manifest(place / name, name=name, native_side=NATIVE_SIDE, multiple=SDXL_MULTIPLE)
    (place / FOOOCUS).mkdir()
    unet = small_unet()
    save_pickles(place / FOOOCUS, head_content(unet), patch_content(unet))
    (place / DRAFTS).mkdir()
    out, width = unet.get_submodule(_WORN).get_parameter("weight").shape
    stem = f"lora_unet_{original_name(_WORN, unet.config['layers_per_block']).replace('.', '_')}"
    lora = {
        f"{stem}.lora_down.weight": torch.ones(_RANK, width),
        f"{stem}.lora_up.weight": torch.ones(out, _RANK),
    }
    save_file({**lora, f"{stem}.alpha": torch.tensor(float(_RANK))}, place / DRAFTS / DRAFT_FILE)


def known(place: Path) -> tuple[KnownModel, ...]:
    """The list of known models, with what was published there."""
    return tuple(_here(model, _hashes(place / model.name)) for model in registry.KNOWN_MODELS)


def _here(model: KnownModel, hashes: Mapping[str, str]) -> KnownModel:
    if model.source is None or not hashes:
        return model
    beside = (MANIFEST,) if MANIFEST in hashes else ()
    source = replace(
        model.source,
        patterns=(*model.source.patterns, *beside),
        sha256={name: hashes[name] for name in model.source.sha256},
    )
    return replace(model, source=source)


def hub_of(place: Path) -> SmallHub:
    """A hub that has all of them."""
    names = {name: source.repository for name in NAMES if (source := registry.named(name).source)}
    contents = {repository: _contents(place / name) for name, repository in names.items()}
    return SmallHub(contents.pop(names[SDXL]), repository=names[SDXL], beside=contents)


def _contents(folder: Path) -> Mapping[str, bytes]:
    return {name: (folder / name).read_bytes() for name in _hashes(folder)}


def _hashes(folder: Path) -> Mapping[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def load(model: str, library: Path | None, device: str, profile: Profile | None) -> object:
    """In a worker: what the real one loads."""
    from dreammix.models.usual import USUAL
    from dreammix.training import teaching
    from dreammix_backend.worker import tools

    put_in_place()
    vars(teaching)["POOL_PAIRS"] = 2
    cast(dict[str, TeachSettings], USUAL)[SDXL] = _TEACHING
    return tools.load(model, library, device, profile)


def put_in_place() -> None:
    """Have this process know what is published."""
    vars(registry)["KNOWN_MODELS"] = known(Path(os.environ[PLACE_VARIABLE]))


if __name__ == "__main__":
    from dreammix.cli import main

    put_in_place()
    sys.exit(main(sys.argv[1:]))
