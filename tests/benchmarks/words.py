"""How much each sort of word tells the denoiser at each noise level: `python -m tests.benchmarks.words`.

Patterned things that training never saw are denoised with their right description and with one in which a
single attribute is wrong: what that adds to the loss, over the thing, is what the right word is worth.
A word that is worth little at every level has not been learned, or nothing can be foreseen from it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import Any, Final

import numpy as np
import torch

from dreammix.models import find
from dreammix.sandbox.architecture import NATIVE_SIDE, autoencoder
from dreammix.sandbox.tokens import learn_tokenizer
from dreammix.sandbox.training.denoiser import Trainee, schedule
from dreammix.sandbox.training.examples import Batch, Example, encode_shard
from dreammix.sandbox.training.export import restore
from dreammix.sandbox.training.loop import quick
from dreammix.sandbox.world import Pattern, Thing, plain_caption, region_of, render, sample_scene

THINGS: Final = 96
SIZES: Final = (0.5, 0.7)
"""Range of their heights, as shares of the picture's."""
SEED: Final = 5
LEVELS: Final = range(50, 1000, 100)
"""Timesteps of training's thousand."""
ATTRIBUTES: Final = ("colour", "pattern", "material", "accessory", "shape", "category")
RIGHT: Final = "right"
ON_THE_THING: Final = 2.0
"""Cells that weigh more than this hold some of the thing; see `examples.THING_WEIGHT`."""


def main() -> None:
    """Print the loss with the right words, and what each wrong attribute adds to it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.words", description=__doc__)
    parser.add_argument("--model", default="sandbox", metavar="NAME", help="a name or folder (sandbox)")
    tokenizer, vae = learn_tokenizer(0), autoencoder()
    trainee = Trainee(tokenizer)
    restore(trainee, vae, tokenizer, find(parser.parse_args().model))
    trainee.eval()
    text = trainee.text(tokenizer)
    batches = {name: encode_shard(them, vae, text.ids) for name, them in _examples().items()}
    print("| noise level | sigma | right words | " + " | ".join(ATTRIBUTES) + " |")
    print("|" + "---|" * (3 + len(ATTRIBUTES)))
    for level in LEVELS:
        losses = {name: _loss(trainee, batch, level, text) for name, batch in batches.items()}
        share = float(schedule().alphas_cumprod[level])
        added = [f"{losses[name] - losses[RIGHT]:.4f}" for name in ATTRIBUTES]
        cells = [str(level), f"{((1 - share) / share) ** 0.5:.2f}", f"{losses[RIGHT]:.4f}", *added]
        print("| " + " | ".join(cells) + " |", flush=True)


def _examples() -> dict[str, list[Example]]:
    """The things with their right words, and with each attribute wrong in turn."""
    rng = np.random.default_rng(SEED)
    examples: dict[str, list[Example]] = {name: [] for name in (RIGHT, *ATTRIBUTES)}
    for _ in range(THINGS):
        thing = _patterned(rng)
        scene = sample_scene(rng, side=SIZES, others=0)
        shown = render(replace(scene, placed=(replace(scene.placed[-1], thing=thing),)), *[NATIVE_SIDE] * 2)
        cover = shown.coverages[-1]
        region = region_of(rng, cover)
        for name, said in ((RIGHT, thing), *_wrong(rng, thing)):
            examples[name].append(Example(shown.picture, region, cover, plain_caption(said)))
    return examples


def _patterned(rng: np.random.Generator) -> Thing:
    while True:
        thing = sample_scene(rng, side=SIZES, others=0).placed[-1].thing
        if thing.pattern is not Pattern.PLAIN:
            return thing


def _wrong(rng: np.random.Generator, thing: Thing) -> Iterator[tuple[str, Thing]]:
    """The thing with one attribute another; a pattern stays one."""
    for name in ATTRIBUTES:
        value: Enum = getattr(thing, name)
        others = [other for other in type(value) if other not in (value, Pattern.PLAIN)]
        changed: dict[str, Any] = {name: others[rng.integers(len(others))]}
        yield name, replace(thing, **changed)


@torch.no_grad()
def _loss(trainee: Trainee, batch: Batch, level: int, text: Any) -> float:
    """The mean squared error of v over the cells of the things, at one noise level."""
    generator = torch.Generator().manual_seed(level)
    noise = torch.randn(batch.latents.shape, generator=generator)
    levels = torch.full((len(noise),), level)
    noisy = schedule().add_noise(batch.latents, noise, levels)
    target = schedule().get_velocity(batch.latents, noise, levels)
    with quick(torch.device("cpu")):
        predicted = trainee(noisy, levels, batch, text, NATIVE_SIDE)
    on = (batch.weights > ON_THE_THING).float()
    return float((on * (predicted.float() - target) ** 2).sum() / (on.sum() * noise.shape[1]))


if __name__ == "__main__":
    main()
