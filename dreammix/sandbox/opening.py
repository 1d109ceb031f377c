"""What the model brings to see with is opened: without bars, and one error for what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from transformers.utils import logging

from dreammix.protocol import ModelDamaged


@contextmanager
def opening(what: str, place: Path) -> Iterator[None]:
    """Open `what` in its folder. Raises ModelDamaged: it is not there, or its files do not fit together."""
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # Who called shows its own.
    try:
        yield
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelDamaged(
            f"The {what} in {place} cannot be loaded",
            str(error),
            "Choose a model that brings one, or install this one again",
        ) from error
    finally:
        if bars:
            logging.enable_progress_bar()
