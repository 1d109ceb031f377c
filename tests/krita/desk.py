"""What the tests of the story do in Krita beside mouse and keyboard: find things, look, open pictures.

Imported by Krita's Python alone; answers are plain values.
"""

from dreammix_krita.canvas.overlay import Overlay
from dreammix_krita.qt import QAction, QtCore, QtGui, QtWidgets
from krita import Document, InfoObject, Krita, Node, Selection

SHOWN_PX = 320
"""Width of the docker."""
MARGIN_PX = 6
"""Beneath its last part."""


def host() -> Document:
    """The document that is worked on."""
    document = Krita.instance().activeDocument()
    assert document is not None
    return document


def window() -> QtWidgets.QMainWindow:
    """Krita's."""
    found = Krita.instance().activeWindow()
    assert found is not None
    return found.qwindow()


# --- the docker ---


def widget(name: str) -> QtWidgets.QWidget:
    """A widget by its name, also in a dialog; one that is seen, if there are several."""
    found = [one for one in QtWidgets.QApplication.allWidgets() if one.objectName() == name]
    assert found, name
    return sorted(found, key=lambda one: one.isVisible())[-1]


def has(name: str) -> bool:
    """Whether there is such a widget."""
    return any(one.objectName() == name for one in QtWidgets.QApplication.allWidgets())


def made() -> bool:
    """Whether the docker has been filled: its parts are imported a little at a time after Krita's start."""
    return has("dreammix_panel")


def docker(width: int = SHOWN_PX) -> None:
    """Bring the docker to the front, that wide."""
    panel = widget("dreammix_panel")
    dock: QtCore.QObject | None = panel
    while not isinstance(dock, QtWidgets.QDockWidget):
        assert dock is not None
        dock = dock.parent()
    dock.show()
    dock.raise_()
    window().resizeDocks([dock], [width], QtCore.Qt.Orientation.Horizontal)


def alone() -> None:
    """Put every docker away but ours: they would take the canvas's place."""
    panel = widget("dreammix_panel")
    for dock in Krita.instance().dockers():
        dock.setVisible(dock.isAncestorOf(panel))


def place(name: str) -> list[int]:
    """The middle of a widget on the screen."""
    found = widget(name)
    return _point(found, found.rect().center())


def frame(name: str) -> list[int]:
    """A widget's rectangle on the screen: left, top, right, bottom."""
    found = widget(name)
    left, top = _point(found, QtCore.QPoint(0, 0))
    return [left, top, left + found.width(), top + found.height()]


def docked() -> list[int]:
    """The docker's rectangle on the screen, as far down as there is something in it."""
    left, top, right, bottom = frame("dreammix_panel")
    parts = [one for one in widget("dreammix_panel").findChildren(QtWidgets.QWidget) if one.isVisible()]
    lowest = max(frame(one.objectName())[3] for one in parts if one.objectName().startswith("dreammix_"))
    return [left, top, right, min(bottom, lowest + MARGIN_PX)]


def dialog(kind: str) -> list[int]:
    """The rectangle of a dialog that is open, by the name of its class; nothing where there is none."""
    for found in QtWidgets.QApplication.topLevelWidgets():
        if type(found).__name__ == kind and found.isVisible():
            left, top = _point(found, QtCore.QPoint(0, 0))
            return [left, top, left + found.width(), top + found.height()]
    return []


def part(kind: str, name: str) -> list[int]:
    """The middle of a part of a dialog that is open, by its name."""
    for found in QtWidgets.QApplication.topLevelWidgets():
        inner = found.findChild(QtWidgets.QWidget, name) if type(found).__name__ == kind else None
        if inner is not None and inner.isVisible():
            return _point(inner, inner.rect().center())
    return []


def agree(kind: str) -> list[int]:
    """The middle of the button of a dialog that goes on: Yes, Open; nothing where there is none."""
    roles = QtWidgets.QDialogButtonBox.ButtonRole
    for found in QtWidgets.QApplication.topLevelWidgets():
        if type(found).__name__ == kind and found.isVisible():
            for box in found.findChildren(QtWidgets.QDialogButtonBox):
                for one in box.buttons():
                    if box.buttonRole(one) in (roles.AcceptRole, roles.YesRole):
                        return _point(one, one.rect().center())
    return []


