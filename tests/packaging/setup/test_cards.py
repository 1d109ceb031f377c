"""Which build of torch fits which machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix_setup.cards import BUILDS, Machine, Nvidia, _linux_amd, _linux_arc, choose, read_nvidia
from dreammix_setup.troubles import Trouble

RTX_4090 = Nvidia("RTX 4090", 580, (8, 9))
GTX_1080 = Nvidia("GTX 1080", 580, (6, 1))


def linux(*nvidia: Nvidia, amd: tuple[str, ...] = (), arc: bool = False) -> Machine:
    """A Linux machine with those cards."""
    return Machine("Linux", "x86_64", nvidia, amd, arc)


@pytest.mark.parametrize(
    ("machine", "build"),
    [
        (linux(), "cpu"),
        (linux(RTX_4090), "cu130"),
        (linux(Nvidia("RTX 4090", 550, (8, 9))), "cu126"),
        (linux(GTX_1080), "cu126"),
        (linux(GTX_1080, RTX_4090), "cu130"),
        (linux(Nvidia("RTX 5090", 590, (12, 0))), "cu130"),
        (linux(Nvidia("GTX 680", 470, (3, 0))), "cpu"),
        (linux(amd=("110000",)), "rocm"),
        (linux(amd=("100306",)), "cpu"),
        (linux(arc=True), "xpu"),
        (Machine("Windows", "x86_64", (RTX_4090,)), "cu130"),
        (Machine("Windows", "x86_64", amd=("Radeon RX 7900",)), "cpu"),
        (Machine("Windows", "x86_64", arc=True), "xpu"),
        (Machine("Darwin", "arm64"), "mps"),
        (Machine("Linux", "arm64", (Nvidia("GB10", 580, (12, 1)),)), "cu130"),
    ],
)
def test_each_machine_gets_its_build(machine: Machine, build: str) -> None:
    """With a reason that can be shown."""
    chosen, why = choose(machine)
    assert chosen.name == build and why


@pytest.mark.parametrize(("card", "needed"), [(("GTX 1080", (6, 1)), 525), (("RTX 5090", (12, 0)), 580)])
def test_a_driver_that_is_too_old_is_told(card: tuple[str, tuple[int, int]], needed: int) -> None:
    """Rather than that everything is slow without a word."""
    with pytest.raises(Trouble, match=f"needs {needed} or newer"):
        choose(linux(Nvidia(card[0], 470, card[1])))


def test_what_the_artist_chooses_counts() -> None:
    """Whatever was found."""
    assert choose(linux(RTX_4090), "cpu")[0] is BUILDS["cpu"]


@pytest.mark.parametrize("machine", [Machine("Darwin", "x86_64"), Machine("Linux", "riscv64")])
def test_machines_without_a_torch_are_told(machine: Machine) -> None:
    """A backend elsewhere is what they can use."""
    with pytest.raises(Trouble, match="another computer"):
        choose(machine)


def test_the_drivers_answer_is_read() -> None:
    """A card a line, in the words of nvidia-smi."""
    text = "NVIDIA H200, 580.95.05, 9.0\nNVIDIA GeForce RTX 3060, 560.35.03, 8.6\n"
    assert read_nvidia(text) == (
        Nvidia("NVIDIA H200", 580, (9, 0)),
        Nvidia("NVIDIA GeForce RTX 3060", 560, (8, 6)),
    )


@given(st.text())
def test_any_other_answer_is_no_card(text: str) -> None:
    """A driver that is out of order speaks as it likes."""
    for card in read_nvidia(text):
        assert f"{card.driver}" in text


def test_what_linux_knows_of_cards_is_read(tmp_path: Path) -> None:
    """AMD's chips from the kernel's list, which has the processor too; Intel's from its numbers."""
    for number, version in enumerate(("0", "110000")):
        node = tmp_path / "class/kfd/kfd/topology/nodes" / str(number)
        node.mkdir(parents=True)
        (node / "properties").write_text(f"cpu_cores_count 8\ngfx_target_version {version}\n")
    assert _linux_amd(tmp_path) == ("110000",)
    assert not _linux_arc(tmp_path)
    card = tmp_path / "class/drm/card0/device"
    card.mkdir(parents=True)
    (card / "vendor").write_text("0x8086\n")
    (card / "device").write_text("0x56a0\n")
    assert _linux_arc(tmp_path)
