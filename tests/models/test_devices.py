"""The devices of this machine are called by their right names."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

import psutil
import pytest
import torch

from dreammix.models.devices import device_named, devices, processor, torch_build
from dreammix.models.memory import AUTO, GIB, SDXL, DeviceKind, Precision, fit, painting
from dreammix.protocol import InvalidRequest, Profile

FREE, TOTAL = 7 * GIB, 8 * GIB


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


@pytest.fixture
def torch_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[DeviceKind], None]:
    """Have torch answer as it does where it is built for one of these, and a card of 8 GiB is there."""

    def build(kind: DeviceKind) -> None:
        for version in ("hip", "cuda", "xpu"):
            monkeypatch.setattr(torch.version, version, None)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: kind is DeviceKind.MPS)
        monkeypatch.setattr(torch.backends.mps, "is_built", lambda: kind is DeviceKind.MPS)
        for there, room in (
            (torch.cuda, {DeviceKind.CUDA, DeviceKind.ROCM}),
            (torch.xpu, {DeviceKind.XPU}),
        ):
            monkeypatch.setattr(there, "device_count", lambda room=room: int(kind in room))
            monkeypatch.setattr(there, "mem_get_info", lambda index: (FREE, TOTAL))
            monkeypatch.setattr(there, "get_device_name", lambda index: f"a card for {kind}")
        monkeypatch.setattr(torch.cuda, "device", lambda index: nullcontext())
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
        monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: TOTAL)
        monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: TOTAL - FREE)
        built = {DeviceKind.CUDA: "cuda", DeviceKind.ROCM: "hip", DeviceKind.XPU: "xpu"}.get(kind)
        if built is not None:
            monkeypatch.setattr(torch.version, built, "9.9")

    return build


@pytest.mark.parametrize(
    ("kind", "name", "precision"),
    [
        (DeviceKind.CUDA, "cuda:0", Precision.BF16),
        (DeviceKind.ROCM, "cuda:0", Precision.BF16),
        (DeviceKind.XPU, "xpu:0", Precision.BF16),
        (DeviceKind.MPS, "mps", Precision.FP16),
    ],
)
def test_every_kind_of_card_is_called_by_its_name(
    torch_of: Callable[[DeviceKind], None], kind: DeviceKind, name: str, precision: Precision
) -> None:
    """Of what torch answers on it follow its kind, its name, its precision, its memory and torch's build."""
    torch_of(kind)
    card, last = devices()
    assert (card.name, card.kind, card.precision) == (name, kind, precision)
    assert card.free_bytes == min(FREE, psutil.virtual_memory().available if name == "mps" else FREE)
    assert card.total_bytes == TOTAL
    assert last.kind is DeviceKind.CPU
    assert device_named(AUTO) == device_named(name.partition(":")[0]) == card
    assert str(kind) in torch_build()


def test_of_several_cards_the_one_with_most_free_memory_is_the_best(
    torch_of: Callable[[DeviceKind], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the first, and not the largest: what others hold of it is of no use here."""
    torch_of(DeviceKind.CUDA)
    rooms = [(2 * GIB, 24 * GIB), (7 * GIB, 8 * GIB), (5 * GIB, 16 * GIB)]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(rooms))
    monkeypatch.setattr(torch.cuda, "mem_get_info", rooms.__getitem__)
    assert device_named(AUTO).name == "cuda:1"


@pytest.mark.parametrize("kind", [DeviceKind.CUDA, DeviceKind.ROCM, DeviceKind.XPU, DeviceKind.MPS])
def test_a_card_is_given_a_profile_that_means_something_on_it(
    torch_of: Callable[[DeviceKind], None], kind: DeviceKind
) -> None:
    """SDXL on 8 GiB: a card of its own memory lets parts wait elsewhere, a shared one has nowhere else."""
    torch_of(kind)
    found = fit(SDXL, replace(devices()[0], free_bytes=FREE), painting(1, SDXL.native_side**2))
    assert found.profile is (Profile.OFFLOAD if kind is not DeviceKind.MPS else Profile.TILED)
    assert found.fits is (kind is not DeviceKind.MPS)
