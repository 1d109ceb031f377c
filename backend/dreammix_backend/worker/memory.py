"""When memory runs out: how that shows, and how it is given back."""

import gc
import sys

_ALLOCATORS = ("can't allocate memory", "MPS backend out of memory")
"""What torch's allocators for the processor and for Apple's chips say, in a plain RuntimeError."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is too little memory, of the device or of the machine."""
    torch = sys.modules.get("torch")
    return (
        isinstance(error, MemoryError)
        or (torch is not None and isinstance(error, torch.OutOfMemoryError))
        or (isinstance(error, RuntimeError) and any(said in str(error) for said in _ALLOCATORS))
    )


def free_bytes(device: str) -> int | None:
    """What a device has left of its memory now, in bytes; None while this process has not loaded torch."""
    if "torch" not in sys.modules:
        return None
    from dreammix.models.devices import device_named

    return device_named(device).free_bytes


def release() -> None:
    """Give back what nobody uses. In vain while an error is handled: its traceback holds the tensors."""
    gc.collect()
    torch = sys.modules.get("torch")
    for kind in () if torch is None else (torch.cuda, torch.xpu, torch.mps):
        if kind.is_available():
            kind.empty_cache()