def later(name: str) -> None:
    """Do what a menu does once this is over: it opens a window that waits for an answer."""
    action = Krita.instance().action(name)
    assert action is not None
    QtCore.QTimer.singleShot(0, action.trigger)


def choose_from(menu: str, words: str) -> None:
    """Choose what says this in a menu, by its name."""
    (found,) = (one for one in QtWidgets.QApplication.allWidgets() if one.objectName() == menu)
    assert isinstance(found, QtWidgets.QMenu)
    next(action for action in found.actions() if action.text().replace("&", "") == words).trigger()


def copy(paths: list[str]) -> None:
    """Copy files, as a file manager does."""
    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(path) for path in paths])
    clipboard = QtWidgets.QApplication.clipboard()
    assert clipboard is not None
    clipboard.setMimeData(data)


def close_dialogs() -> None:
    """Close all that are open."""
    for found in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(found, QtWidgets.QDialog) and found.isVisible():
            found.close()


def item(name: str, number: int) -> list[int]:
    """The middle of a list's item on the screen."""
    found = _list(name)
    viewport = found.viewport()
    assert viewport is not None
    return _point(viewport, found.visualItemRect(found.item(number)).center())


def items(name: str) -> list[str]:
    """What a list's items say."""
    found = _list(name)
    shown = (found.item(number) for number in range(found.count()))
    return [one.text() for one in shown if one is not None]


def chosen(name: str) -> list[str]:
    """What the selected ones say."""
    return [one.text() for one in _list(name).selectedItems()]


def text(name: str) -> str:
    """What stands on a button, a label or in a field."""
    found = widget(name)
    if isinstance(found, QtWidgets.QAbstractButton):
        return found.text().replace("&", "")
    if isinstance(found, QtWidgets.QLabel | QtWidgets.QLineEdit):
        return found.text()
    assert isinstance(found, QtWidgets.QPlainTextEdit), name
    return found.toPlainText()


def can(label: str) -> bool:
    """Whether the big button says this and can be pressed."""
    big = widget("dreammix_action")
    return big.isVisible() and big.isEnabled() and text("dreammix_action") == label


def step() -> int:
    """How many steps of the stage are done; -1: nothing is being painted."""
    return done("dreammix_progress")


def done(name: str) -> int:
    """How far a bar is; -1: it cannot be seen."""
    bar = widget(name)
    assert isinstance(bar, QtWidgets.QProgressBar)
    return bar.value() if bar.isVisible() else -1


def usable(name: str) -> bool:
    """Whether a widget is seen and can be used."""
    return has(name) and widget(name).isVisible() and widget(name).isEnabled()


def press() -> None:
    """Press the big button, without a mouse."""
    big = widget("dreammix_action")
    assert isinstance(big, QtWidgets.QAbstractButton)
    big.click()


def choose(name: str) -> None:
    """Choose a subject, without a mouse."""
    card = _list("dreammix_subjects").item(items("dreammix_subjects").index(name))
    assert card is not None
    card.setSelected(True)


def steps(count: int) -> None:
    """How many steps an insert takes."""
    field = widget("dreammix_steps")
    assert isinstance(field, QtWidgets.QSpinBox)
    field.setValue(count)


def seed(number: int) -> None:
    """What an insert's chance begins with, the same each time."""
    anew, field = widget("dreammix_seed_new"), widget("dreammix_seed")
    assert isinstance(anew, QtWidgets.QAbstractButton) and isinstance(field, QtWidgets.QSpinBox)
    if anew.isChecked():
        anew.click()
    field.setValue(number)


def variants(count: int) -> None:
    """How many an insert makes."""
    field = widget("dreammix_variants")
    assert isinstance(field, QtWidgets.QComboBox)
    field.setCurrentIndex(count - 1)
    field.activated.emit(count - 1)


def theme(name: str) -> None:
    """Have Krita look so."""
    found = [one for one in window().findChildren(QAction) if one.text().replace("&", "") == name]
    assert found, name
    found[0].trigger()


