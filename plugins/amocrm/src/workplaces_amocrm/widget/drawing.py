"""The widget's pictures: flat shapes drawn on a canvas of our own and written as PNG."""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from typing import NamedTuple

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
PALE: Colour = (236, 241, 247)
LINE: Colour = (201, 212, 225)
DEEP: Colour = (31, 78, 140)
GREEN: Colour = (46, 158, 107)


class Box(NamedTuple):
    """A rectangle, in pixels; fractions are welcome."""

    left: float
    top: float
    width: float
    height: float

    def part(self, left: float, top: float, width: float, height: float) -> Box:
        """Give a box inside this one; all four are shares of it, from 0 to 1."""
        return Box(
            self.left + left * self.width, self.top + top * self.height, width * self.width, height * self.height
        )


class Canvas:
    """Pixels in rows, all of one colour at first."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.width, self.height = width, height
        self._rows = [bytearray(bytes(ground) * width) for _ in range(height)]

    def pill(self, box: Box, radius: float, colour: Colour) -> None:
        """Fill a rectangle with round corners; a radius of half its side makes a disc."""
        radius = min(radius, box.width / 2, box.height / 2)
        for row in range(max(0, math.floor(box.top)), min(self.height, math.ceil(box.top + box.height))):
            inset = _inset(row + 0.5 - box.top, box.height, radius)
            if inset is not None:
                self._span(row, box.left + inset, box.left + box.width - inset, colour)

    def tick(self, box: Box, thickness: float, colour: Colour) -> None:
        """Draw a tick mark, as discs along its two strokes."""
        ends = ((0.0, 0.5), (0.38, 0.95), (1.0, 0.05))
        points = [(box.left + x * box.width, box.top + y * box.height) for x, y in ends]
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            steps = max(2, round(math.hypot(x2 - x1, y2 - y1)))
            for step in range(steps + 1):
                x, y = x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps
                disc = Box(x - thickness / 2, y - thickness / 2, thickness, thickness)
                self.pill(disc, thickness / 2, colour)

    def png(self) -> bytes:
        """Write the picture, 8 bits a channel and no transparency."""
        size = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self._rows), 9)
        chunks = (_chunk(b"IHDR", size), _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)

    def _span(self, row: int, start: float, end: float, colour: Colour) -> None:
        """Colour a stretch of a row; the pixels at its ends as far as it covers them."""
        start, end = max(0.0, start), min(float(self.width), end)
        first, last = math.ceil(start), math.floor(end)
        if first < last:
            self._rows[row][3 * first : 3 * last] = bytes(colour) * (last - first)
        if first > start:
            self._blend(row, first - 1, min(first, end) - start, colour)
        if end > last >= first:
            self._blend(row, last, end - last, colour)

    def _blend(self, row: int, column: int, share: float, colour: Colour) -> None:
        at = 3 * column
        old = self._rows[row][at : at + 3]
        self._rows[row][at : at + 3] = bytes(round(o + (c - o) * share) for o, c in zip(old, colour, strict=True))


def _inset(depth: float, height: float, radius: float) -> float | None:
    """Say how far the round corners narrow a row at a depth below the top; None when the row is outside."""
    if not 0 <= depth <= height:
        return None
    below = radius - min(depth, height - depth)
    return 0.0 if below <= 0 else radius - math.sqrt(max(0.0, radius * radius - below * below))


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
