"""Other people's LoRAs on this machine: the files of one folder. Who asks for one names it, never a path."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from dreammix.models.registry import draft_file
from dreammix.protocol import InvalidRequest, LoraUse, ModelNotFound
from dreammix.protocol.places import data_folder

LORAS_VARIABLE: Final = "DREAMMIX_LORAS"
"""Names another folder for LoRAs than the usual one: that of ComfyUI, for example."""
_ENDING: Final = ".safetensors"
_NUMBER_BYTES: Final = 2
_NAMED: Final = 5
"""So many names an error tells."""


def loras_root(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder of LoRAs on this machine; it need not exist."""
    named = environment.get(LORAS_VARIABLE)
    return Path(named) if named else data_folder(environment, platform) / "loras"


def loras() -> Mapping[str, Path]:
    """Their files by name, in order, of that folder alone; whether one is sound shows when it is read.

    What has no name that can be asked for, too long or of letters that cannot be shown, is left out.
    """
    return {
        path.stem: path
        for path in sorted(loras_root().glob(f"*{_ENDING}"))
        if path.is_file() and _can_be_named(path.stem)
    }


def lora_named(name: str) -> Path:
    """The file of a LoRA. Raises ModelNotFound."""
    known = loras()
    if name not in known:
        there = ", ".join([*known][:_NAMED]) or "none"
        raise ModelNotFound(
            f"There is no LoRA {name}",
            f"in {loras_root()} there are {there}{' and others' if len(known) > _NAMED else ''}",
            "Put its file there, or choose another",
        )
    return known[name]


def worn_numbers(named: Iterable[LoraUse] = (), *, draft: bool) -> int:
    """How many numbers an insert wears besides a subject's, for `dreammix.models.memory.painting`.

    They are as many as half precision has in the files' bytes; one in fp32 is reckoned twice.

    Args:
        named: other people's LoRAs.
        draft: whether it is painted as a draft, or may be: counted where what that needs is installed.

    Raises:
        ModelNotFound: there is no LoRA of such a name.
    """
    files = [lora_named(use.lora) for use in named]
    drafts = draft_file()
    if draft and drafts is not None:
        files.append(drafts)
    return sum(file.stat().st_size for file in files) // _NUMBER_BYTES


def _can_be_named(name: str) -> bool:
    try:
        LoraUse(name)
    except InvalidRequest:
        return False
    return True
