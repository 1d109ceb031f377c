"""The way into Krita itself: it must hold whatever else happens there."""

from tests.krita.harness import Krita

COLLECT = """
import gc
from PyQt5.QtCore import QTimer
collected = []
QTimer.singleShot(0, lambda: collected.append(gc.collect()))
"""
"""Not at once: a line that is being run holds on to the way that it came."""


def test_the_way_in_outlasts_a_collection_of_garbage(krita: Krita) -> None:
    """Nothing of it is taken for garbage."""
    krita.run(COLLECT)
    krita.wait_until("collected")
