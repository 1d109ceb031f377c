"""The devices of this machine, by their right names: CUDA, ROCm, MPS, XPU, and the processor. Loads torch."""

from __future__ import annotations

import platform

import psutil
import torch

from dreammix.models.memory import AUTO, PROCESSOR, Device, DeviceKind, Precision
from dreammix.protocol import InvalidRequest


def devices() -> tuple[Device, ...]:
    """All that torch can compute on here, the processor last."""
    cards = [_cuda(index) for index in range(torch.cuda.device_count())]
    cards += [_xpu(index) for index in range(torch.xpu.device_count())]
    if torch.backends.mps.is_available():
        cards.append(_mps())
    return (*cards, processor())


def device_named(name: str) -> Device:
    """A device as it is now. Raises InvalidRequest: there is none of that name.

    Args:
        name: as torch calls it, with or without its number, or `AUTO`.
    """
    there = devices()
    if name == AUTO:
        return max(there[:-1], key=lambda device: device.free_bytes, default=there[-1])
    for device in there:
        if name in (device.name, device.name.removesuffix(":0")):
            return device
    raise InvalidRequest(
        f"There is no device {name}",
        f"torch {torch.__version__} sees {', '.join(device.name for device in there)}",
        "Choose one of them, or install the build of torch that is made for your card",
    )


def processor() -> Device:
    """The machine's own processor and memory."""
    memory = psutil.virtual_memory()
    return Device(
        name=PROCESSOR,
        kind=DeviceKind.CPU,
        title=f"the processor ({platform.machine()}, {psutil.cpu_count(logical=False) or 1} cores)",
        precision=Precision.FP32,
        total_bytes=memory.total,
        free_bytes=memory.available,
    )


def torch_build() -> str:
    """The torch that is installed, and what it is built for: `2.13.0 for CUDA 13.0`."""
    version = torch.__version__.partition("+")[0]
    if torch.version.hip is not None:
        return f"{version} for ROCm {torch.version.hip}"
    if torch.version.cuda is not None:
        return f"{version} for CUDA {torch.version.cuda}"
    if torch.version.xpu is not None:
        return f"{version} for XPU {torch.version.xpu}"
    return f"{version} for MPS" if torch.backends.mps.is_built() else f"{version} for the processor alone"


def _cuda(index: int) -> Device:
    """A card behind torch's CUDA interface, which AMD's have too."""
    free, total = torch.cuda.mem_get_info(index)
    return Device(
        name=f"cuda:{index}",
        kind=DeviceKind.CUDA if torch.version.hip is None else DeviceKind.ROCM,
        title=torch.cuda.get_device_name(index),
        precision=Precision.BF16 if _computes_bf16(index) else Precision.FP16,
        total_bytes=total,
        free_bytes=free,
    )


def _computes_bf16(index: int) -> bool:
    with torch.cuda.device(index):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))


def _xpu(index: int) -> Device:
    free, total = torch.xpu.mem_get_info(index)
    return Device(
        name=f"xpu:{index}",
        kind=DeviceKind.XPU,
        title=torch.xpu.get_device_name(index),
        precision=Precision.BF16,
        total_bytes=total,
        free_bytes=free,
    )


def _mps() -> Device:
    """Apple's: it takes what the machine has free, up to what it recommends for itself."""
    limit = int(torch.mps.recommended_max_memory())
    room = limit - int(torch.mps.driver_allocated_memory())
    return Device(
        name="mps",
        kind=DeviceKind.MPS,
        title=f"Apple {platform.machine()}",
        precision=Precision.FP16,
        total_bytes=limit,
        free_bytes=max(0, min(room, psutil.virtual_memory().available)),
    )
