"""When memory runs out: how that shows, and how it is given back."""

import gc
import sys

_ALLOCATOR = "can't allocate memory"
"""What torch's allocator for the processor says, in a plain RuntimeError."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is too little memory, of the device or of the machine."""
    torch = sys.modules.get("torch")
    return (
        isinstance(error, MemoryError)
        or (torch is not None and isinstance(error, torch.OutOfMemoryError))
        or (isinstance(error, RuntimeError) and _ALLOCATOR in str(error))
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
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
