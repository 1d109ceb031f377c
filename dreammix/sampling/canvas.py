"""The scene and its mask as the two stages see them: pixels of the canvas to tensors, and back.

Only what a view shows is ever copied or converted, never more of the canvas.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dreammix.denoisers import Inpainting
from dreammix.geometry import Bytes, Units, View, fit, latent_mask, low_pass, mask_box, resample
from dreammix.protocol import Box, Size
from dreammix.sampling.model import PictureEncoder

COARSE: Final = 4
"""Width, in pixels of the model, from which on structure is harmonised; what is finer is detail."""


class Canvas:
    """A scene x with the artist's mask m.

    Args:
        scene: (H, W, 3).
        mask: (H, W), not empty.

    Raises:
        InvalidMask: the mask is empty.
    """

    def __init__(self, scene: Bytes | Units, mask: Bytes | Units) -> None:
        if scene.ndim != 3 or scene.shape[2] != 3 or mask.shape != scene.shape[:2]:
            raise ValueError(f"expected a scene (H, W, 3) and its mask, got {scene.shape} and {mask.shape}")
        self._scene = scene
        self._mask = mask
        self._touches: dict[View, NDArray[np.bool_]] = {}
        self.masked: Box = mask_box(mask)
        """The box of m."""

    def crop(self, view: View) -> Tensor:
        """The scene through a view, Crop(x, .) of Eq. 3: (1, 3, H, W) in [-1, 1]."""
        return _to_tensor([resample(self._scene, view.box, view.size)])

    def tell(self, crop: Tensor, view: View, model: PictureEncoder) -> Inpainting:
        """What a model is told of a view's crop: each pixel that m touches is masked, and grey."""
        touched = self._touched(view)
        latent = model.encode(crop * torch.from_numpy(~touched))
        return Inpainting(mask=self.cells(view, model.scale).to(latent), masked_latent=latent)

    def cells(self, view: View, scale: int) -> Tensor:
        """(1, 1, h, w): 1 in the latent cells, of `scale` pixels a side, of which m touches a pixel."""
        return torch.from_numpy(latent_mask(self._touched(view).astype(np.float32), scale))[None, None]

    def _touched(self, view: View) -> NDArray[np.bool_]:
        """The model pixels of a view that m touches; what the model is told and the matte both ask."""
        if view not in self._touches:
            self._touches[view] = resample(self._mask, view.box, view.size) > 0
        return self._touches[view]

    def pasted(self, patches: Units, shares: Units, box: Box, view: View) -> Tensor:
        """x^G through a view: the scene with each patch laid over it through m and its share.

        Args:
            patches: (N, box.height, box.width, 3).
            shares: (N, box.height, box.width), how much of a pixel is the patch's.
            box: their place on the canvas, inside of the view.
            view: what is looked through.

        Returns:
            (N, 3, H, W) in [-1, 1].
        """
        mask = resample(self._mask, box, box.size)
        below = resample(self._scene, box, box.size)
        alphas = (mask * shares)[..., None]
        mixed = (below + alpha * (patch - below) for alpha, patch in zip(alphas, patches, strict=True))
        return _to_tensor(fit(self._with(patch, box, view), view.size) for patch in mixed)

    def _with(self, patch: Units, box: Box, view: View) -> Units:
        """What a view shows of the scene, with a patch in it, at the canvas's resolution."""
        picture = resample(self._scene, view.box, view.box.size)
        picture[_slices(box, view.box)] = patch
        return picture


def to_canvas(pictures: Tensor, view: View, box: Box) -> Units:
    """What model pictures (N, 3, H, W) in [-1, 1] of a view show of a box of the canvas inside of it.

    Returns:
        (N, box.height, box.width, 3).
    """
    units = ((pictures + 1) / 2).clamp(0, 1).movedim(1, -1).to("cpu", torch.float32).numpy()
    inside = box.translate(-view.box.x, -view.box.y)
    return np.stack([fit(picture, view.box.size, inside) for picture in units])


def fine(changes: NDArray[np.float32], box: Box, view: View) -> NDArray[np.float32]:
    """What of changes to a box of the canvas is finer than `COARSE` model pixels of a view of it.

    Args:
        changes: (N, box.height, box.width, 3) in [-1, 1]; around the box nothing changes.
        box: inside of the view.
        view: what is looked through.
    """
    inside = box.translate(-view.box.x, -view.box.y)
    size = Size(max(1, view.size.width // COARSE), max(1, view.size.height // COARSE))
    units = np.full((view.box.height, view.box.width, 3), 0.5, np.float32)  # 0.5 is no change.
    coarse = []
    for change in changes:
        units[_slices(box, view.box)] = (1 + change) / 2
        coarse.append(2 * low_pass(units, size, inside) - 1)
    return changes - np.stack(coarse)


def cut(patches: Units, place: Box, box: Box) -> Units:
    """The part of patches (N, H, W, 3), which lie at `place` on the canvas, that a box inside of it holds."""
    return patches[(slice(None), *_slices(box, place))]


def _to_tensor(pictures: Iterable[Units]) -> Tensor:
    """Pictures (H, W, 3) to (N, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(np.stack(list(pictures))).movedim(-1, 1).contiguous() * 2 - 1


def _slices(box: Box, frame: Box) -> tuple[slice, slice]:
    """The rows and columns of a box in an array that shows a frame; both are boxes of the canvas."""
    return slice(box.y - frame.y, box.bottom - frame.y), slice(box.x - frame.x, box.right - frame.x)
