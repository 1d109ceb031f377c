"""Pictures and files on their way: asked for and declared in text, carried in binary chunks.

Either way a transfer has the number of the request that began it, and that request is answered when the
last byte is there. Bytes come in order and exactly as many as declared.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

from dreammix.protocol.asking import Asks, Done
from dreammix.protocol.boxes import Size
from dreammix.protocol.errors import TransferRejected
from dreammix.protocol.limits import MAX_CHUNK_BYTES, MAX_NUMBER, MAX_UPLOAD_BYTES
from dreammix.protocol.pictures import SampleFormat, check_picture_size
from dreammix.protocol.requests import MAX_VARIANTS
from dreammix.protocol.rules import Id, Whole
from dreammix.protocol.shapes import Message, check_fields

MAX_SUBJECT_PICTURES = 32
"""Most pictures of a subject."""

Number: TypeAlias = Annotated[int, Whole(1, MAX_NUMBER)]
"""The number of a request, and of the transfer that it began."""
Variant: TypeAlias = Annotated[int, Whole(0, MAX_VARIANTS - 1)]
"""Which result of a job, from 0."""
PictureIndex: TypeAlias = Annotated[int, Whole(0, MAX_SUBJECT_PICTURES - 1)]
"""Which picture of a subject, from 0."""


@dataclass(frozen=True, slots=True)
class PixelForm(Message):
    """Raw pixels in rows from top to bottom: exactly the bytes that size and format imply."""

    size: Size
    format: SampleFormat

    def __post_init__(self) -> None:
        check_fields(self)
        check_picture_size(self.size)

    @property
    def bytes(self) -> int:
        """How many bytes travel."""
        return self.size.area * self.format.bytes_per_pixel


@dataclass(frozen=True, slots=True)
class FileForm(Message):
    """A file of so many bytes: a PNG or JPEG picture, an archive."""

    bytes: Annotated[int, Whole(1, MAX_UPLOAD_BYTES)]


Form: TypeAlias = PixelForm | FileForm
"""What the bytes of a transfer are."""


@dataclass(frozen=True, slots=True)
class Upload(Asks[Done]):
    """Chunks of this request's number follow; answered when all are there.

    Other requests then name the upload by this number. It is kept until a request has used it with success,
    until it is abandoned, until nothing was heard of it for a quarter of an hour, or until the connection
    ends.
    """

    form: Form


@dataclass(frozen=True, slots=True)
class ResultPicture(Message):
    """A finished variant: RGBA8 pixels of its box."""

    job: Annotated[str, Id()]
    variant: Variant


@dataclass(frozen=True, slots=True)
class PreviewPicture(Message):
    """A variant as it looks now: RGBA8 pixels."""

    job: Annotated[str, Id()]
    variant: Variant


@dataclass(frozen=True, slots=True)
class SamplePicture(Message):
    """What a teaching painted after `step` steps: RGBA8 pixels."""

    job: Annotated[str, Id()]
    step: Annotated[int, Whole(1)]


@dataclass(frozen=True, slots=True)
class SubjectThumbnail(Message):
    """A subject's card: a PNG file."""

    subject: Annotated[str, Id()]


@dataclass(frozen=True, slots=True)
class SubjectPicture(Message):
    """One picture that a subject is taught from: a PNG or JPEG file."""

    subject: Annotated[str, Id()]
    picture: PictureIndex


@dataclass(frozen=True, slots=True)
class SubjectMask(Message):
    """The mask of one picture of a subject: a PNG file."""

    subject: Annotated[str, Id()]
    picture: PictureIndex


@dataclass(frozen=True, slots=True)
class SubjectArchive(Message):
    """A subject exported: one archive file."""

    subject: Annotated[str, Id()]


Source: TypeAlias = (
    ResultPicture
    | PreviewPicture
    | SamplePicture
    | SubjectThumbnail
    | SubjectPicture
    | SubjectMask
    | SubjectArchive
)
"""Everything that can be fetched."""


@dataclass(frozen=True, slots=True)
class Fetch(Asks[Done]):
    """Send the bytes of `source`: a `Begin`, chunks of this request's number, then the answer."""

    source: Source


@dataclass(frozen=True, slots=True)
class Abandon(Asks[Done]):
    """Stop an upload or a fetch and forget its bytes; it fails as cancelled, if it was not answered yet."""

    number: Number


@dataclass(frozen=True, slots=True)
class Begin(Message):
    """From the server: what the chunks of this number, which answer a `Fetch`, will be."""

    number: Number
    form: Form


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next bytes of a transfer, in a binary message.

    Attributes:
        number: the transfer's.
        offset: where they begin, in bytes from the transfer's start.
        data: 1 to `MAX_CHUNK_BYTES` bytes; a view of the message that brought them.
    """

    number: int
    offset: int
    data: bytes | memoryview = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.data) <= MAX_CHUNK_BYTES:
            raise TransferRejected(
                f"A chunk has {len(self.data)} bytes",
                f"it may have 1 to {MAX_CHUNK_BYTES}",
                "Cut the data into chunks of that size",
            )
