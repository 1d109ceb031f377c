"""Nothing outside the declared feather changes by one bit, whatever is painted into."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dreammix.geometry import Bytes, to_array, to_picture
from dreammix.pipeline import Pipeline, composite
from dreammix.protocol import Harmonisation, InsertRequest, InsertSettings, Result

SIDES = st.integers(1, 150) | st.sampled_from([1, 2, 1000])


@st.composite
def canvases(draw: st.DrawFn) -> tuple[Bytes, Bytes]:
    """A scene (H, W, 4), opaque or not, and a mask (H, W): a box, one pixel, everything, or soft noise."""
    width, height = draw(SIDES), draw(SIDES)
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    scene = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
    if draw(st.booleans()):
        scene[..., 3] = 255
    mask = np.zeros((height, width), np.uint8)
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    right, bottom = draw(st.integers(x + 1, width)), draw(st.integers(y + 1, height))
    match draw(st.sampled_from(["box", "pixel", "everything", "soft"])):
        case "box":
            mask[y:bottom, x:right] = 255
        case "pixel":
            mask[y, x] = 255
        case "everything":
            mask[:] = 255
        case _:
            mask[y:bottom, x:right] = random.integers(1, 256, (bottom - y, right - x))
    return scene, mask


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    canvas=canvases(),
    feather=st.integers(0, 40),
    harmonisation=st.sampled_from(Harmonisation),
    local_share=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_every_byte_outside_stays(
    pipeline: Pipeline,
    canvas: tuple[Bytes, Bytes],
    feather: int,
    harmonisation: Harmonisation,
    local_share: float,
) -> None:
    """Where the layer's alpha is 0, and so wherever the mask is, every byte stays, alpha included."""
    scene, mask = canvas
    request = InsertRequest(
        scene=to_picture(scene),
        mask=to_picture(mask),
        prompt="red",
        settings=InsertSettings(
            steps=2, local_share=local_share, feather=feather, harmonisation=harmonisation
        ),
    )
    (result,) = (event for event in pipeline.insert(request) if isinstance(event, Result))
    alpha = np.zeros(mask.shape, np.uint8)
    box = result.box
    alpha[box.y : box.bottom, box.x : box.right] = to_array(result.layer)[..., 3]
    after = to_array(composite(request.scene, result))
    assert (alpha <= mask).all()
    assert (alpha > 0).any()
    assert (after[alpha == 0] == scene[alpha == 0]).all()
