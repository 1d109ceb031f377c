"""Prompts to what the U-Net is told, as SDXL does: two encoders' penultimate states, a pooled embedding."""

from dreammix.conditioning.spans import Spans, token_spans
from dreammix.conditioning.text import Conditioning, TextEncoders, time_ids

__all__ = ["Conditioning", "Spans", "TextEncoders", "time_ids", "token_spans"]
