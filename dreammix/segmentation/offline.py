"""A segmenter without weights: what stands around the middle and looks like nothing on the border.

Ground and subject each are what samples of them say: a kernel density over colour (CIELAB) and place. The
ground's first samples are the picture's frame; a darkened copy of each stands for the shadow that the subject
casts on it. A minimum cut divides the picture by those two densities, the division gives new samples, and so
on, as in GrabCut (Rother, Kolmogorov and Blake 2004). It finds one subject that differs from its ground, with
the frame mostly free of it; it knows no words. Deterministic, plain numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dreammix.geometry import Units, fit, to_array, to_picture, to_units
from dreammix.geometry.paste import GROUND
from dreammix.protocol import InvalidSubject, Picture, Size
from dreammix.segmentation.cut import Flags, smooth_cut, whole

METHOD: Final = 1
"""Goes up when this finds other masks than before, whatever was changed for that."""
SIDE_PX: Final = 96
"""Longest side at which a picture is divided."""
FRAME: Final = 0.06
"""Width of the frame that is taken for ground, as a share of the longest side."""
GROUND_SAMPLES: Final = 200
SUBJECT_SAMPLES: Final = 200
GROUND_REACH: Final = 0.35
SUBJECT_REACH: Final = 0.25
"""How far samples speak for other places: standard deviation, as a share of the longest side."""
COLOUR_REACH: Final = (4.0, 10.0)
"""The same in colour, in units of CIELAB: on a smooth and on a rough ground."""
REACH_OF_ROUGHNESS: Final = 1.5
"""That reach as a multiple of the steps between neighbours in the frame."""
SHADES: Final = (0.85, 0.7, 0.55)
"""How much of a ground's sRGB value is left in its shadow."""
SHADE_WEIGHT: Final = 0.25
"""Of a shaded sample, against the sample itself."""
CENTRE: Final = 0.8
CENTRE_FALL: Final = 6.0
"""Log-odds of the subject in the middle, and how fast they fall with the squared distance from it."""
FLOOR: Final = 2e-4
"""A density that nothing falls below: no sample excludes a pixel for certain."""
MAX_COST: Final = 4.0
"""The strongest opinion of one pixel, in nats."""
EDGE: Final = 1.6
"""Price of an edge between two pixels that look the same, in nats."""
EDGE_LEAST: Final = 0.15
"""Share of it that is left where they differ."""
ROUNDS: Final = 3
ITERATIONS: Final = 100
GAP_PX: Final = 2
"""Pieces that are twice as far apart at `SIDE_PX` still are one subject."""
LARGEST_HOLE: Final = 0.02
"""As a share of the subject; larger ones show the ground (a mug's handle)."""
MIN_SHARE: Final = 0.005
MAX_SHARE: Final = 0.9
"""Share of a picture that a subject covers."""
MIN_CONTRAST: Final = 1.0
"""Mean log-likelihood ratio, in nats, of what is a subject: below, it looks like its ground."""

_XYZ: Final = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
)
"""Linear sRGB to CIE XYZ (IEC 61966-2-1)."""
_WHITE: Final = _XYZ.sum(axis=1)
_CUBE_ROOT_FROM: Final = 0.008856

Indices: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OfflineSegmenter:
    """Finds what differs from the border; see the module. `class_word` is not used."""

    @property
    def fingerprint(self) -> str:
        return f"offline {METHOD}"

    def segment(self, picture: Picture, class_word: str) -> Picture:
        """As `Segmenter.segment`. Raises InvalidSubject."""
        rgb = _opaque(to_units(to_array(picture)))
        longest = max(picture.size.width, picture.size.height)
        scale = min(1.0, SIDE_PX / longest)
        small = Size(max(1, round(picture.size.width * scale)), max(1, round(picture.size.height * scale)))
        inside = _divide(fit(rgb, small))
        if inside is None:
            raise InvalidSubject(
                f"No {class_word} was found in the picture",
                "nothing in its middle differs clearly from its border",
                "Draw a selection around it, give a mask, or choose another picture",
            )
        mask = fit(inside, picture.size) > 0.5
        return to_picture(np.where(mask, 255, 0).astype(np.uint8))


