"""How much may travel at once: the wire's limits, and those that a server announces in its welcome."""

from dataclasses import dataclass
from typing import Annotated

from dreammix.protocol.rules import Whole
from dreammix.protocol.shapes import Message

MAX_CHUNK_BYTES = 1024 * 1024
"""Most bytes of a picture or file in one binary message, beside its header."""
MAX_TEXT_BYTES = 1024 * 1024
"""Longest text message, in bytes of UTF-8."""
MAX_NUMBER = 2**32 - 1
"""Largest number of a request."""
MAX_SEQUENCE = 2**53 - 1
"""Largest number of an event: JSON's readers keep it exactly."""
MAX_PENDING_REQUESTS = 64
"""Most requests of a connection that wait for their answers."""
MAX_UPLOADS = 32
"""Most uploads of a connection that are under way or not yet used."""
MAX_UPLOAD_BYTES = 4 * 1024**3
"""Largest upload in bytes: an archive; a picture's own limit is lower."""
MAX_HELD_BYTES = 4 * 1024**3
"""Most bytes of a connection's uploads together, while they are under way or not yet used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Message):
    """What a server takes from one connection.

    Attributes:
        chunk_bytes: most bytes of one chunk.
        pending_requests: most requests without their answers.
        uploads: most uploads under way or not yet used.
        upload_bytes: largest upload.
        held_bytes: most bytes of all of them together.
    """

    chunk_bytes: Annotated[int, Whole(1, MAX_CHUNK_BYTES)] = MAX_CHUNK_BYTES
    pending_requests: Annotated[int, Whole(1)] = MAX_PENDING_REQUESTS
    uploads: Annotated[int, Whole(1)] = MAX_UPLOADS
    upload_bytes: Annotated[int, Whole(1)] = MAX_UPLOAD_BYTES
    held_bytes: Annotated[int, Whole(1)] = MAX_HELD_BYTES
