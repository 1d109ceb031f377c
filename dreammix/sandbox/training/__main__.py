"""Train the sandbox model from nothing: autoencoder, denoiser (small pictures first), decoder, CLIP, reader.

With `--start-from MODEL` the last four are trained on from MODEL, or one of them (`--only`). Under
`python -m torch.distributed.run --nproc-per-node 2 -m` two processes train the denoiser of MODEL on.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import torch
from diffusers import AutoencoderKL
from transformers import CLIPTokenizer

from dreammix.sandbox.architecture import NATIVE_SIDE, autoencoder
from dreammix.sandbox.tokens import learn_tokenizer
from dreammix.sandbox.training.autoencoder import psnr, train_autoencoder, train_decoder
from dreammix.sandbox.training.clip import bring_clip
from dreammix.sandbox.training.denoiser import Trainee, train_denoiser
from dreammix.sandbox.training.export import export, restore
from dreammix.sandbox.training.loop import CHECKPOINT, Peers, read_checkpoint
from dreammix.sandbox.training.reader import bring_reader

WEIGHTS: Final = Path(__file__).parent.parent / "weights"
DENOISER, DECODER, CLIP, READER = PARTS = ("denoiser", "decoder", "clip", "reader")
"""What can be trained on."""
WORDS: Final = "tokenizer"
"""Where in the work's folder the tokenizer lies that its checkpoints were trained with."""
TRAINED: Final = "vae"
"""Where in the autoencoder's folder its result lies."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of the denoiser at one picture side, in pixels."""

    side: int
    steps: int
    batch: int
    rate: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything is trained, in steps; `tiles` is the batch of the autoencoder and its decoder."""

    autoencoder_steps: int
    tiles: int
    stages: tuple[Stage, ...]
    decoder_steps: int
    clip_steps: int
    reader_steps: int


EXAMPLES_A_SHARD: Final = 1536
"""Examples drawn before a shard is renewed: each example is seen about six times."""
KEPT_SHARDS: Final = 8
PLANS: Final = {
    "cpu": Plan(
        autoencoder_steps=2400,
        tiles=16,
        stages=(Stage(64, 2400, 16, 6e-4), Stage(NATIVE_SIDE, 36_000, 16, 5e-4)),
        decoder_steps=8000,
        clip_steps=13_000,
        reader_steps=12_000,
    ),
    "gpu": Plan(
        autoencoder_steps=20_000,
        tiles=64,
        stages=(Stage(64, 8000, 256, 1e-3), Stage(NATIVE_SIDE, 16_000, 256, 8e-4)),
        decoder_steps=20_000,
        clip_steps=13_000,
        reader_steps=12_000,
    ),
}


def main() -> None:
    """Run what is not done yet, and write the model's folder."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    parser = argparse.ArgumentParser(prog="python -m dreammix.sandbox.training", description=__doc__)
    parser.add_argument("--plan", choices=sorted(PLANS), default="gpu" if device.type == "cuda" else "cpu")
    parser.add_argument("--work", type=Path, default=Path(".cache/sandbox"), help="checkpoints and logs")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="the model's folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="processor threads; 0: torch's choice")
    parser.add_argument("--workers", type=int, default=1, help="processes that render")
    parser.add_argument(
        "--start-from",
        metavar="MODEL",
        type=Path,
        help="train on from this model's folder, the denoiser at the native side",
    )
    parser.add_argument("--only", choices=PARTS, help="of MODEL's parts; the others stay")
    parser.add_argument(
        "--done", type=int, default=0, help="steps that MODEL has behind it at the native side"
    )
    parser.add_argument("--steps", type=int, help="to this many at the native side, or so many of --only")
    parser.add_argument("--export-only", action="store_true", help="write what the newest checkpoints hold")
    arguments = parser.parse_args()
    work = arguments.work / "autoencoder"
    if arguments.export_only and not arguments.start_from and not (work / TRAINED).exists():
        parser.error(f"nothing to export: there is no trained autoencoder in {work}")
    if "WORLD_SIZE" in os.environ:
        if not arguments.start_from or arguments.export_only:
            parser.error("several processes can only train a model on: name it by --start-from")
        arguments.only = DENOISER
        torch.distributed.init_process_group("gloo")
    if arguments.only and not arguments.start_from:
        parser.error("one part is trained on from a model: name it by --start-from")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    plan, seed = PLANS[arguments.plan], arguments.seed
    torch.manual_seed(seed)
    tokenizer = learn_tokenizer(seed)
    if Peers.joined().rank == 0 and not _same_words(arguments.work / WORDS, tokenizer):
        parser.error(
            f"the world speaks in other words than when the checkpoints in {arguments.work} were trained: "
            "export them with that version, and train on --start-from what it writes, in another folder"
        )
    vae = autoencoder().to(device, memory_format=torch.channels_last)
    trainee = Trainee(tokenizer).to(device)
    if device.type == "cuda":
        trainee.unet.to(memory_format=torch.channels_last)

    if arguments.start_from:
        restore(trainee, vae, tokenizer, arguments.start_from)
    elif not (work / TRAINED).exists() and not arguments.export_only:
        train_autoencoder(
            vae,
            work,
            steps=plan.autoencoder_steps,
            tiles=plan.tiles,
            seed=seed,
            workers=arguments.workers,
            device=device,
        )
        print(f"autoencoder: {psnr(vae, seed):.2f} dB on pictures that training never saw")
        vae.save_pretrained(work / TRAINED)
    else:
        _load_autoencoder(vae, work / TRAINED)
    vae.eval().requires_grad_(False)
    parts = (arguments.only,) if arguments.only else PARTS
    own_steps = arguments.steps if arguments.only else None
    last = replace(plan.stages[-1], steps=arguments.steps or plan.stages[-1].steps)
    stages = (last,) if arguments.start_from else (*plan.stages[:-1], last)
    for stage in stages if DENOISER in parts else ():
        folder = arguments.work / f"denoiser-{stage.side}"
        if arguments.export_only:
            if (folder / CHECKPOINT).exists():
                trainee.load_state_dict(read_checkpoint(folder / CHECKPOINT).averaged)
            continue
        train_denoiser(
            trainee,
            vae,
            tokenizer,
            folder,
            side=stage.side,
            steps=stage.steps,
            batch=stage.batch,
            rate=stage.rate,
            seed=seed,
            kept=KEPT_SHARDS,
            period=max(1, EXAMPLES_A_SHARD // stage.batch),
            workers=arguments.workers,
            device=device,
            start=arguments.done if stage is last else 0,
        )
    if torch.distributed.is_initialized():
        rank = torch.distributed.get_rank()
        torch.distributed.destroy_process_group()
        if rank > 0:
            return
    decoder = arguments.work / "decoder"
    if DECODER in parts and not arguments.export_only:
        train_decoder(
            vae,
            decoder,
            steps=own_steps or plan.decoder_steps,
            tiles=plan.tiles,
            seed=seed,
            workers=arguments.workers,
            device=device,
        )
    elif (decoder / CHECKPOINT).exists():
        vae.decoder.load_state_dict(read_checkpoint(decoder / CHECKPOINT).averaged)
    bring_clip(
        tokenizer,
        vae,
        arguments.work / "clip",
        arguments.out,
        steps=own_steps or plan.clip_steps,
        seed=seed,
        device=device,
        start_from=arguments.start_from,
        load_only=arguments.export_only or CLIP not in parts,
    )
    bring_reader(
        arguments.work / "reader",
        arguments.out,
        steps=own_steps or plan.reader_steps,
        seed=seed,
        workers=arguments.workers,
        device=device,
        start_from=arguments.start_from,
        load_only=arguments.export_only or READER not in parts,
    )
    export(trainee.cpu(), vae.cpu(), tokenizer, arguments.out, seed)


def _same_words(folder: Path, tokenizer: CLIPTokenizer) -> bool:
    """Whether what lies there was trained with this tokenizer, which is kept if nothing does yet.

    A token's number is learned from how often it is said: another world gives the same words other rows.
    """
    if not folder.exists():
        tokenizer.save_pretrained(folder)
    known: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    return known.get_vocab() == tokenizer.get_vocab()


def _load_autoencoder(vae: AutoencoderKL, folder: Path) -> None:
    """Take over what an earlier run trained."""
    trained = AutoencoderKL.from_pretrained(folder, use_safetensors=True)
    vae.load_state_dict(trained.state_dict())
    vae.register_to_config(scaling_factor=trained.config.scaling_factor)


if __name__ == "__main__":
    main()
