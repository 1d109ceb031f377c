"""A request becomes progress, previews and results, and leaves alone what it was not asked to change."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest
import torch

from dreammix.geometry import Bytes, resample, to_array, to_picture
from dreammix.pipeline import MAX_PREVIEW_SIDE, Pipeline, composite
from dreammix.protocol import (
    Box,
    Cancelled,
    Event,
    Harmonisation,
    InsertRequest,
    InsertSettings,
    NumericalFailure,
    Preview,
    Progress,
    Result,
    Size,
    Solver,
    Stage,
)
from dreammix.sampling.matte import Matte


def results(pipeline: Pipeline, request: InsertRequest) -> list[Result]:
    """What a request ends with."""
    return [event for event in pipeline.insert(request) if isinstance(event, Result)]


def pixels(result: Result) -> np.ndarray:
    """A layer's samples, ready to be subtracted."""
    return to_array(result.layer).astype(int)


def with_settings(request: InsertRequest, **changes: Any) -> InsertRequest:
    """The request with other settings."""
    return replace(request, settings=replace(request.settings, **changes))


def test_events_tell_the_insert_in_order(pipeline: Pipeline, request_: InsertRequest) -> None:
    """Both stages count their steps from 1 to the last; the results come at the end, one a variant."""
    events = list(pipeline.insert(replace(request_, variants=2)))
    steps = [(event.stage, event.step, event.steps) for event in events if isinstance(event, Progress)]
    assert steps == [(Stage.LOCAL, 1, 2), (Stage.LOCAL, 2, 2), (Stage.GLOBAL, 1, 2), (Stage.GLOBAL, 2, 2)]
    assert [(event.variant, event.seed) for event in events[-2:] if isinstance(event, Result)] == [
        (0, 7),
        (1, 8),
    ]


def test_every_step_shows_every_variant(pipeline: Pipeline, request_: InsertRequest) -> None:
    """After each step comes a preview of each variant, and the paste between the stages is one more."""
    shown = [
        (event.stage, event.step, event.variant)
        for event in pipeline.insert(replace(request_, variants=2))
        if isinstance(event, Preview)
    ]
    local, global_ = (Stage.LOCAL, Stage.GLOBAL)
    steps = [(local, 1), (local, 2), (local, 2), (global_, 1), (global_, 2)]
    assert shown == [(stage, step, variant) for stage, step in steps for variant in (0, 1)]


def test_a_preview_is_seen_only_inside_the_mask(
    pipeline: Pipeline, request_: InsertRequest, scene: Bytes, mask: Bytes
) -> None:
    """Scaled into its box, a preview covers the middle of the region and nothing far from it."""
    for event in pipeline.insert(request_):
        if isinstance(event, Preview):
            shown = to_array(composite(request_.scene, event))
            assert (shown[24, 32] != scene[24, 32]).any()
            assert (shown[:4] == scene[:4]).all()
            assert max(event.picture.size.width, event.picture.size.height) <= MAX_PREVIEW_SIDE


def test_the_last_local_preview_is_the_decoded_paste(pipeline: Pipeline, request_: InsertRequest) -> None:
    """Before the global stage begins, what it will start from is shown at the region's own resolution."""
    local = [
        event
        for event in pipeline.insert(request_)
        if isinstance(event, Preview) and event.stage is Stage.LOCAL
    ]
    assert local[-1].box == Box(22, 16, 20, 16)
    assert local[-1].picture.size == Size(20, 16)


@pytest.mark.parametrize(
    ("local_share", "stages"),
    [(0.0, {Stage.GLOBAL}), (0.5, {Stage.LOCAL, Stage.GLOBAL}), (1.0, {Stage.LOCAL})],
)
def test_the_local_share_chooses_the_stages(
    pipeline: Pipeline, request_: InsertRequest, local_share: float, stages: set[Stage]
) -> None:
    """A share of 0 is global only, of 1 local only."""
    events = list(pipeline.insert(with_settings(request_, local_share=local_share)))
    assert {event.stage for event in events if isinstance(event, Progress)} == stages
    assert isinstance(events[-1], Result)


