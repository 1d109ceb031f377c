"""The last stage: the metrics CLIP, on regions with an object, with a spoilt one, with none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor
from transformers import CLIPTokenizer

from dreammix.geometry import Units, low_pass
from dreammix.protocol import Size
from dreammix.sandbox import clip
from dreammix.sandbox.training.loop import CHECKPOINT, read_checkpoint, rng_for, torch_rng_for, train
from dreammix.sandbox.world import (
    Accessory,
    Category,
    Colour,
    Material,
    Pattern,
    RegionKind,
    Shape,
    Thing,
    caption,
    ground_caption,
    region_anywhere,
    region_of,
    render,
    sample_scene,
    without_objects,
)
from dreammix.sandbox.world.grounds import noise

BATCH: Final = 64
RATE: Final = 2e-3
"""Peak learning rate."""
SHARD: Final = 256
"""Looks in a shard."""
KEPT: Final = 16
"""Shards that batches are drawn from at a time."""
PERIOD: Final = 40
"""Steps after which one of them is renewed."""
SCENE_SIDES: Final = (64, 96, 128)
"""Sides of the rendered scenes in pixels: objects are seen enlarged, as they are, and reduced."""
REGIONS: Final = (RegionKind.BOX, RegionKind.ELLIPSE, RegionKind.BLOB)
"""Those that are about as large as the object, as what is judged is."""
DECODED: Final = 0.3
"""Share of looks that go through the autoencoder, as everything that is judged has."""
MELT_REACH: Final = (0.10, 0.2)
MELT_CELL: Final = (0.05, 0.11)
"""How far a pixel of a melted picture comes from, and how large what stays together is, in sides."""
UNASKED: Final = -1
"""The answer to a question that makes no sense for a picture."""
ASKED: Final = (*clip.QUESTIONS, clip.COLOUR)
"""The colour is asked for twice: a pattern shows two, half and half, and either is a right answer."""
WEIGHTS: Final = (1.0, 0.5, 0.3, 0.3, 0.3, 0.3, 0.5)
"""What each of `ASKED` counts."""
CAPTION_WEIGHT: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture (64, 64, 3) in [0, 1], its caption, and which sentence answers each of `ASKED`."""

    picture: Units
    caption: str
    answers: tuple[int, ...]


def sample_look(rng: np.random.Generator) -> Look:
    """Draw one: 75 % objects, the rest are none or spoilt. Also held-out pairs, as it must judge those."""
    share = rng.random()
    side = SCENE_SIDES[rng.integers(len(SCENE_SIDES))]
    scene = sample_scene(rng, side=(0.35, 0.8), held_out=None, others=0.05)
    kind = REGIONS[rng.integers(len(REGIONS))]
    thing, ground = scene.placed[-1].thing, scene.ground.kind
    if share < 0.07:
        empty = render(without_objects(scene), side, side).picture
        picture = clip.look(empty, region_anywhere(rng, (side, side)))
        return Look(picture, ground_caption(rng, ground), _spoilt(clip.Defect.EMPTY))
    rendering = render(scene, side, side)
    picture = clip.look(rendering.picture, region_of(rng, rendering.coverages[-1], kind))
    if share < 0.16:
        blurred = blur(picture, int(rng.integers(3, 8)))
        return Look(blurred, f"a blurred {thing.category.value}", _spoilt(clip.Defect.BLURRED))
    if share < 0.20:
        noise = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(0.3, 0.9))
        return Look(np.clip(picture + noise, 0, 1), "nothing but noise", _spoilt(clip.Defect.NOISE))
    if share < 0.25:
        return Look(melt(rng, picture), f"a melted {thing.category.value}", _spoilt(clip.Defect.MELTED))
    return Look(picture, caption(rng, thing, ground), _answers(thing))


def blur(picture: Units, cells: int) -> Units:
    """What is left of a picture (64, 64, 3) that is `cells` pixels wide and high in between."""
    return low_pass(picture, Size(cells, cells))


def melt(rng: np.random.Generator, picture: Units) -> Units:
    """What a model paints that has learned colours but no shapes: each pixel comes from somewhere near.

    Args:
        picture: (H, W, 3); half of the time what comes of it is also soft.
    """
    height, width = picture.shape[:2]
    rows, columns = displaced(
        rng, height, width, float(rng.uniform(*MELT_REACH)), float(rng.uniform(*MELT_CELL))
    )
    cells = int(rng.integers(16, 40))
    melted = picture[rows, columns]
    return low_pass(melted, Size(cells, cells)) if rng.random() < 0.5 else melted


def displaced(
    rng: np.random.Generator, height: int, width: int, reach: float, cell: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """From which row and column of a picture each pixel (H, W) of a bent one comes.

    Args:
        reach, cell: how far it comes from, and how large what stays together is, in heights.
    """
    y, x = np.mgrid[:height, :width]
    dy, dx = (reach * height * noise(rng, height, width, cell * height) for _ in "yx")
    rows, columns = np.rint(y + dy).astype(np.intp), np.rint(x + dx).astype(np.intp)
    return np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)


