"""Bytes on their way: cut into chunks, and counted as they come.

Chunks of one transfer come in order, without gaps or overlaps, and end where it was declared; one that does
not ends the transfer. Chunks of different transfers may alternate.
"""

from collections.abc import Iterator
from io import BytesIO

from dreammix.protocol.errors import TransferRejected
from dreammix.protocol.limits import MAX_CHUNK_BYTES, Limits
from dreammix.protocol.payloads import Chunk, Form, PixelForm
from dreammix.protocol.pictures import Picture


def chunks(number: int, data: bytes | memoryview, size: int = MAX_CHUNK_BYTES) -> Iterator[Chunk]:
    """The chunks of a transfer, each of at most `size` bytes: views of `data`, not copies."""
    view = memoryview(data)
    for offset in range(0, len(view), size):
        yield Chunk(number, offset, view[offset : offset + size])


class Transfer:
    """How far one transfer has come."""

    def __init__(self, total: int) -> None:
        """Begin one of `total` bytes."""
        self.total = total
        self.received = 0

    @property
    def complete(self) -> bool:
        """Whether every byte is there."""
        return self.received == self.total

    def take(self, chunk: Chunk) -> None:
        """Count a chunk. Raises TransferRejected, and counts nothing, where it is not the next one."""
        if chunk.offset != self.received:
            raise TransferRejected(
                f"A chunk begins at byte {chunk.offset}",
                f"the transfer has come to byte {self.received}",
                "Send every byte once and in order",
            )
        if chunk.offset + len(chunk.data) > self.total:
            raise TransferRejected(
                f"A transfer brings {chunk.offset + len(chunk.data)} bytes or more",
                f"{self.total} were declared",
                "Declare the size that is sent",
            )
        self.received += len(chunk.data)


class Transfers:
    """The transfers of one direction of a connection, by number, until they are closed."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: dict[int, Transfer] = {}

    def __contains__(self, number: object) -> bool:
        return number in self._open

    def __len__(self) -> int:
        return len(self._open)

    @property
    def held(self) -> int:
        """Bytes of all of them, as declared."""
        return sum(transfer.total for transfer in self._open.values())

    def open(self, number: int, form: Form, limits: Limits | None = None) -> None:
        """Begin a transfer of a new number. Raises TransferRejected where it goes beyond the limits."""
        if limits is not None:
            for what, amount, most in (
                ("The upload's size in bytes", form.bytes, limits.upload_bytes),
                ("The number of uploads kept", len(self) + 1, limits.uploads),
                ("The size of all uploads in bytes", self.held + form.bytes, limits.held_bytes),
            ):
                if amount > most:
                    raise TransferRejected(
                        f"{what} would be {amount}", f"at most {most} are allowed", "Send less at once"
                    )
        self._open[number] = Transfer(form.bytes)

    def take(self, chunk: Chunk) -> None:
        """Count a chunk of an open transfer. Raises TransferRejected where it does not continue it."""
        self._open[chunk.number].take(chunk)

    def complete(self, number: int) -> bool:
        """Whether a transfer is open and every byte of it there."""
        return number in self._open and self._open[number].complete

    def close(self, number: int) -> None:
        """Forget a transfer, if there is one of that number."""
        self._open.pop(number, None)


class Collector:
    """Puts the chunks of one transfer together, in memory.

    Chunks are to come from a session, which has checked their order and their number.
    """

    def __init__(self, form: Form) -> None:
        """Wait for bytes of that form."""
        self.form = form
        self._transfer = Transfer(form.bytes)
        # It grows by moving pages and gives its bytes away as they are: joining chunks at the end would stop
        # the interface for as long as the whole takes to copy.
        self._bytes = BytesIO()

    @property
    def complete(self) -> bool:
        """Whether every byte is there."""
        return self._transfer.complete

    @property
    def share(self) -> float:
        """How much of it is there, 0 to 1."""
        return self._transfer.received / self._transfer.total

    def take(self, chunk: Chunk) -> None:
        """Append a chunk. Raises TransferRejected where it is not the next one."""
        self._transfer.take(chunk)
        self._bytes.write(chunk.data)

    def data(self) -> bytes:
        """All bytes. Raises TransferRejected while some are missing."""
        if not self.complete:
            raise TransferRejected(
                f"{self._transfer.received} of {self._transfer.total} bytes have come",
                "the transfer is not at its end",
                "Wait for the rest, or begin again",
            )
        return self._bytes.getvalue()

    def picture(self) -> Picture:
        """The picture of raw pixels. Raises TransferRejected for a file, and while bytes are missing."""
        if not isinstance(self.form, PixelForm):
            raise TransferRejected("The transfer is no picture", "it is a file", "Send raw pixels")
        return Picture(self.form.size, self.form.format, self.data())
