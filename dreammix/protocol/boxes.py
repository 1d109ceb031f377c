"""Sizes and boxes in whole pixels: x to the right, y down; a box ends before its right and its bottom."""

from __future__ import annotations

from dataclasses import dataclass

from dreammix.protocol.checks import check_whole


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """The size of a picture in pixels; both sides are at least 1 (else `InvalidRequest`)."""

    width: int
    height: int

    def __post_init__(self) -> None:
        check_whole("The width", self.width, 1, None)
        check_whole("The height", self.height, 1, None)

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels, never empty; x and y may be negative (else `InvalidRequest`)."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        check_whole("The left side of a box", self.x, None, None)
        check_whole("The top of a box", self.y, None, None)
        check_whole("The width of a box", self.width, 1, None)
        check_whole("The height of a box", self.height, 1, None)

    @classmethod
    def of(cls, size: Size) -> Box:
        """The box of a whole picture."""
        return cls(0, 0, size.width, size.height)

    @property
    def right(self) -> int:
        """The first column after the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row after the box."""
        return self.y + self.height

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    def translate(self, dx: int, dy: int) -> Box:
        """The same box, moved right by `dx` and down by `dy`."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def contains(self, other: Box) -> bool:
        """Whether every pixel of `other` lies in this box."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def intersect(self, other: Box) -> Box | None:
        """The pixels that both boxes hold; None where there are none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width = min(self.right, other.right) - x
        height = min(self.bottom, other.bottom) - y
        return Box(x, y, width, height) if width > 0 and height > 0 else None