def _answers(thing: Thing) -> tuple[int, ...]:
    return (
        list(Category).index(thing.category),
        list(Colour).index(thing.colour),
        list(Pattern).index(thing.pattern),
        list(Material).index(thing.material),
        list(Accessory).index(thing.accessory),
        list(Shape).index(thing.shape),
        list(Colour).index(thing.colour if thing.pattern is Pattern.PLAIN else thing.traits.second),
    )


def _spoilt(defect: clip.Defect) -> tuple[int, ...]:
    return (len(Category) + list(clip.Defect).index(defect), *[UNASKED] * (len(ASKED) - 1))


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Looks: pictures (N, 3, 64, 64) in [-1, 1], token ids of captions (N, L), answers (N, len(ASKED))."""

    pictures: Tensor
    ids: Tensor
    answers: Tensor


@torch.no_grad()
def make_shard(seed: int, index: int, vae: AutoencoderKL, tokenizer: CLIPTokenizer) -> Shard:
    """Shard `index`: a pure function of the seed, the index and the autoencoder."""
    looks = [sample_look(rng_for(seed, 5, index, k)) for k in range(SHARD)]
    pictures = torch.from_numpy(np.stack([look.picture for look in looks])).movedim(-1, 1) * 2 - 1
    through = slice(0, round(DECODED * SHARD))
    device = next(vae.parameters()).device
    decoded = [
        vae.decode(vae.encode(part.to(device)).latent_dist.mean).sample.clamp(-1, 1).cpu()
        for part in pictures[through].split(32)
    ]
    pictures[through] = torch.cat(decoded)
    ids = clip.token_ids(tokenizer, [look.caption for look in looks])
    return Shard(pictures, ids, torch.tensor([look.answers for look in looks]))


def loss(model: clip.MetricsCLIP, questions: list[Tensor], batch: Shard) -> Tensor:
    """How badly the model answers: cross-entropy of each question, and of which caption is whose.

    Args:
        questions: token ids of the sentences of each of `ASKED`.
        batch: looks on the model's device.
    """
    seen = model.see(batch.pictures)
    total = torch.zeros((), device=seen.device)
    for weight, sentences, answers in zip(WEIGHTS, questions, batch.answers.T, strict=True):
        logits = model.logits(seen, model.read(sentences))
        total = total + weight * F.cross_entropy(logits, answers, ignore_index=UNASKED)
    logits = model.logits(seen, model.read(batch.ids))
    same = (batch.ids[:, None] == batch.ids[None]).all(-1).float()
    target = same / same.sum(1, keepdim=True)  # equal captions are each other's
    return total + CAPTION_WEIGHT * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def train_clip(
    model: clip.MetricsCLIP,
    tokenizer: CLIPTokenizer,
    vae: AutoencoderKL,
    folder: Path,
    *,
    steps: int,
    seed: int,
    device: torch.device,
) -> None:
    """Train on looks that are renewed as it goes; resumable."""
    questions = [clip.token_ids(tokenizer, sentences).to(device) for sentences in ASKED]
    shards: dict[int, Shard] = {}

    def loss_at(step: int) -> Tensor:
        first = step // PERIOD
        for index in range(first, first + KEPT):
            if index not in shards:
                shards[index] = make_shard(seed, index, vae, tokenizer)
        shards.pop(first - 1, None)
        rng = rng_for(seed, 6, step)
        rows = [(first + int(rng.integers(KEPT)), int(rng.integers(SHARD))) for _ in range(BATCH)]
        drawn = Shard(
            torch.stack([shards[s].pictures[k] for s, k in rows]).to(
                device, memory_format=torch.channels_last
            ),
            torch.stack([shards[s].ids[k] for s, k in rows]).to(device),
            torch.stack([shards[s].answers[k] for s, k in rows]).to(device),
        )
        generator = torch_rng_for(seed, step, device)
        mirrored = torch.rand(BATCH, 1, 1, 1, generator=generator, device=device) < 0.5
        return loss(
            model,
            questions,
            Shard(torch.where(mirrored, drawn.pictures.flip(-1), drawn.pictures), drawn.ids, drawn.answers),
        )

    train(model, loss_at, folder=folder, steps=steps, rate=RATE, decay=0.995, weight_decay=0.02)


def bring_clip(
    tokenizer: CLIPTokenizer,
    vae: AutoencoderKL,
    work: Path,
    out: Path,
    *,
    steps: int,
    seed: int,
    device: torch.device,
    start_from: Path | None,
    load_only: bool,
) -> None:
    """Train what is not trained yet, and write it into the model's folder, whose manifest is to be renewed.

    Args:
        vae: trained, on the device.
        work: gets the checkpoint and the log.
        out: the model's folder.
        steps: 9,000 are enough.
        start_from: a model's folder, whose metrics CLIP is trained on if it knows the same words.
        load_only: write what the checkpoint holds, else that of `start_from`, else nothing.
    """
    known = None if start_from is None else clip.load(start_from)
    if known is not None and known[1].get_vocab() == tokenizer.get_vocab():
        model = known[0].to(device)
    else:
        known = None
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = clip.untrained(tokenizer).to(device)
    if not load_only:
        train_clip(model, tokenizer, vae, work, steps=steps, seed=seed, device=device)
    elif (work / CHECKPOINT).exists():
        model.load_state_dict(read_checkpoint(work / CHECKPOINT).averaged)
    elif known is None:
        return
    clip.save(model.cpu(), tokenizer, out)