def _divide(rgb: Units) -> Units | None:
    """The subject in a small picture (h, w, 3): above 1/2 inside, below outside; None where there is none."""
    height, width = rgb.shape[:2]
    frame = np.ones((height, width), bool)
    band = max(2, round(FRAME * max(height, width)))
    frame[band:-band, band:-band] = False
    if np.count_nonzero(~frame) < 2:  # Nothing to divide.
        return None
    lab = _lab(rgb)
    across, down = _squared_steps(lab)
    roughness = float(np.sqrt((across + down)[frame].mean() / 2))
    look = _Look.of(rgb, float(np.clip(REACH_OF_ROUGHNESS * roughness, *COLOUR_REACH)))
    usual = float(np.mean([across, down])) + 1e-6
    prior = _centre(height, width)

    def cut(cost: Units) -> Units:
        cost = np.where(frame, MAX_COST, np.clip(cost, -MAX_COST, MAX_COST)).astype(np.float32)
        return smooth_cut(cost, _price(across, usual), _price(down, usual), ITERATIONS)

    # At first only the ground is known: what it explains worst, by Otsu's threshold, is the subject.
    border = _drawn(frame, GROUND_SAMPLES)
    strange = prior - look.as_ground(border)
    division = cut(_threshold(strange[~frame]) - strange)
    evidence = np.zeros_like(division)
    for _ in range(ROUNDS):
        inside = division > 0.5
        if not inside.any():
            return None
        around = np.concatenate([border, _drawn(~inside & ~frame, GROUND_SAMPLES // 2)])
        evidence = look.as_subject(_drawn(inside, SUBJECT_SAMPLES)) - look.as_ground(around)
        division = cut(-evidence - prior)
    inside = whole(division > 0.5, GAP_PX, LARGEST_HOLE)
    if not MIN_SHARE <= inside.mean() <= MAX_SHARE or evidence[inside].mean() < MIN_CONTRAST:
        return None
    # The cut's own values place the edge between these pixels; what `whole` added or took off is decided.
    return np.where(inside, np.maximum(division, 0.75), np.minimum(division, 0.25)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Look:
    """Colour and place of every pixel of an (h, w) picture, and what samples of them say about the others.

    Attributes:
        rgb: (h, w, 3) in [0, 1].
        colours: (h * w, 3), CIELAB in units of the colours' reach.
        places: (h * w, 2), in longest sides.
        reach: of a colour, in units of CIELAB.
    """

    rgb: Units
    colours: Units
    places: Units
    reach: float

    @staticmethod
    def of(rgb: Units, reach: float) -> _Look:
        height, width = rgb.shape[:2]
        y, x = np.mgrid[:height, :width].astype(np.float32) / max(height, width)
        places = np.stack([x.ravel(), y.ravel()], axis=1)
        return _Look(rgb=rgb, colours=_lab(rgb).reshape(-1, 3) / reach, places=places, reach=reach)

    def as_subject(self, samples: Indices) -> Units:
        """Log-density (h, w) of each pixel, if it belongs to what the samples belong to."""
        colours, places = self.colours[samples], self.places[samples]
        return self._log_density(colours, places, SUBJECT_REACH, np.full(len(samples), 1 / len(samples)))

    def as_ground(self, samples: Indices) -> Units:
        """The same, where it may also lie in a shadow that falls on it."""
        lit = self.rgb.reshape(-1, 3)[samples]
        shaded = [_lab(lit * shade) / self.reach for shade in SHADES]
        colours = np.concatenate([self.colours[samples], *shaded])
        places = np.tile(self.places[samples], (1 + len(SHADES), 1))
        weights = np.repeat([1.0] + [SHADE_WEIGHT] * len(SHADES), len(samples)) / len(samples)
        return self._log_density(colours, places, GROUND_REACH, weights)

    def _log_density(
        self, colours: Units, places: Units, reach: float, weights: NDArray[np.float64]
    ) -> Units:
        pixels = np.hstack([self.colours, self.places / reach])
        samples = np.hstack([colours, places / reach])
        # -|p - s|^2 / 2 as one product of matrices.
        exponents = pixels @ samples.T
        exponents -= (pixels**2).sum(axis=1)[:, None] / 2
        exponents -= (samples**2).sum(axis=1) / 2
        density: Units = np.exp(exponents, out=exponents) @ weights.astype(np.float32)
        likelihood: Units = np.log(density + np.float32(FLOOR)).reshape(self.rgb.shape[:2])
        return likelihood


def _opaque(rgba: Units) -> Units:
    """The picture (H, W, 3) as it looks on white."""
    alpha = rgba[..., 3:]
    return rgba[..., :3] * alpha + np.float32(GROUND / 255) * (1 - alpha)


def _lab(rgb: Units) -> Units:
    """CIELAB under D65 of sRGB in [0, 1], along the last axis."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    t = linear @ _XYZ.T / _WHITE
    f = np.where(t > _CUBE_ROOT_FROM, np.cbrt(t), 7.787 * t + 16 / 116)
    lab = (116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2]))
    return np.stack(lab, axis=-1).astype(np.float32)


def _squared_steps(lab: Units) -> tuple[Units, Units]:
    """Squared colour distance (h, w) from each pixel to its right and its lower neighbour; 0 at the end."""
    across, down = np.zeros(lab.shape[:2], np.float32), np.zeros(lab.shape[:2], np.float32)
    across[:, :-1] = ((lab[:, 1:] - lab[:, :-1]) ** 2).sum(axis=2)
    down[:-1] = ((lab[1:] - lab[:-1]) ** 2).sum(axis=2)
    return across, down


def _price(squared_steps: Units, usual: float) -> Units:
    """What the cut pays for an edge there."""
    alike = np.exp(-squared_steps / (2 * usual))
    price: Units = (EDGE * (EDGE_LEAST + (1 - EDGE_LEAST) * alike)).astype(np.float32)
    return price


def _centre(height: int, width: int) -> Units:
    """Log-odds (h, w) that a pixel is the subject's, by its place alone."""
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height - 0.5
    x = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    return np.asarray(CENTRE * (1 - CENTRE_FALL * (x**2 + y**2)), np.float32)


def _drawn(among: Flags, count: int) -> Indices:
    """At most `count` of the pixels that are true, the same ones every time."""
    return np.random.default_rng(0).permutation(np.flatnonzero(among))[:count]


def _threshold(values: Units) -> float:
    """The value that divides the values best into low and high ones (Otsu 1979)."""
    ordered = np.sort(values)
    low = np.arange(1, len(ordered))
    high = len(ordered) - low
    sums = np.cumsum(ordered, dtype=np.float64)
    distance = sums[:-1] / low - (sums[-1] - sums[:-1]) / high
    return float(ordered[int(np.argmax(low * high * distance**2))])
