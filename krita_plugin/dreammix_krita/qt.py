"""The one door to Qt: PyQt5 or PyQt6, whichever the host has loaded.

It is never found out by trying: a Krita that runs on Qt 5 can find a PyQt6 elsewhere, and crashes with it.
Code of the plugin names enumerations in full (`QAbstractSocket.SocketState.ConnectedState`): both understand
that. What is left of their differences is evened out here.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or "PyQt6" not in sys.modules:
    from PyQt5 import QtCore, QtGui, QtNetwork, QtWidgets, sip
    from PyQt5.QtWidgets import QAction, QShortcut
else:
    from PyQt6 import QtCore, QtGui, QtNetwork, QtWidgets, sip
    from PyQt6.QtGui import QAction, QShortcut

__all__ = ["QAction", "QShortcut", "QtCore", "QtGui", "QtNetwork", "QtWidgets", "sip"]
