"""Which build of torch fits the graphics card and its driver."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dreammix_setup.troubles import Trouble

ASK_S = 20
"""How long a driver's own tool may take to answer, in seconds."""
DRIVER_CU130 = 580
"""The oldest NVIDIA driver for CUDA 13, by its major version."""
DRIVER_CU126 = {"Linux": 525, "Windows": 528}
"""The oldest one for CUDA 12."""
CU130_FROM = (7, 5)
"""CUDA 13 knows no card older than Turing."""
CU126_FROM, CU126_TO = (5, 0), (9, 0)
"""torch's build for CUDA 12.6 has code for Maxwell to Hopper."""
ROCM_CHIPS = frozenset(
    (90008, 90010, 90402, 90500, 100300, 110000, 110001, 110002, 110500, 110501, 120000, 120001)
)
"""What torch's build for ROCm 7.2 has code for, as the kernel writes it: gfx1030 is 10 03 00."""
ARC_IDS = ("0x56", "0xe2", "0x64")
"""How Intel's device numbers begin: Arc A, Arc B, Lunar Lake."""


@dataclass(frozen=True)
class Build:
    """One build of torch.

    Attributes:
        name: as in `--card`.
        local: the part of its version after `+`; None: PyPI's own, without one.
        device: what torch calls the device that it is for.
        summary: what it is for.
    """

    name: str
    local: str | None
    device: str
    summary: str


BUILDS = {
    build.name: build
    for build in (
        Build("cpu", "cpu", "cpu", "no graphics card: slow, for trying things out"),
        Build("cu126", "cu126", "cuda", "NVIDIA, CUDA 12.6"),
        Build("cu130", "cu130", "cuda", "NVIDIA, CUDA 13.0"),
        Build("rocm", "rocm7.2", "cuda", "AMD, ROCm 7.2"),
        Build("xpu", "xpu", "xpu", "Intel Arc"),
        Build("mps", None, "mps", "Apple silicon"),
    )
}


@dataclass(frozen=True)
class Nvidia:
    """One of its cards: name, the driver's major version, compute capability."""

    name: str
    driver: int
    capability: tuple[int, int]


@dataclass(frozen=True)
class Machine:
    """What matters of a computer.

    Attributes:
        system: Linux, Windows or Darwin.
        processor: x86_64 or arm64.
        nvidia: its NVIDIA cards.
        amd: its AMD chips as the kernel names them; on Windows their names.
        arc: whether it has an Intel Arc.
    """

    system: str
    processor: str
    nvidia: tuple[Nvidia, ...] = ()
    amd: tuple[str, ...] = ()
    arc: bool = False


def choose(machine: Machine, wanted: str = "auto") -> tuple[Build, str]:
    """The build for a machine, and why. Raises Trouble: there is none, or the driver is too old."""
    if machine.system == "Darwin" and machine.processor != "arm64":
        raise Trouble(
            "This Mac cannot run the backend",
            "PyTorch is no longer made for Intel processors",
            "Use a Mac with Apple silicon, or connect to a backend on another computer",
        )
    if machine.processor not in ("x86_64", "arm64"):
        raise Trouble(
            "This computer cannot run the backend",
            f"PyTorch is not made for its processor, {machine.processor}",
            "Connect to a backend on another computer",
        )
    if machine.system == "Darwin":
        return BUILDS["mps"], "a Mac with Apple silicon"
    if wanted != "auto":
        return BUILDS[wanted], "you chose it"
    if machine.nvidia:
        return _for_nvidia(max(machine.nvidia, key=lambda card: card.capability), machine)
    if machine.processor == "x86_64":
        if machine.system == "Linux" and any(int(chip) in ROCM_CHIPS for chip in machine.amd):
            return BUILDS["rocm"], "an AMD card that ROCm knows"
        if machine.arc:
            return BUILDS["xpu"], "an Intel Arc"
    if machine.amd and machine.system == "Windows":
        return BUILDS["cpu"], "an AMD card, which PyTorch's own builds use on Linux alone"
    if machine.amd:
        return BUILDS["cpu"], "an AMD card that PyTorch's build for ROCm does not know"
    return BUILDS["cpu"], "no card was found that PyTorch could use"


def _for_nvidia(card: Nvidia, machine: Machine) -> tuple[Build, str]:
    why = f"{card.name}, driver {card.driver}"
    if card.capability < CU126_FROM:
        return BUILDS["cpu"], f"{card.name} is older than anything that PyTorch's builds know"
    if card.capability >= CU130_FROM and card.driver >= DRIVER_CU130:
        return BUILDS["cu130"], why
    if card.capability <= CU126_TO and card.driver >= DRIVER_CU126[machine.system]:
        return BUILDS["cu126"], why
    needed = DRIVER_CU130 if card.capability > CU126_TO else DRIVER_CU126[machine.system]
    raise Trouble(
        f"The driver of the {card.name} is too old",
        f"it is version {card.driver}, and PyTorch needs {needed} or newer",
        "Update the NVIDIA driver and start the set-up again, or choose the processor: --card cpu",
    )


def look() -> Machine:
    """This computer."""
    names = {"amd64": "x86_64", "aarch64": "arm64"}
    processor = platform.machine().lower()
    system = platform.system()
    amd, arc = (
        _windows_cards() if system == "Windows" else (_linux_amd(Path("/sys")), _linux_arc(Path("/sys")))
    )
    return Machine(system, names.get(processor, processor), _nvidia(), amd, arc)


def _nvidia() -> tuple[Nvidia, ...]:
    question = ["nvidia-smi", "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"]
    try:
        done = subprocess.run(question, capture_output=True, text=True, timeout=ASK_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return read_nvidia(done.stdout)


def read_nvidia(text: str) -> tuple[Nvidia, ...]:
    """What `nvidia-smi` answers, a card a line; a line that makes no sense is no card."""
    cards = []
    for line in text.splitlines():
        name, _, rest = line.partition(",")
        driver, _, capability = rest.partition(",")
        major, _, minor = capability.strip().partition(".")
        first = driver.strip().partition(".")[0]
        if all(number.isascii() and number.isdigit() for number in (first, major, minor)):
            cards.append(Nvidia(name.strip(), int(first), (int(major), int(minor))))
    return tuple(cards)


def _linux_amd(root: Path) -> tuple[str, ...]:
    """The AMD chips that the kernel offers to programs, as numbers in decimal."""
    chips = []
    for path in sorted(root.glob("class/kfd/kfd/topology/nodes/*/properties")):
        try:
            lines = path.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            continue
        for line in lines:
            key, _, value = line.partition(" ")
            if key == "gfx_target_version" and value.isdigit() and value != "0":
                chips.append(value)
    return tuple(chips)


def _linux_arc(root: Path) -> bool:
    for path in sorted(root.glob("class/drm/card*/device")):
        try:
            vendor, device = ((path / name).read_text().strip() for name in ("vendor", "device"))
        except OSError:
            continue
        if vendor == "0x8086" and device.startswith(ARC_IDS):
            return True
    return False


def _windows_cards() -> tuple[tuple[str, ...], bool]:
    """AMD's cards and whether there is an Intel Arc, by the names that their drivers registered."""
    names: list[str] = []
    if sys.platform == "win32":
        import winreg

        place = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
        for number in range(16):
            try:
                with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{place}\{number:04d}") as key:
                    names.append(str(winreg.QueryValueEx(key, "DriverDesc")[0]))
            except OSError:
                continue
    amd = tuple(name for name in names if "Radeon" in name)
    return amd, any("Intel" in name and "Arc" in name for name in names)
