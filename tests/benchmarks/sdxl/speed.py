"""A whole insert beside the bare calls of its networks, and beside diffusers' own inpainting pipeline.

Both know their words already, and call the same networks with tensors of the same sizes, which are computed
in the same layout. On a card all of them are timed as they are, in turns. On a processor that others use too,
the same calls take now a tenth more, now a tenth less: there what an insert and the pipeline do outside of
the networks is timed, and added to one time of the networks for both; the ratio of the wholes stands beside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import fmean

import torch
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_inpaint import (
    StableDiffusionXLInpaintPipeline,
)
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler

from dreammix.evaluation.report import Figure, at_most, mean
from dreammix.evaluation.speed import Stopwatch, neural_parts
from dreammix.geometry import to_array, to_units
from dreammix.models.base import BaseModel
from dreammix.pipeline import Pipeline
from dreammix.protocol import InsertRequest
from tests.benchmarks.sdxl.settings import Wanted, request
from tests.benchmarks.sdxl.turns import Call, again, clock_of, in_turns, noted, seconds

BARE_GOAL = 1.05
RIVAL_GOAL = 1.0
RIVAL = "StableDiffusionXLInpaintPipeline"


def speed(model: BaseModel, wanted: Wanted) -> list[Figure]:
    """Time all of them in turns: the ratios are of one round each."""
    asked, pipeline = request(wanted), Pipeline(model)
    unet, encoder, decoder = neural_parts(model)
    with noted(unet, encoder, decoder) as calls:
        list(pipeline.insert(asked))
    switch = _switch(calls, encoder, decoder)
    with _rival(model, asked) as rival:
        with noted(unet, encoder, decoder) as rivals:
            rival()
        assert sum(call.module is unet for call in calls) == wanted.steps
        assert Counter(map(_told, calls)) == Counter(map(_told, rivals)) + Counter(map(_told, switch))
        works: dict[str, Callable[[], object]] = {
            "insert": lambda: list(pipeline.insert(asked)),
            "bare": partial(again, calls),
            "rival": rival,
            "switch": partial(again, switch),
        }
        taken = in_turns(works, wanted.rounds, wanted.device)
        told = f"{wanted.steps} steps at {wanted.scale.side} px"
        figures = [
            mean(f"whole insert, {told}", taken["insert"], "s"),
            mean("bare calls of U-Net and autoencoder", taken["bare"], "s"),
            mean("of these decode and encode of the switch", taken["switch"], "s"),
            mean(RIVAL, taken["rival"], "s"),
        ]
        if wanted.device.type != "cpu":
            return figures + _ratios(taken["insert"], taken["bare"], taken["rival"], taken["switch"])
        without = [whole - part for whole, part in zip(taken["insert"], taken["switch"], strict=True)]
        by_wholes = mean(
            f"insert without the switch over {RIVAL}, by the wholes", _over(without, taken["rival"]), ""
        )
        own = [_outside(model, works["insert"], wanted) for _ in range(wanted.rounds)]
        theirs = [_outside(model, rival, wanted) for _ in range(wanted.rounds)]
    networks, switched = fmean(taken["bare"]), fmean(taken["switch"])
    figures += [
        mean("insert outside of U-Net and autoencoder", own, "s"),
        mean(f"{RIVAL} outside of them", theirs, "s"),
    ]
    rounds = len(own)
    return (
        figures
        + _ratios(
            [networks + spent for spent in own],
            [networks] * rounds,
            [networks - switched + spent for spent in theirs],
            [switched] * rounds,
        )
        + [by_wholes]
    )


def _told(call: Call) -> tuple[object, ...]:
    """What a call's time depends on: which network, and its input's size, precision and layout.

    A convolution keeps channels last where its weights lie so, or what it is given; all after it follow.
    """
    given, weights = call.inputs[0], call.module.get_parameter("conv_in.weight")
    last = any(each.is_contiguous(memory_format=torch.channels_last) for each in (given, weights))
    return id(call.module), given.shape, given.dtype, last


def _ratios(
    inserts: list[float], bare: list[float], others: list[float], switches: list[float]
) -> list[Figure]:
    without = [insert - switch for insert, switch in zip(inserts, switches, strict=True)]
    return [
        mean("insert over bare calls", _over(inserts, bare), "", at_most(BARE_GOAL)),
        mean(f"insert without the switch over {RIVAL}", _over(without, others), "", at_most(RIVAL_GOAL)),
        mean(f"insert over {RIVAL}, switch included", _over(inserts, others), ""),
    ]


def _outside(model: BaseModel, work: Callable[[], object], wanted: Wanted) -> float:
    """The seconds of a work that are not the networks'."""
    watch = Stopwatch(clock_of(wanted.device))
    with watch.on(*neural_parts(model)):
        return seconds(work, wanted.device) - watch.seconds


def _over(these: list[float], those: list[float]) -> list[float]:
    return [this / that for this, that in zip(these, those, strict=True)]


def _switch(calls: list[Call], encoder: torch.nn.Module, decoder: torch.nn.Module) -> list[Call]:
    """What only an insert of two stages does: x^L is decoded, and x^G, with it in the scene, encoded.

    What else is encoded, the pipeline encodes as often: twice.
    """
    encoded = [call for call in calls if call.module is encoder]
    decoded = [call for call in calls if call.module is decoder]
    assert (len(encoded), len(decoded)) == (3, 2)
    return [decoded[0], encoded[2]]


@contextmanager
def _rival(model: BaseModel, asked: InsertRequest) -> Iterator[Callable[[], object]]:
    """The same networks in diffusers' pipeline: as many calls, as large, in the same precision.

    Its autoencoder would be computed in fp32 whatever the precision (`force_upcast`), and be left in another:
    what it is given comes in the precision that ours lies in.
    """
    vae = model.autoencoder.vae
    first, second = model.text.encoders
    wanted, empty = (model.text.encode([prompt]) for prompt in (asked.prompt, ""))
    scheduler = DPMSolverMultistepScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        use_karras_sigmas=True,
        algorithm_type="sde-dpmsolver++",
    )
    pipeline = StableDiffusionXLInpaintPipeline(
        vae=vae,
        text_encoder=first,
        text_encoder_2=second,
        tokenizer=model.text.tokenizers[0],
        tokenizer_2=model.text.tokenizers[1],
        unet=model.unet,
        scheduler=scheduler,
    )
    pipeline.set_progress_bar_config(disable=True)
    scene = torch.from_numpy(to_units(to_array(asked.scene)[..., :3])).movedim(-1, 0)[None].contiguous()
    mask = torch.from_numpy(to_units(to_array(asked.mask)))[None, None]
    upcast, precision = vae.config["force_upcast"], vae.dtype
    vae.register_to_config(force_upcast=False)
    doors = [
        door.register_forward_pre_hook(lambda _door, given: (given[0].to(precision), *given[1:]))
        for door in (vae.encoder, vae.post_quant_conv)
    ]
    try:
        yield lambda: pipeline(
            prompt_embeds=wanted.tokens,
            negative_prompt_embeds=empty.tokens,
            pooled_prompt_embeds=wanted.pooled,
            negative_pooled_prompt_embeds=empty.pooled,
            image=scene,
            mask_image=mask,
            width=asked.scene.size.width,
            height=asked.scene.size.height,
            strength=1.0,
            num_inference_steps=asked.settings.steps,
            guidance_scale=asked.settings.guidance,
            generator=torch.Generator().manual_seed(asked.seed),
        )
    finally:
        for door in doors:
            door.remove()
        vae.register_to_config(force_upcast=upcast)
