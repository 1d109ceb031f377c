"""The devices of this machine are called by their right names."""

import psutil
import pytest
import torch

from dreammix.models.devices import AUTO, device_named, devices, processor, torch_build
from dreammix.models.memory import DeviceKind, Precision
from dreammix.protocol import InvalidRequest


def test_the_processor_is_always_there_and_last() -> None:
    """Whatever cards there are, the list ends with the processor, in fp32."""
    last = devices()[-1]
    assert (last.name, last.kind, last.precision) == ("cpu", DeviceKind.CPU, Precision.FP32)
    assert 0 < last.free_bytes <= last.total_bytes == psutil.virtual_memory().total


def test_each_is_found_by_the_name_that_torch_gives_it() -> None:
    """What is listed can be asked for, and torch takes the same name."""
    for device in devices():
        assert device_named(device.name).kind is device.kind
        assert torch.device(device.name).type == device.name.partition(":")[0]


def test_where_nobody_says_the_best_device_computes() -> None:
    """A card with memory of its own goes before the processor, which computes where there is none."""
    found = device_named(AUTO)
    assert found.name in [device.name for device in devices()]
    assert (found.kind is DeviceKind.CPU) == (len(devices()) == 1)


def test_a_device_that_is_not_there_is_refused() -> None:
    """The error lists those that are."""
    with pytest.raises(InvalidRequest, match="cpu"):
        device_named("cuda:99")


def test_the_processors_title_names_its_kind() -> None:
    """An artist reads what computes, not only torch's short name."""
    assert "processor" in processor().title


def test_the_build_of_torch_is_named() -> None:
    """Its version, and one of the five things that it can be built for."""
    build = torch_build()
    assert build.startswith(torch.__version__.partition("+")[0])
    assert any(kind in build for kind in ("CUDA", "ROCm", "XPU", "MPS", "processor"))
