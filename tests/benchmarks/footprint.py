"""`python -m tests.benchmarks.footprint`: what SDXL's networks hold at once, in tensors that are sizes alone.

Takes minutes and little memory. Prints the counts on which the constants of `dreammix.models.memory` stand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from dreammix.models.lora import lora_targets
from dreammix.models.memory import SDXL
from dreammix.models.wearing import Factors, make_wearable, wearing
from tests.footprint import Footprint

RANK = 32
SIDES = (512, 1024)


def unet() -> UNet2DConditionModel:
    """SDXL's U-Net."""
    return UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10),
        attention_head_dim=(5, 10, 20),
        cross_attention_dim=2048,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )


def autoencoder() -> AutoencoderKL:
    """SDXL's autoencoder."""
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        sample_size=1024,
    )


def predict(network: UNet2DConditionModel, rows: int, side: int) -> Tensor:
    """One call, as the sampler makes it."""
    output: Tensor = network(
        torch.empty(rows, 4, side // 8, side // 8, dtype=torch.bfloat16),
        torch.tensor(1),
        encoder_hidden_states=torch.empty(rows, 77, 2048, dtype=torch.bfloat16),
        added_cond_kwargs={
            "text_embeds": torch.empty(rows, 1280, dtype=torch.bfloat16),
            "time_ids": torch.empty(rows, 6, dtype=torch.bfloat16),
        },
    ).sample
    return output


def lesson(network: UNet2DConditionModel, rows: int, side: int) -> None:
    """A step of learning, forward and back."""
    layers = {
        name: Factors(
            torch.zeros(RANK, module.in_features, dtype=torch.bfloat16, requires_grad=True),
            torch.zeros(module.out_features, RANK, dtype=torch.bfloat16, requires_grad=True),
        )
        for name, module in lora_targets(network).items()
    }
    make_wearable(network)
    with wearing(network, layers):
        predict(network, rows, side).float().pow(2).mean().backward()


def held(work: Callable[[], object], *modules: nn.Module) -> int:
    """The most that it held, in bytes."""
    with Footprint(*modules) as footprint:
        work()
    peak: int = footprint.peak
    return peak


def main() -> None:
    """Print one line for each."""
    with FakeTensorMode():
        torch.set_default_dtype(torch.bfloat16)
        network, vae = unet().requires_grad_(False), autoencoder().requires_grad_(False)
        torch.set_default_dtype(torch.float32)
        numbers = [sum(weights.numel() for weights in part.parameters()) for part in (network, vae)]
        print(f"parameters: U-Net {numbers[0]} ({SDXL.unet}), autoencoder {numbers[1]} ({SDXL.vae})")
        for side in SIDES:
            cells = 320 * (side // 8) ** 2 * torch.bfloat16.itemsize
            pixels = 128 * side**2 * torch.bfloat16.itemsize
            picture = torch.empty(1, 3, side, side, dtype=torch.bfloat16)
            latents = torch.empty(1, 4, side // 8, side // 8, dtype=torch.bfloat16)
            with torch.no_grad():
                _say("U-Net, 2 rows", side, held(partial(predict, network, 2, side), network), 2 * cells)
                _say("encoding", side, held(partial(vae.encode, picture), vae), pixels)
                _say("decoding", side, held(partial(vae.decode, latents), vae), pixels)
            network.train()
            _say("learning, 1 row", side, held(partial(lesson, network, 1, side), network), cells)
            network.enable_gradient_checkpointing()
            _say("checkpointed", side, held(partial(lesson, network, 1, side), network), cells)
            network.disable_gradient_checkpointing()
            network.eval()


def _say(what: str, side: int, peak: int, unit: int) -> None:
    print(f"{what}, {side} px: {peak / 2**20:.0f} MiB in bf16, {peak / unit:.2f} numbers")


if __name__ == "__main__":
    main()
