"""The one door to `websockets`: its sans-I/O half, which knows bytes and no sockets.

In a checkout this is the installed library. The plugin's zip carries a copy (Krita's Python has none), and
the builder points these lines at it.
"""

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

__all__ = [
    "ClientProtocol",
    "Frame",
    "InvalidStatus",
    "Opcode",
    "Response",
    "Subprotocol",
    "WebSocketException",
    "parse_uri",
]
