"""What a step of teaching costs, beside a plain loop: `python -m tests.benchmarks.training_cost`.

The plain loop is written in the style of diffusers' script for DreamBooth with LoRA: each step decodes its
pictures, draws masks, and runs the autoencoder on them; the words are encoded once; a subject's and a class
picture go through the U-Net in one batch; LoRA of the same rank on the projections that the script takes,
AdamW, the plain loss. Both learn from the same pictures with the same model, as many pictures a step, taking
turns, so that whatever else the machine does slows both.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from peft import LoraConfig
from PIL import Image
from torch import Tensor

from dreammix.conditioning import time_ids
from dreammix.files import png
from dreammix.geometry import to_bytes, to_picture
from dreammix.models.base import BaseModel, load
from dreammix.models.usual import usual_settings
from dreammix.protocol import Size, TeachSettings
from dreammix.sandbox.world import region_of, render, sample_scene, sample_thing, with_thing
from dreammix.training import Example, Lesson, rare_token, teach

GOAL: Final = 1.5
"""Times as many steps a second as the plain loop."""
PICTURE_PX: Final = 160
PICTURES: Final = 5


@dataclass(frozen=True, slots=True)
class Data:
    """The same pictures for both loops: as the teaching takes them, and as files with their masks."""

    lesson: Lesson
    subject: tuple[bytes, ...]
    regular: tuple[bytes, ...]
    coverages: tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], ...]


def data(token: str) -> Data:
    """Five pictures of one thing, and five of other things of its class."""
    rng = np.random.default_rng(11)
    thing = sample_thing(rng)
    others = [replace(sample_thing(rng), category=thing.category) for _ in range(PICTURES)]
    examples, files, coverages = [], [], []
    for shown in [thing] * PICTURES + others:
        scene = sample_scene(rng, side=(0.45, 0.7), others=0)
        rendering = render(with_thing(scene, 0, shown), PICTURE_PX, PICTURE_PX)
        words = f"a {token} {thing.category}" if shown is thing else f"a {thing.category}"
        picture, mask = (
            to_picture(to_bytes(array)) for array in (rendering.picture, rendering.coverages[-1])
        )
        examples.append(Example(picture, mask, words))
        files.append(png(picture))
        coverages.append(rendering.coverages[-1])
    lesson = Lesson(tuple(examples[:PICTURES]), tuple(examples[PICTURES:]))
    return Data(lesson, tuple(files[:PICTURES]), tuple(files[PICTURES:]), tuple(coverages))


def plain_loop(model: BaseModel, shown: Data, settings: TeachSettings) -> Iterator[None]:
    """The plain loop, forever; one step each time it is asked."""
    unet, side = model.unet, model.native_side
    unet.requires_grad_(False)
    unet.add_adapter(
        LoraConfig(
            r=settings.rank,
            lora_alpha=settings.rank,
            init_lora_weights="gaussian",
            target_modules=["to_k", "to_q", "to_v", "to_out.0"],
        )
    )
    learned = [weight for weight in unet.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=settings.rate)
    rng = np.random.default_rng(0)
    sigmas = model.levels.sigmas.float()
    assert model.head is not None
    while True:
        rows = [(int(rng.integers(PICTURES)), False) for _ in range(settings.batch)]
        rows += [(int(rng.integers(PICTURES)), True) for _ in range(settings.regular_batch)]
        pictures, masks, words = [], [], []
        for which, regular in rows:
            file = (shown.regular if regular else shown.subject)[which]
            image = (
                Image.open(io.BytesIO(file)).convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
            )
            pictures.append(torch.from_numpy(np.asarray(image, np.float32) / 127.5 - 1).permute(2, 0, 1))
            coverage = shown.coverages[which + PICTURES * regular]
            region = torch.from_numpy(region_of(rng, coverage))[None, None]
            masks.append(F.interpolate(region, (side, side), mode="nearest")[0])
            words.append((shown.lesson.regular if regular else shown.lesson.subject)[which].prompt)
        x, m = torch.stack(pictures), torch.stack(masks)
        with torch.no_grad():
            latents = model.autoencoder.encode(x)
            masked = model.autoencoder.encode(x * (1 - m))
            prompts = model.text.encode(words)
        cells = F.max_pool2d(m, model.autoencoder.scale)
        told = F.pad(torch.cat([cells, masked], dim=1), (1, 1, 1, 1), mode="replicate")
        feature = F.conv2d(told, model.head)
        timesteps = torch.randint(0, len(sigmas), (len(rows),))
        sigma = sigmas[timesteps].reshape(-1, 1, 1, 1)
        noise = torch.randn_like(latents)
        scale = (1 + sigma**2).rsqrt()

        def add(_module: object, _inputs: object, output: Tensor, feature: Tensor = feature) -> Tensor:
            return output + feature

        with unet.conv_in.register_forward_hook(add):
            predicted = unet(
                (latents + sigma * noise) * scale,
                timesteps,
                encoder_hidden_states=prompts.tokens,
                added_cond_kwargs={
                    "text_embeds": prompts.pooled,
                    "time_ids": time_ids(Size(side, side)).expand(len(rows), -1),
                },
            ).sample
        errors = (predicted - model.prediction.target(latents, noise, sigma)) ** 2
        subject, regular_part = errors[: settings.batch].mean(), errors[settings.batch :].mean()
        (subject + settings.regular_weight * regular_part).backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        yield


def timed(step: Callable[[], object], clock: Callable[[], float]) -> float:
    """How long a step takes, in the clock's seconds."""
    begun = clock()
    step()
    return clock() - begun


def main() -> None:
    """Print both speeds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20, help="steps of each (%(default)s)")
    parser.add_argument(
        "--cpu-time", action="store_true", help="count this process's time, not the wall's: on a busy machine"
    )
    arguments = parser.parse_args()
    clock = time.process_time if arguments.cpu_time else time.perf_counter
    model = load("sandbox")
    settings = replace(usual_settings(model.name), steps=arguments.steps + 1, samples=0)
    shown = data(rare_token(model.text.tokenizers[0]))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(teach(model, shown.lesson, Path(folder), settings)) as ours,
    ):
        plain = plain_loop(load("sandbox"), shown, settings)
        encoding = timed(lambda: next(ours), clock)
        next(plain)  # Neither loop's first step counts: it pays for what happens once.
        times = [
            (timed(lambda: next(ours), clock), timed(lambda: next(plain), clock))
            for _ in range(arguments.steps)
        ]
    own, other = (float(np.median(column)) for column in zip(*times, strict=True))
    print(f"ours   {1 / own:6.2f} steps a second, after {encoding:.1f} s in which everything is encoded")
    print(f"plain  {1 / other:6.2f} steps a second")
    print(f"ratio  {other / own:6.2f} (goal: {GOAL})")


if __name__ == "__main__":
    main()
