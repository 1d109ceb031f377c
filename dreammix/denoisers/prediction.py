"""What networks are trained to predict, and how that becomes the clean latents."""

from __future__ import annotations

from enum import StrEnum

from torch import Tensor


class Prediction(StrEnum):
    """The `prediction_type` of a diffusers scheduler's configuration."""

    EPSILON = "epsilon"
    """The unit noise."""
    V = "v_prediction"
    """alpha * noise - sigma_vp * clean, with alpha = 1 / sqrt(1 + sigma^2) and sigma_vp = sigma * alpha."""
    SAMPLE = "sample"
    """The clean latents themselves."""

    def denoised(self, output: Tensor, x: Tensor, sigma: Tensor) -> Tensor:
        """The clean latents, c_skip * x + c_out * output, from the network's output for x * `input_scale`.

        Args:
            output: (N, C, h, w), what the network says.
            x: (N, C, h, w), clean latents + sigma * noise.
            sigma: scalar, above 0.
        """
        if self is Prediction.EPSILON:
            return x - sigma * output
        if self is Prediction.V:
            return x / (1 + sigma**2) - sigma * input_scale(sigma) * output
        return output

    def target(self, clean: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
        """What a network that knows everything says of clean + sigma * noise: what others learn to say.

        Args:
            clean: (N, C, h, w), scaled latents.
            noise: (N, C, h, w), of unit variance.
            sigma: scalar or (N, 1, 1, 1), above 0.
        """
        if self is Prediction.EPSILON:
            return noise
        if self is Prediction.V:
            return input_scale(sigma) * (noise - sigma * clean)
        return clean


def input_scale(sigma: Tensor) -> Tensor:
    """c_in: the factor that brings x to unit variance, the variance-preserving scale of the networks."""
    return (1 + sigma**2).rsqrt()
