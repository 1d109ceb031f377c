"""A stand-in for a model in a worker process: it paints Pip, the demo's teapot, out of noise.

Quick, the same every time, and as a real one in all that the plugin sees: progress, previews, results with a
soft edge. While there is a file `HOLD` in the library's folder it stays in the middle of its work.
"""

import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from dreammix.protocol import (
    Box,
    Cancelled,
    Event,
    InsertRequest,
    Picture,
    Preview,
    Profile,
    Progress,
    Result,
    SampleFormat,
    Size,
    Stage,
    Taught,
    TeachEvent,
    TeachProgress,
    TeachRequest,
    TeachSample,
)
from dreammix.protocol.teaching import TeachStage
from dreammix.subjects import Library, LoraFiles, default_root

PIP: Final = Path(__file__).resolve().parents[2] / "dreammix/sandbox/demo/pip-1.png"
HOLD: Final = "hold"
STEP_S: Final = 0.02
"""How long a step takes."""
MAX_PREVIEW_SIDE: Final = 128
COLOURS: Final = {"red": (1, 0, 2), "blue": (0, 2, 1)}
"""For a word of the edit, where each channel is taken from: Pip is green."""

REGULAR: Final = 8
LESSON: Final = 120
SAMPLES: Final = 4
"""A lesson's regular pictures, its steps, and its samples."""
TOO_MUCH: Final = "enormous"
"""A word that is too much for it."""

Pixels = np.ndarray[Any, np.dtype[np.float32]]


