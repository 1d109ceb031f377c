"""Prompts to what the U-Net attends to, as SDXL does it: two encoders, their penultimate states, one pooled embedding."""

from dreammix.conditioning.text import Conditioning, TextEncoders, time_ids

__all__ = ["Conditioning", "TextEncoders", "time_ids"]
