"""The part that is folded in: quality and seed."""

from dreammix_krita.qt import QtWidgets
from tests.plugin.docker.states import Docker


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


def test_a_kept_seed_is_sent(docker: Docker) -> None:
    """Without one each insert has its own."""
    docker.find(QtWidgets.QCheckBox, "seed_new").click()
    docker.find(QtWidgets.QSpinBox, "seed").setValue(7)
    assert docker.desk.insert().work.wish.seed == 7
