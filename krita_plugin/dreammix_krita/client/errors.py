"""What goes wrong between the plugin and a backend, in the one tree; none of these ever travels.

DreamMixError
└── NotConnected         there is no backend at the other end now; the client goes on trying
    ├── NotStarted       the backend could not be started
    └── Refused          trying again is of no use before somebody has done something
        └── VersionMismatch  plugin and backend speak different versions of the protocol
"""

import re
from typing import Final

from dreammix.protocol import DreamMixError
from dreammix.protocol.messages import SUBPROTOCOL

_VERSION: Final = re.compile(r"\bdreammix\.v([0-9]{1,6})\b")


class NotConnected(DreamMixError):
    """There is no backend at the other end, or none that can be believed."""

    code = "not_connected"


class NotStarted(NotConnected):
    """The backend could not be started."""

    code = "not_started"


class Refused(NotConnected):
    """The backend does not let the plugin in, and will not the next time."""

    code = "refused"


class VersionMismatch(Refused):
    """The plugin and the backend speak different versions of the protocol."""

    code = "version_mismatch"


def mismatch(told: str = "") -> VersionMismatch:
    """The mismatch that follows from what a backend says it speaks ("... dreammix.v2 ...")."""
    theirs, ours = _VERSION.search(told), _VERSION.search(SUBPROTOCOL)
    assert ours is not None
    if theirs is None or theirs[1] == ours[1]:
        remedy = "Update the older of plugin and backend"
    else:
        remedy = "Update the plugin" if int(theirs[1]) > int(ours[1]) else "Update the backend"
    spoken = "another one" if theirs is None else theirs[0]
    return VersionMismatch(
        "The plugin and the backend do not understand each other",
        f"the plugin speaks {SUBPROTOCOL}, the backend {spoken}",
        remedy,
    )


def lost(why: str) -> NotConnected:
    """The connection has broken off."""
    return NotConnected("The connection to the backend is lost", why, "It is tried again by itself")
