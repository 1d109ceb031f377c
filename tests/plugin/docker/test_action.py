"""The button and what comes of it: jobs that wait, errors, and variants."""

from pathlib import Path

from dreammix.protocol.jobs import Order
from dreammix_krita.docker.action import ActionPart
from dreammix_krita.docker.panel import MAX_COPIED_LOG_BYTES
from dreammix_krita.qt import QtCore, QtWidgets
from tests.krita_plugin.loop import until
from tests.plugin.docker.states import STATES, Docker


def test_the_button_becomes_cancel_in_its_place(docker: Docker) -> None:
    """And Insert again, when there is nothing more to stop."""
    button = docker.find(QtWidgets.QPushButton, "action")
    button.click()
    until(lambda: len(docker.desk.client.jobs) == 1)
    docker.settle()
    assert button.text() == "Cancel"
    button.click()
    docker.settle()
    assert (button.text(), docker.desk.client.jobs[0].orders) == ("Insert subject", [Order.CANCEL])


def test_each_waiting_job_can_be_stopped(tmp_path: Path) -> None:
    """The list names them."""
    docker = Docker(tmp_path)
    STATES["several"](docker)
    docker.settle()
    assert docker.find(QtWidgets.QPushButton, "queue").text() == "2 waiting"
    part = docker.panel.findChild(ActionPart)
    assert part is not None
    actions = part.queue_menu().actions()
    assert [action.text() for action in actions] == ["Cancel: Pip: red, made of glass"] * 3
    actions[2].trigger()
    assert [job.orders for job in docker.desk.client.jobs] == [[], [], [Order.CANCEL]]
    docker.close()


def copied(docker: Docker) -> str:
    """What Copy details leaves to be pasted."""
    docker.find(QtWidgets.QPushButton, "copy_details").click()
    clipboard = QtWidgets.QApplication.clipboard()
    assert clipboard is not None
    return clipboard.text()


def test_an_error_is_read_copied_and_put_aside(tmp_path: Path) -> None:
    """What, why and what to do are seen; the code goes to whoever helps."""
    docker = Docker(tmp_path)
    STATES["error"](docker)
    docker.settle()
    what = docker.find(QtWidgets.QLabel, "what")
    assert what.text() == "The graphics card has too little memory"
    assert "Close other programs" in docker.find(QtWidgets.QLabel, "message").text()
    assert "out_of_memory" in copied(docker)
    docker.find(QtWidgets.QPushButton, "dismiss").click()
    docker.settle()
    assert not what.isVisible()
    docker.close()


def test_the_ends_of_the_logs_are_copied_with_an_error(tmp_path: Path) -> None:
    """They have the traceback that the docker does not show."""
    docker = Docker(tmp_path)
    STATES["error"](docker)
    docker.settle()
    folder = docker.desk.services.keeper.folder
    folder.mkdir(parents=True)
    (folder / "server.log").write_text("long ago\n" + "x" * MAX_COPIED_LOG_BYTES + "\nworker lost\n")
    (folder / "start.log").write_text("Traceback (most recent call last)\n")
    _, *logs = copied(docker).split("\n\n")
    assert [log.splitlines()[0] for log in logs] == ["server.log:", "start.log:"]
    assert [log.splitlines()[-1] for log in logs] == ["worker lost", "Traceback (most recent call last)"]
    assert "long ago" not in logs[0]
    docker.close()


def test_the_logs_of_this_computer_are_not_copied_for_a_studios_error(tmp_path: Path) -> None:
    """They would tell of another backend."""
    docker = Docker(tmp_path)
    STATES["error"](docker)
    docker.desk.services.settings.change(remote="studio.lan:8443")
    docker.settle()
    folder = docker.desk.services.keeper.folder
    folder.mkdir(parents=True)
    (folder / "server.log").write_text("listening")
    assert "out_of_memory" in copied(docker) and "listening" not in copied(docker)
    docker.close()


def test_a_lost_job_is_not_shown_as_going_on(tmp_path: Path) -> None:
    """How far it is nobody knows, until the backend is there again."""
    docker = Docker(tmp_path)
    STATES["running"](docker)
    progress = [docker.find(QtWidgets.QWidget, name) for name in ("stage", "time_left", "progress")]
    docker.settle()
    seen = [[widget.isVisible() for widget in progress]]
    docker.desk.client.lose()
    docker.settle()
    seen.append([widget.isVisible() for widget in progress])
    assert seen == [[True] * 3, [False] * 3]
    assert docker.find(QtWidgets.QLabel, "message").text()
    docker.close()


def test_variants_are_looked_at_and_applied(tmp_path: Path) -> None:
    """The used one has nothing left to apply or discard."""
    docker = Docker(tmp_path)
    STATES["done"](docker)
    docker.settle()
    results, apply = (
        docker.find(QtWidgets.QListWidget, "results"),
        docker.find(QtWidgets.QPushButton, "apply"),
    )
    assert (results.count(), apply.isEnabled()) == (4, True)
    used = results.item(0)
    assert used is not None and used.toolTip() == "Pip: red, used"
    assert used.data(QtCore.Qt.ItemDataRole.DisplayRole) is None
    used.setSelected(True)
    docker.settle()
    assert not apply.isEnabled()
    docker.close()
