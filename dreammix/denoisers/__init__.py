"""One contract for every base model, `denoised = model(x, sigma)`, and the adapters that keep it.

Inside the contract everything is of the variance-exploding scale, x = x0 + sigma * noise, in fp32. What a
network was trained to predict, which timesteps it counts in and in which precision it runs stays in here.
"""

from dreammix.denoisers.autoencoder import Autoencoder
from dreammix.denoisers.contract import Denoiser, Inpainting
from dreammix.denoisers.guided import Watch, guided
from dreammix.denoisers.levels import NoiseLevels
from dreammix.denoisers.prediction import Prediction
from dreammix.denoisers.preview import LatentPreview
from dreammix.denoisers.unets import ChannelUNet, HeadUNet, TextUNet

__all__ = [
    "Autoencoder",
    "ChannelUNet",
    "Denoiser",
    "HeadUNet",
    "Inpainting",
    "LatentPreview",
    "NoiseLevels",
    "Prediction",
    "TextUNet",
    "Watch",
    "guided",
]
