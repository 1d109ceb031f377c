"""Views: which box of the canvas the model sees, and at which size.

The crop of local content generation (LCG), the window of global context harmonisation (GCH) and the paper's
whole picture are the same thing, a `View`, made by one rule: around what must be seen, of free aspect, at the
model's native area, with sides in the model's multiple, and isotropic wherever the canvas leaves room for it.
"""

from dataclasses import dataclass
from functools import cache
from math import ceil, log

from dreammix.protocol import Box, Size

CONTEXT_RATIO = 1.5
"""Side of m' over the side of the masked region: an object that fills the region fills 2/3 of LCG's crop."""
MAX_ASPECT = 3.0
"""Longest side over shortest side of what a model is shown."""
AREA_TOLERANCE = 1 / 8
"""A view's area differs from the square of the native side by at most this share."""
MAX_MAGNIFICATION = 8.0
"""Model pixels a side to one canvas pixel: a smaller region gets more context instead, where there is any."""
ANISOTROPY_COST = 10.0
"""What a percent of unequal stretching costs in the choice of a size, in percents of more or less context."""


@dataclass(frozen=True, slots=True)
class View:
    """One affine map between the canvas and the model's picture.

    Attributes:
        box: what the model sees, in canvas pixels, inside the canvas.
        size: at which size it sees that, in model pixels.
    """

    box: Box
    size: Size


def enlarge(box: Box, ratio: float, canvas: Size) -> Box:
    """The box of m' (Sec. 3.2): `box` with `ratio` (1 or more) times its sides, as far as the canvas goes.

    Its centre stays, unless the canvas ends: then the box is shifted inwards, so that no context is lost.
    """
    return _around(
        box,
        min(ceil(box.width * ratio), canvas.width),
        min(ceil(box.height * ratio), canvas.height),
        canvas,
    )


def square_around(box: Box, ratio: float, canvas: Size) -> Box:
    """The square around a box with `ratio` times its longer side; less of one where the canvas ends."""
    side = round(max(box.width, box.height) * ratio)
    square = Box(box.x + (box.width - side) // 2, box.y + (box.height - side) // 2, side, side)
    return enlarge(square, 1, canvas)


def local_view(
    region: Box, canvas: Size, native: int, multiple: int, *, ratio: float = CONTEXT_RATIO
) -> View:
    """LCG's crop: Crop(x, m') of Eq. 3, where m' is `ratio` times the masked region.

    Args:
        region: box of the mask, inside the canvas.
        canvas: size of the scene.
        native: side of the model's native area in model pixels, a multiple of `multiple`.
        multiple: what each side of the model's pictures is a multiple of.
        ratio: side of m' over the side of the region, at least 1.

    Returns:
        A view that contains the region and lies inside the canvas. Its size has sides in multiples, an area
        within `AREA_TOLERANCE` of `native ** 2` and an aspect of at most `MAX_ASPECT`. Where the canvas has
        room for it, its box contains m' and has the size's aspect to half a pixel. Where it has not, the view
        that gives up least is taken: some context around the region, or equal stretching (`ANISOTROPY_COST`).

    Raises:
        ValueError: `native` is no positive multiple of `multiple`.
    """
    least = ceil(native / MAX_MAGNIFICATION)
    width, height = max(ceil(region.width * ratio), least), max(ceil(region.height * ratio), least)
    return _view(region, Size(width, height), canvas, native, multiple)


def window_view(local: View, ratio: float, canvas: Size, native: int, multiple: int) -> View:
    """GCH's window: `ratio` (1 or more) times LCG's crop, by the same rules as `local_view`."""
    context = Size(ceil(local.box.width * ratio), ceil(local.box.height * ratio))
    return _view(local.box, context, canvas, native, multiple)


def whole_view(canvas: Size, native: int, multiple: int) -> View:
    """What the paper's GCH sees: the whole canvas, at the size of the nearest aspect."""
    return _view(Box.of(canvas), canvas, canvas, native, multiple)


def _view(region: Box, context: Size, canvas: Size, native: int, multiple: int) -> View:
    """The view around `region`, of all the model's sizes, whose box is nearest to the size `context`."""
    wanted = Size(min(context.width, canvas.width), min(context.height, canvas.height))
    candidates = [(size, _extent(region, wanted, canvas, size)) for size in model_sizes(native, multiple)]

    def cost(candidate: tuple[Size, Size]) -> tuple[float, int]:
        size, extent = candidate
        context_change = abs(log(extent.width / wanted.width)) + abs(log(extent.height / wanted.height))
        anisotropy = abs(log(extent.width * size.height / (extent.height * size.width)))
        return context_change + ANISOTROPY_COST * anisotropy, abs(size.area - native**2)

    size, extent = min(candidates, key=cost)
    return View(_around(region, extent.width, extent.height, canvas), size)


def _extent(region: Box, wanted: Size, canvas: Size, size: Size) -> Size:
    """The box's sides for a picture of `size`: as near to `wanted` as its aspect and the canvas allow."""
    enough = max(wanted.width / size.width, wanted.height / size.height)
    room = min(canvas.width / size.width, canvas.height / size.height)
    scale = min(enough, room)
    width = max(1, min(canvas.width, round(size.width * scale)))
    height = max(1, min(canvas.height, round(size.height * scale)))
    if width < region.width or height < region.height:
        return Size(max(width, wanted.width), max(height, wanted.height))
    return Size(width, height)


@cache
def model_sizes(native: int, multiple: int) -> tuple[Size, ...]:
    """Every size that a model of this native side and multiple is shown, in model pixels.

    Raises:
        ValueError: `native` is no positive multiple of `multiple`.
    """
    if native < 1 or multiple < 1 or native % multiple:
        raise ValueError(f"a native side of {native} is no positive multiple of {multiple}")
    sides = range(multiple, int(native * (MAX_ASPECT * (1 + AREA_TOLERANCE)) ** 0.5) + 1, multiple)
    return tuple(
        Size(width, height)
        for width in sides
        for height in sides
        if max(width, height) <= MAX_ASPECT * min(width, height)
        and abs(width * height - native**2) <= AREA_TOLERANCE * native**2
    )


def _around(region: Box, width: int, height: int, canvas: Size) -> Box:
    """The box of these sides around the region's centre, shifted into the canvas."""
    x = min(max(region.x + (region.width - width) // 2, 0), canvas.width - width)
    y = min(max(region.y + (region.height - height) // 2, 0), canvas.height - height)
    return Box(x, y, width, height)
