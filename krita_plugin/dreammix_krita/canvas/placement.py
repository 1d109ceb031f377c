"""Where Krita shows a picture: from its pixels to those of the canvas, however it is turned and mirrored."""

from dreammix.protocol import Size
from dreammix_krita.qt import QtCore, QtGui


def placement(
    canvas: Size, zoom: float, rotation: float, mirrored: bool, scroll: QtCore.QPoint
) -> QtGui.QTransform:
    """Where Krita shows a picture: from its pixels to those of the canvas widget.

    Args:
        canvas: the picture's size in pixels.
        zoom: widget pixels a picture pixel.
        rotation: clockwise, in degrees.
        mirrored: left and right changed places, before the rotation.
        scroll: what the scroll bars say.
    """
    turned = QtGui.QTransform().rotate(rotation).scale(-zoom if mirrored else zoom, zoom)
    around = turned.mapRect(QtCore.QRectF(0, 0, canvas.width, canvas.height))
    return turned * QtGui.QTransform.fromTranslate(-around.x() - scroll.x(), -around.y() - scroll.y())