def light() -> bool:
    """Whether the docker's ground is lighter than what is written on it."""
    palette = widget("dreammix_panel").palette()
    role = QtGui.QPalette.ColorRole
    return palette.color(role.Window).lightness() > palette.color(role.WindowText).lightness()


def messages() -> int:
    """How many of Krita's own float over its window: they fade away by themselves."""
    every = QtWidgets.QApplication.allWidgets()
    return sum(one.isVisible() and one.inherits("KisFloatingMessage") for one in every)


def _list(name: str) -> QtWidgets.QListWidget:
    found = widget(name)
    assert isinstance(found, QtWidgets.QListWidget)
    return found


def _point(found: QtWidgets.QWidget, inside: QtCore.QPoint) -> list[int]:
    point = found.mapToGlobal(inside)
    return [point.x(), point.y()]


# --- the picture ---


def open_picture(path: str) -> None:
    """Open a file, as artists do, at its own size."""
    document = Krita.instance().openDocument(path)
    found = Krita.instance().activeWindow()
    assert found is not None
    found.addView(document)


def new(side: int) -> None:
    """A new picture, white and square."""
    srgb = "sRGB-elle-V2-srgbtrc.icc"
    document = Krita.instance().createDocument(side, side, "new", "RGBA", "U8", srgb, 300.0)
    found = Krita.instance().activeWindow()
    assert found is not None
    found.addView(document)


def on_screen(x: float, y: float) -> list[int]:
    """Where a point of the picture is on the screen."""
    overlay = Overlay.over(host())
    assert overlay is not None
    place = overlay.placement()
    assert place is not None
    point = overlay.mapToGlobal(place.map(QtCore.QPointF(x, y)).toPoint())
    overlay.remove()
    return [point.x(), point.y()]


def paint() -> None:
    """Back to the picture: the canvas has the keys, as after a stroke on it."""
    overlay = Overlay.over(host())
    assert overlay is not None
    canvas = overlay.parentWidget()
    assert canvas is not None
    canvas.setFocus()
    overlay.remove()


def selected() -> list[int]:
    """The selection's box; nothing where there is none."""
    found = host().selection()
    return [] if found is None else [found.x(), found.y(), found.width(), found.height()]


def select(x: int, y: int, width: int, height: int) -> None:
    """Select a rectangle, without a mouse."""
    selection = Selection()
    selection.select(x, y, width, height, 255)
    host().setSelection(selection)


def ground() -> bool:
    """Pick the lowest layer, for a picked result would be edited; see `pick`."""
    return pick(stack()[0])


def close() -> None:
    """Close the document that is worked on, without saving."""
    document = host()
    document.setModified(False)
    document.close()


def stack() -> list[str]:
    """The layers' names, from below."""
    return [node.name() for node in host().topLevelNodes() if not node.type().endswith("mask")]


def layer(name: str) -> Node:
    """A layer by its name."""
    found = host().nodeByName(name)
    assert found is not None, name
    return found


def previews() -> int:
    """How many pictures are shown over canvases."""
    return sum(
        overlay.isVisible() and overlay.sketch.picture is not None
        for overlay in window().findChildren(Overlay)
    )


def overlays() -> int:
    """How many sketches lie over canvases."""
    return len([overlay for overlay in window().findChildren(Overlay) if overlay.isVisible()])


def save(path: str) -> bool:
    """Save as a .kra file."""
    document = host()
    document.setBatchmode(True)
    saved = document.saveAs(path)
    document.setBatchmode(False)
    return saved


def pick(name: str) -> bool:
    """Pick a layer; whether it is picked: Krita does so once it is idle, and has a view of its document."""
    document, wanted = host(), layer(name)
    picked = document.activeNode()
    if picked is not None and picked.uniqueId() == wanted.uniqueId():
        return True
    document.setActiveNode(wanted)
    return False


def export(path: str) -> None:
    """Export what is seen as a PNG file."""
    document = host()
    document.setBatchmode(True)
    document.exportImage(path, InfoObject())
    document.setBatchmode(False)
