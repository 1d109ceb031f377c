"""Which errors say that memory has run out."""

import pytest
import torch

from dreammix_backend.worker.memory import is_out_of_memory, release


@pytest.mark.parametrize(
    ("error", "meant"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB, max allowed: 9 GB)"), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("can't allocate memory"), False),
    ],
)
def test_out_of_memory_is_recognised(error: Exception, meant: bool) -> None:
    """Of the device, of the machine, of torch's own allocators; and nothing else."""
    assert is_out_of_memory(error) is meant


def test_a_real_allocation_that_fails_is_recognised() -> None:
    """What torch raises on this machine for more than there is."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 50)
    assert is_out_of_memory(caught.value)
    release()
