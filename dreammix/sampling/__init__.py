"""Local content generation, then global context harmonisation: Eq. 3 to 6, and what they stand on.

Pictures are numpy arrays on the canvas's side and tensors (N, 3, H, W) in [-1, 1] on the model's; latents
are scaled, fp32, of the variance-exploding scale. Whatever is random comes in as a `Noise`.
"""

from dreammix.sampling.canvas import Canvas
from dreammix.sampling.local_global import Views, local_global, local_steps
from dreammix.sampling.model import InpaintingModel, PictureEncoder
from dreammix.sampling.noise import Draw, Noise
from dreammix.sampling.records import Finished, Pasted, Record, Step
from dreammix.sampling.solvers import Trajectory, trajectory

__all__ = [
    "Canvas",
    "Draw",
    "Finished",
    "InpaintingModel",
    "Noise",
    "Pasted",
    "PictureEncoder",
    "Record",
    "Step",
    "Trajectory",
    "Views",
    "local_global",
    "local_steps",
    "trajectory",
]