class Painter:
    """See the module."""

    def __init__(self, library: Path, device: str, profile: Profile | None) -> None:
        self.device, self.profile = device, profile or Profile.FULL
        self._library = library
        self._hold = library / HOLD
        self._taught: dict[str, int] = {}

    def shrink(self) -> None:
        """It takes nothing."""

    def insert(self, request: InsertRequest, artist: str, cancelled: Callable[[], bool]) -> Iterator[Event]:
        """Pip in the middle of the region, in the colour that the words name."""
        size, steps = request.mask.size, request.settings.steps
        mask = np.frombuffer(request.mask.data, np.uint8).reshape(size.height, size.width)
        rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
        x, y = int(columns[0]), int(rows[0])
        box = Box(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)
        words = request.prompt + (request.subject.edit if request.subject else "")
        if TOO_MUCH in words:
            raise MemoryError
        pip = pip_in(box.size)[
            :, :, [*next((COLOURS[word] for word in COLOURS if word in words), (0, 1, 2)), 3]
        ]
        pip[..., 3] *= mask[y : y + box.height, x : x + box.width] / 255
        for step in range(1, steps + 1):
            self._wait(cancelled, held=step > steps // 2)
            stage = Stage.LOCAL if step <= 0.7 * steps else Stage.GLOBAL
            yield Progress(stage, step, steps, (steps - step) * STEP_S)
            yield from _previews(request, pip, box, stage, step)
        for variant, seed in enumerate(request.seeds):
            yield Result(variant=variant, seed=seed, box=box, layer=_picture(_varied(pip, variant)))

    def teach(
        self,
        request: TeachRequest,
        artist: str,
        cancelled: Callable[[], bool],
        enough: Callable[[], bool],
    ) -> Iterator[TeachEvent]:
        """It learns nothing, and goes on where it was stopped; the subject counts as taught afterwards."""
        for step in range(1, REGULAR + 1):
            self._wait(cancelled, held=False)
            yield TeachProgress(stage=TeachStage.REGULAR, step=step, steps=REGULAR)
        for step in range(self._taught.get(request.subject, 0) + 1, LESSON + 1):
            self._wait(cancelled, held=step > LESSON // 2)
            self._taught[request.subject] = step
            left = (LESSON - step) * STEP_S
            yield TeachProgress(
                stage=TeachStage.TEACHING, step=step, steps=LESSON, loss=_loss(step), seconds_left=left
            )
            if step % (LESSON // SAMPLES) == 0:
                yield TeachSample(step, _sample(step / LESSON))
            if enough():
                break
        library = Library(self._library, artist)
        files = LoraFiles(diffusers=b"learned", kohya=b"the same")
        version = library.add_lora(
            request.subject,
            files,
            base="sandbox",
            base_hash="0" * 64,
            token="q",
            steps=self._taught.pop(request.subject),
            seed=request.seed,
        )
        yield Taught(subject=request.subject, version=version.version, loss=_loss(LESSON))

    def _wait(self, cancelled: Callable[[], bool], *, held: bool) -> None:
        time.sleep(STEP_S)
        while held and self._hold.exists() and not cancelled():
            time.sleep(STEP_S)
        if cancelled():
            raise Cancelled("It was stopped", "you asked for it", "Start it again")


def load(model: str, library: Path | None, device: str, profile: Profile | None) -> Painter:
    """It is always there."""
    return Painter(library or default_root(), device, profile)


def _varied(pip: Pixels, variant: int) -> Pixels:
    """Every other one looks the other way, and later ones are lighter."""
    varied = pip[:, ::-1].copy() if variant % 2 else pip.copy()
    varied[..., :3] = np.minimum(varied[..., :3] * (1 + 0.4 * (variant // 2)), 255)
    return varied


def _loss(step: int) -> float:
    """Falls, as it does, and jumps with the noise."""
    jump = float(np.random.default_rng(step).normal(0, 0.02))
    return max(0.01, 0.05 + 0.15 * float(np.exp(-4 * step / LESSON)) + jump)


def _sample(share: float) -> Picture:
    """What it paints by now: Pip on white, and less and less noise."""
    side = MAX_PREVIEW_SIDE
    pip = pip_in(Size(side, side))
    alpha = pip[..., 3:] / 255
    shown = np.full((side, side, 4), 255, np.float32)
    noise = np.random.default_rng(0).normal(128, 60, (side, side, 3))
    clean = pip[..., :3] * alpha + 255 * (1 - alpha)
    shown[..., :3] = np.clip(share * clean + (1 - share) * noise, 0, 255)
    return _picture(shown)


def _previews(request: InsertRequest, pip: Pixels, box: Box, stage: Stage, step: int) -> Iterator[Event]:
    """What a step would show: the scene, with Pip and less and less noise."""
    scale = min(1.0, MAX_PREVIEW_SIDE / max(box.width, box.height))
    size = Size(max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    share = step / request.settings.steps
    scene = request.scene
    image = Image.frombytes("RGBA", (scene.size.width, scene.size.height), scene.data)
    ground = np.asarray(
        image.crop((box.x, box.y, box.right, box.bottom)).resize((size.width, size.height)), np.float32
    )
    small = np.asarray(_image(pip).resize((size.width, size.height)), np.float32)
    alpha = small[..., 3:] / 255
    noise = np.random.default_rng(step).normal(128, 60, (size.height, size.width, 3))
    painted = small[..., :3] * alpha + ground[..., :3] * (1 - alpha)
    shown = np.full((size.height, size.width, 4), 255, np.float32)
    shown[..., :3] = np.clip(share * painted + (1 - share) * noise, 0, 255)
    for variant in range(request.variants):
        yield Preview(stage=stage, step=step, variant=variant, box=box, picture=_picture(shown))


@cache
def _cut_out() -> Image.Image:
    """Pip without the ground: what is green or pink in the picture."""
    with Image.open(PIP) as picture:
        pixels = np.asarray(picture.convert("RGBA"), np.float32).copy()
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    pixels[..., 3] = 255 * ((green - np.maximum(red, blue) > 12) | (np.minimum(red, blue) - green > 8))
    image = _image(pixels)
    return image.crop(image.getchannel("A").getbbox())


def pip_in(size: Size) -> Pixels:
    """Pip as large as fits, with a soft edge."""
    cut = _cut_out()
    scale = min(size.width / cut.width, size.height / cut.height)
    fitted = cut.resize((max(1, round(cut.width * scale)), max(1, round(cut.height * scale))))
    image = Image.new("RGBA", (size.width, size.height))
    image.paste(fitted, ((size.width - fitted.width) // 2, (size.height - fitted.height) // 2))
    return np.asarray(image, np.float32).copy()


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels.round().astype(np.uint8), "RGBA")


def _picture(pixels: Pixels) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(Size(width, height), SampleFormat.RGBA8, pixels.round().astype(np.uint8).tobytes())
