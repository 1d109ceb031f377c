"""What channels-last and compiled blocks gain on the processor: `python -m tests.benchmarks.kernels`.

Of the sandbox's networks, in processor time of one thread, in turns: the median of each. The warm-up is what
the first compiled steps take; `TORCHINDUCTOR_FORCE_DISABLE_CACHES=1` has no earlier run shorten it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median

import torch

from dreammix.conditioning import time_ids
from dreammix.denoisers import TextUNet
from dreammix.models.base import BaseModel, load
from dreammix.models.compiling import compile_blocks
from dreammix.models.lora import lora_targets
from dreammix.models.wearing import Factors, Outfit, wearing
from dreammix.protocol import Size

RANK = 4
ROUNDS = 15


def works(model: BaseModel, outfit: Outfit) -> Mapping[str, Callable[[], object]]:
    """What is measured: a guided step, bare and with a LoRA, and the autoencoder's two ways."""
    side, cells = model.native_side, model.native_side // model.autoencoder.scale
    unet = TextUNet(
        unet=model.unet,
        prediction=model.prediction,
        levels=model.levels,
        conditioning=model.text.encode(["a red mug"]),
        time_ids=time_ids(Size(side, side)),
        dtype=model.precision,
    )
    picture, latents = torch.zeros(1, 3, side, side), torch.zeros(2, 4, cells, cells)

    def step(worn: Outfit) -> None:
        with wearing(model.unet, worn):
            unet(latents, torch.tensor(1.0))

    return {
        "step": lambda: step({}),
        "step with a LoRA": lambda: step(outfit),
        "encoding": lambda: model.autoencoder.encode(picture),
        "decoding": lambda: model.autoencoder.decode(latents[:1]),
    }


def lora(model: BaseModel) -> Outfit:
    """One that changes something."""
    return {
        name: Factors(torch.ones(RANK, layer.in_features), torch.ones(layer.out_features, RANK) / 1e3)
        for name, layer in lora_targets(model.unet).items()
    }


def spent(work: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    begin = time.process_time()
    work()
    return 1e3 * (time.process_time() - begin)


@torch.no_grad()
def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    models = {kind: load("sandbox") for kind in ("as it is", "channels-last", "compiled")}
    for network in (models["channels-last"].unet, models["channels-last"].autoencoder.vae):
        network.to(memory_format=torch.channels_last)
    compile_blocks(models["compiled"].unet)
    kinds = {kind: works(model, lora(model)) for kind, model in models.items()}
    for name in ("step", "step with a LoRA"):
        begin = time.monotonic()
        kinds["compiled"][name]()
        print(f"the first compiled {name}: {time.monotonic() - begin:.0f} s")
    for name in kinds["as it is"]:
        taken: dict[str, list[float]] = {kind: [] for kind in kinds}
        for _ in range(ROUNDS):
            for kind, work in kinds.items():
                taken[kind].append(spent(work[name]))
        print(f"{name}: " + ", ".join(f"{kind} {median(times):.1f} ms" for kind, times in taken.items()))


if __name__ == "__main__":
    main()
