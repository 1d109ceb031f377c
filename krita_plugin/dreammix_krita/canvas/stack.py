"""The stack of layers: which one an artist means, and where a result can be seen and painted on."""

from collections.abc import Iterator

from dreammix_krita.canvas.contract import Layer
from krita import Node


def layer_of(node: Node) -> Layer:
    """What the rest of the plugin knows of a node."""
    return Layer(node.uniqueId().toString(), node.name())


def climb_to_layer(node: Node | None) -> Node | None:
    """The layer itself, or the one that wears a mask; None: a mask of the whole picture, or nothing."""
    while node is not None and node.type().endswith("mask"):
        node = node.parentNode()
    return None if node is None or node.parentNode() is None else node


def anchor(layer: Node) -> Node:
    """The node above which a result belongs: the layer, or the outermost group around it that is shut."""
    found = layer
    for group in _groups_around(layer):
        if group.locked() or not group.visible():
            found = group
    return found


def find(root: Node, layer: Layer) -> Node | None:
    """The node of that id below `root`; None: it was deleted. Wrappers of nodes differ, their ids do not."""
    for node in root.childNodes():
        if node.uniqueId().toString() == layer.id:
            return node
        deeper = find(node, layer)
        if deeper is not None:
            return deeper
    return None


def _groups_around(node: Node) -> Iterator[Node]:
    """From the inmost to the outermost, without the root."""
    group = node.parentNode()
    while group is not None:
        parent = group.parentNode()
        if parent is not None:
            yield group
        group = parent
