"""The part that is folded in: quality and seed."""

from dataclasses import replace

from dreammix.protocol import LoraUse
from dreammix.protocol.requests import DRAFT_STEPS, MAX_DRAFT_STEPS, drafted
from dreammix.protocol.services import (
    GetHealth,
    ListLoras,
    ListModels,
    LoraInfo,
    Loras,
    ModelInfo,
    Models,
    PlanInsert,
)
from dreammix_krita.qt import QtWidgets
from tests.krita_plugin.loop import until
from tests.plugin.docker.states import BOX, Docker
from tests.plugin.flow.scripted import health


def test_the_advanced_part_stays_as_it_was_left(docker: Docker) -> None:
    """Folded out once, it is folded out at the next start."""
    fold, body = (
        docker.find(QtWidgets.QToolButton, "advanced"),
        docker.find(QtWidgets.QWidget, "advanced_body"),
    )
    assert not body.isVisible()
    fold.click()
    assert body.isVisible() and docker.desk.services.settings.value.advanced


def test_a_quality_is_a_number_of_steps(docker: Docker) -> None:
    """And another number is a quality of one's own."""
    quality = docker.find(QtWidgets.QComboBox, "quality")
    quality.activated.emit(2)
    assert docker.desk.controller.wish.settings.steps == 50
    docker.find(QtWidgets.QSpinBox, "steps").setValue(33)
    docker.settle()
    assert quality.currentText() == "Own"


def test_a_draft_takes_fewer_steps_where_the_model_can(docker: Docker) -> None:
    """The LoRA for few steps is worn once the backend says that it is there, and goes with the choice."""
    quality, steps = docker.find(QtWidgets.QComboBox, "quality"), docker.find(QtWidgets.QSpinBox, "steps")
    plain = docker.desk.controller.wish.settings
    quality.activated.emit(0)
    assert docker.desk.controller.wish.settings == replace(plain, steps=12)
    docker.desk.client.answers |= {
        GetHealth: health(model="sdxl"),
        ListModels: Models(
            (ModelInfo(model="sdxl", summary="A model", installed=True, loaded=True, drafts=True),)
        ),
    }
    docker.desk.finish(docker.desk.insert(), BOX)
    until(lambda: docker.desk.controller.drafts)
    quality.activated.emit(0)
    docker.settle()
    assert docker.desk.controller.wish.settings == drafted(plain)
    assert (quality.currentText(), steps.value()) == ("Draft", DRAFT_STEPS)
    steps.setValue(MAX_DRAFT_STEPS + 1)
    assert docker.desk.controller.wish.settings == replace(plain, steps=MAX_DRAFT_STEPS + 1)
    quality.activated.emit(0)
    quality.activated.emit(1)
    assert docker.desk.controller.wish.settings == plain


def test_other_peoples_loras_are_worn_by_weight(docker: Docker) -> None:
    """Chosen from those that the backend has, weighed, sent, and left out again."""
    controller, client = docker.desk.controller, docker.desk.client
    add = docker.find(QtWidgets.QComboBox, "lora_add")
    assert not docker.find(QtWidgets.QWidget, "loras").isVisibleTo(docker.panel)
    client.welcome = replace(client.welcome, capabilities=("loras",)) if client.welcome else None
    client.answers[ListLoras] = Loras((LoraInfo("ink", 1000), LoraInfo("wash", 2000)))
    docker.desk.finish(docker.desk.insert(), BOX)
    until(lambda: controller.loras == ("ink", "wash"))
    docker.settle()
    assert [add.itemText(place) for place in range(add.count())] == [
        "Add a LoRA\N{HORIZONTAL ELLIPSIS}",
        "ink",
        "wash",
    ]
    for _ in range(2):
        add.activated.emit(1)
        docker.settle()
    assert controller.wish.loras == (LoraUse("ink"), LoraUse("wash")) and not add.isEnabled()
    docker.find(QtWidgets.QDoubleSpinBox, "lora_weight_1").setValue(0.6)
    docker.find(QtWidgets.QToolButton, "lora_drop_0").click()
    docker.settle()
    assert docker.desk.insert().work.wish.loras == (LoraUse("wash", 0.6),)
    assert any(
        isinstance(asked, PlanInsert) and asked.loras == (LoraUse("wash", 0.6),) for asked in client.asked
    )


def test_a_kept_seed_is_sent(docker: Docker) -> None:
    """Without one each insert has its own."""
    docker.find(QtWidgets.QCheckBox, "seed_new").click()
    docker.find(QtWidgets.QSpinBox, "seed").setValue(7)
    assert docker.desk.insert().work.wish.seed == 7
