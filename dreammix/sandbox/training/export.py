"""From trained modules to the model's folder, as diffusers saves it: fp16 safetensors and a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusionXLPipeline
from safetensors.torch import save_file
from transformers import CLIPTokenizer

from dreammix.models import write_manifest
from dreammix.models.base import load
from dreammix.sandbox import architecture
from dreammix.sandbox.training.autoencoder import world_picture
from dreammix.sandbox.training.denoiser import Trainee, schedule

PREVIEW_PICTURES: Final = 64
"""Pictures that the preview map is fitted on."""


@torch.no_grad()
def preview_map(vae: AutoencoderKL, seed: int) -> dict[str, torch.Tensor]:
    """The linear map from scaled latent cells to RGB in [-1, 1] with the least squared error.

    Solved in fp64 and rounded to fp16, so that the order of additions does not show in the file.
    """
    device = next(vae.parameters()).device
    pictures = torch.from_numpy(np.stack([world_picture(seed + 2, k) for k in range(PREVIEW_PICTURES)]))
    x = pictures.permute(0, 3, 1, 2).to(device) * 2 - 1
    latents = torch.cat([vae.encode(p).latent_dist.mean for p in x.split(8)]) * vae.config.scaling_factor
    colours = torch.nn.functional.avg_pool2d(x, architecture.VAE_SCALE).permute(0, 2, 3, 1).reshape(-1, 3)
    cells = latents.permute(0, 2, 3, 1).reshape(-1, architecture.LATENT_CHANNELS)
    known = torch.cat([cells, torch.ones_like(cells[:, :1])], 1)
    solution = torch.linalg.lstsq(known.double().cpu(), colours.double().cpu()).solution.half().float()
    return {"weight": solution[:-1].T.contiguous(), "bias": solution[-1].contiguous()}


def export(trainee: Trainee, vae: AutoencoderKL, tokenizer: CLIPTokenizer, folder: Path, seed: int) -> None:
    """Write the model's folder; what else lies there (metrics, model card) stays and joins the manifest.

    The modules are fp16 afterwards.
    """
    preview = preview_map(vae, seed)
    # How it was last asked to pad would be in its file, and so in the fingerprint of the model.
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    first, second = trainee.encoders
    StableDiffusionXLPipeline(
        vae=vae.half(),
        unet=trainee.unet.half(),
        text_encoder=first.half(),
        text_encoder_2=second.half(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        scheduler=schedule(),
        add_watermarker=False,
    ).save_pretrained(folder, safe_serialization=True, max_shard_size="14MB")
    save_file({"head": trainee.head.weight.detach().half().contiguous()}, folder / "inpaint_head.safetensors")
    save_file(preview, folder / "preview.safetensors")
    multiple = architecture.VAE_SCALE * 2 ** (len(architecture.UNET_CHANNELS) - 1)
    write_manifest(folder, name="sandbox", native_side=architecture.NATIVE_SIDE, multiple=multiple)


@torch.no_grad()
def restore(trainee: Trainee, vae: AutoencoderKL, tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Take over the weights of an exported model, to go on training them, perhaps with words that it lacks.

    Args:
        tokenizer: the trainee's.
        folder: the model's.

    Raises:
        ModelNotFound, ModelDamaged: see `dreammix.models.base.load`.
    """
    model = load(folder)
    saved = model.autoencoder.vae
    vae.load_state_dict(saved.state_dict())
    vae.register_to_config(scaling_factor=saved.config["scaling_factor"])
    trainee.unet.load_state_dict(model.unet.state_dict())
    for own, other, known in zip(trainee.encoders, model.text.encoders, model.text.tokenizers, strict=True):
        weights = other.state_dict()
        for name in [name for name in weights if name.endswith("token_embedding.weight")]:
            weights[name] = carried(weights[name], known, tokenizer)
        own.load_state_dict(weights)
    assert model.head is not None  # The sandbox's U-Net has 4 channels.
    trainee.head.weight.copy_(model.head)


def carried(rows: torch.Tensor, known: CLIPTokenizer, tokenizer: CLIPTokenizer) -> torch.Tensor:
    """What stands for each token of one vocabulary, told from what stands for those of another.

    Args:
        rows: of the known vocabulary, (tokens, width).
        known, tokenizer: the vocabularies.

    Returns:
        of the other vocabulary, (tokens, width): the row of the same token, else the mean of its letters'.
    """
    places = known.get_vocab()
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    parts = ([token] if token in places else list(token.removesuffix("</w>")) for token in tokens)
    return torch.stack([rows[[places[part] for part in its]].mean(0) for its in parts])
