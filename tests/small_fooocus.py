"""Two pickles like Fooocus' published ones, for a small U-Net: random changes of a part of its layers."""

import hashlib
from pathlib import Path
from typing import Final

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from dreammix.files import sha256_of
from dreammix.fooocus import FooocusWeights, Source, Sources, original_name, read_weights, unpickle
from dreammix.fooocus.weights import HEAD_FILE, PATCH_FILE, PROVENANCE_FILE, provenance

HEAD: Final = "fooocus_inpaint_head.pth"
PATCH: Final = "inpaint_v26.fooocus.patch"


def patch_content(unet: UNet2DConditionModel, seed: int = 0) -> dict[str, tuple[Tensor, Tensor, Tensor]]:
    """What the patch's pickle holds: four parameters of seven, whatever they are, by original names."""
    generator = torch.Generator().manual_seed(seed)
    layers = int(unet.config["layers_per_block"])
    content = {}
    for number, (name, parameter) in enumerate(unet.named_parameters()):
        if number % 7 < 4:
            values = torch.randint(256, parameter.shape, generator=generator, dtype=torch.uint8)
            low, high = torch.tensor(-0.03), torch.tensor(0.05)
            content[f"diffusion_model.{original_name(name, layers)}"] = (values, low, high)
    return content


def head_content(unet: UNet2DConditionModel) -> dict[str, Tensor]:
    """What the head's pickle holds."""
    generator = torch.Generator().manual_seed(1)
    return {"head": 0.1 * torch.randn(unet.conv_in.out_channels, 5, 3, 3, generator=generator)}


def save_pickles(folder: Path, head: object, patch: object) -> Sources:
    """Write both files, and say what they hash to."""
    torch.save(head, folder / HEAD)
    torch.save(patch, folder / PATCH)
    return sources_of(folder)


def sources_of(folder: Path) -> Sources:
    """The files there as if they were the published ones."""
    head, patch = (
        Source(name, hashlib.sha256((folder / name).read_bytes()).hexdigest()) for name in (HEAD, PATCH)
    )
    return Sources(head, patch)


def converted(folder: Path, head_said: object, patch_said: object) -> FooocusWeights:
    """What pickles of that content become, in `folder` / "fooocus"; the reader runs in this process."""
    made = folder / "fooocus"
    made.mkdir(parents=True)
    sources = save_pickles(folder, head_said, patch_said)
    head, patch = str(folder / HEAD), str(folder / PATCH)
    assert unpickle.main([head, sources.head.sha256, patch, sources.patch.sha256, str(made)]) == 0
    hashes = {name: sha256_of(made / name) for name in (HEAD_FILE, PATCH_FILE)}
    (made / PROVENANCE_FILE).write_bytes(provenance(sources, hashes))
    return read_weights(made)