def test_whole_harmonisation_sees_the_whole_canvas(pipeline: Pipeline, request_: InsertRequest) -> None:
    """The paper's global stage works on everything, the product's default on a window."""

    def seen(harmonisation: Harmonisation) -> Box:
        events = pipeline.insert(with_settings(request_, harmonisation=harmonisation, window_ratio=1.0))
        return next(e.box for e in events if isinstance(e, Preview) and e.stage is Stage.GLOBAL)

    assert seen(Harmonisation.WHOLE) == Box(0, 0, 64, 48)
    assert seen(Harmonisation.WINDOW).size.area < 64 * 48


@pytest.mark.parametrize("solver", list(Solver))
def test_every_solver_gives_a_result(pipeline: Pipeline, request_: InsertRequest, solver: Solver) -> None:
    """Whatever takes the steps, a layer with the feather as its alpha comes out."""
    (result,) = results(pipeline, with_settings(request_, solver=solver))
    alpha = pixels(result)[..., 3]
    assert (result.box, alpha.max()) == (Box(22, 16, 20, 16), 255)
    assert 0 < alpha[0, 0] < 255


def test_the_matte_thins_the_layer(
    pipeline: Pipeline, request_: InsertRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The layer's alpha is the feather's times how much of each pixel the words painted."""
    (whole,) = results(pipeline, with_settings(request_, matte=0))
    left = np.repeat(np.linspace(1, 0, whole.box.width, dtype=np.float32)[None, None], whole.box.height, 1)
    monkeypatch.setattr(
        Matte, "alpha", lambda _self, box: resample(left[0], Box.of(whole.box.size), box.size)[None]
    )
    (thin,) = results(pipeline, with_settings(request_, matte=1))
    np.testing.assert_allclose(pixels(thin)[..., 3], pixels(whole)[..., 3] * left[0], atol=1)


@pytest.mark.parametrize("opacity", [255, 128, 0])
def test_nothing_outside_the_mask_changes(
    pipeline: Pipeline, request_: InsertRequest, scene: Bytes, mask: Bytes, opacity: int
) -> None:
    """Outside of the mask every byte is the scene's, alpha included; inside the picture is a new one."""
    scene[..., 3] = opacity
    request = replace(request_, scene=to_picture(scene))
    (result,) = results(pipeline, request)
    after = to_array(composite(request.scene, result))
    assert (after[mask == 0] == scene[mask == 0]).all()
    assert (after[24, 32, :3] != scene[24, 32, :3]).any()
    assert after[24, 32, 3] == 255


def test_the_model_sees_no_colour_of_transparent_pixels(
    pipeline: Pipeline, request_: InsertRequest, scene: Bytes
) -> None:
    """What a picture hides under full transparency has no influence on the result."""
    scene[:, :20, 3] = 0
    hidden = scene.copy()
    hidden[:, :20, :3] = 99
    first, second = (results(pipeline, replace(request_, scene=to_picture(s)))[0] for s in (scene, hidden))
    assert first == second


def test_a_variant_can_be_asked_for_again(pipeline: Pipeline, request_: InsertRequest) -> None:
    """The seed that a result reports gives the same picture alone as it did in company."""
    together = results(pipeline, replace(request_, variants=3))
    for result in together:
        (alone,) = results(pipeline, replace(request_, seed=result.seed))
        assert np.abs(pixels(alone) - pixels(result)).max() <= 1
    assert np.abs(pixels(together[0]) - pixels(together[1])).max() > 1


def test_no_step_looks_through_the_network(
    pipeline: Pipeline, request_: InsertRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its precision is known: to find it takes longer than all else that a step does beside the network."""

    def asked(_: object) -> torch.dtype:
        raise AssertionError("the network was looked through")

    monkeypatch.setattr(type(pipeline.model.unet), "dtype", property(asked))
    assert results(pipeline, request_)


def test_the_words_matter(pipeline: Pipeline, request_: InsertRequest) -> None:
    """Another prompt, or another negative prompt, gives another picture."""
    settings = replace(request_.settings, guidance=30.0)
    usual = replace(request_, settings=settings)
    pictures = [
        pixels(results(pipeline, request)[0])
        for request in (usual, replace(usual, prompt="blue"), replace(usual, negative_prompt="ugly"))
    ]
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[0] != pictures[2]).any()


def test_without_guidance_the_negative_prompt_has_no_say(pipeline: Pipeline, request_: InsertRequest) -> None:
    """A guidance of 1 is the prompt alone."""
    usual = with_settings(request_, guidance=1.0)
    assert results(pipeline, usual) == results(pipeline, replace(usual, negative_prompt="ugly"))


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (1, 1000), (1000, 1), (3, 5), (31, 33), (200, 40), (128, 128)]
)
@pytest.mark.parametrize("everything", [True, False])
def test_any_size_and_aspect_works(
    pipeline: Pipeline, request_: InsertRequest, width: int, height: int, everything: bool
) -> None:
    """From one pixel to long strips, with the mask over everything or over the last pixel alone."""
    scene = np.full((height, width, 4), 200, np.uint8)
    mask = np.full((height, width), 255 if everything else 0, np.uint8)
    mask[-1, -1] = 255
    request = replace(request_, scene=to_picture(scene), mask=to_picture(mask))
    (result,) = results(pipeline, request)
    after = to_array(composite(request.scene, result))
    assert (after[mask == 0] == scene[mask == 0]).all()
    assert result.box.size == (Size(width, height) if everything else Size(1, 1))


def test_the_time_left_is_measured(pipeline: Pipeline, request_: InsertRequest) -> None:
    """With a clock that moves two seconds a step, each further step says twice the number of steps left."""
    ticks = count(start=100, step=2)
    timed = replace(pipeline, clock=lambda: float(next(ticks)))
    left = [event.seconds_left for event in timed.insert(request_) if isinstance(event, Progress)]
    assert left == [None, 4.0, 2.0, 0.0]


def until_cancelled(events: Iterator[Event]) -> list[Event]:
    """What comes before the job says that it was stopped."""
    seen = []
    with pytest.raises(Cancelled):
        for event in events:
            seen.append(event)
    return seen


def test_a_job_that_is_cancelled_beforehand_does_nothing(pipeline: Pipeline, request_: InsertRequest) -> None:
    """No step is taken for a job that nobody wants any more."""
    assert until_cancelled(pipeline.insert(request_, cancelled=lambda: True)) == []


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_cancel_answers_within_one_step(pipeline: Pipeline, request_: InsertRequest, step: int) -> None:
    """Once cancelled, the job takes no further step, in either stage."""
    done: list[Progress] = []
    events = pipeline.insert(request_, cancelled=lambda: len(done) >= step)
    with pytest.raises(Cancelled):
        for event in events:
            assert not isinstance(event, Result)
            if isinstance(event, Progress):
                done.append(event)
    assert len(done) == step


def test_numbers_that_are_no_picture_are_an_error(pipeline: Pipeline, request_: InsertRequest) -> None:
    """A model that gives NaN is a NumericalFailure, not a black picture."""
    assert pipeline.model.head is not None
    head = torch.full_like(pipeline.model.head, torch.nan)
    broken = replace(pipeline, model=replace(pipeline.model, head=head))
    with pytest.raises(NumericalFailure):
        results(broken, request_)


def test_an_insert_leaves_the_model_as_it_was(pipeline: Pipeline, request_: InsertRequest) -> None:
    """The same request gives the same result again, whatever came between."""
    first = results(pipeline, request_)
    next(pipeline.insert(replace(request_, prompt="blue")))  # Begun, and left alone.
    results(pipeline, with_settings(request_, steps=3, solver=Solver.EULER))
    assert results(pipeline, request_) == first


def test_the_usual_settings_are_the_protocols(pipeline: Pipeline, request_: InsertRequest) -> None:
    """Who asks for nothing special gets 30 steps, 21 of them local."""
    events = pipeline.insert(replace(request_, settings=InsertSettings()))
    last = [event for event in events if isinstance(event, Progress)][20:22]
    assert [(event.stage, event.step, event.steps) for event in last] == [
        (Stage.LOCAL, 21, 21),
        (Stage.GLOBAL, 1, 9),
    ]
