"""Sets of ids as short texts: sorted, as differences, compressed."""

from __future__ import annotations

import binascii
import zlib
from base64 import b85decode, b85encode
from collections.abc import Iterable, Iterator

_LOW, _MORE = 0x7F, 0x80
"""The bits of a byte that belong to the number, and the one that says that more bytes follow."""


def packed(numbers: Iterable[int]) -> str:
    """Write whole numbers that are not negative as a text, in ascending order and each once.

    >>> unpacked(packed([7, 3, 7, 10_000_000]))
    [3, 7, 10000000]
    """
    content = bytearray()
    before = 0
    for number in sorted(set(numbers)):
        difference, before = number - before, number
        while difference > _LOW:
            content.append(_MORE | difference & _LOW)
            difference >>= 7
        content.append(difference)
    return b85encode(zlib.compress(bytes(content), 6)).decode()


def unpacked(text: str) -> list[int]:
    """Read what `packed` wrote. Raises ValueError for anything else."""
    try:
        content = zlib.decompress(b85decode(text))
    except (zlib.error, binascii.Error) as error:
        raise ValueError(f"must be packed numbers: {error}") from None
    return list(_numbers(content))


def _numbers(content: bytes) -> Iterator[int]:
    number = difference = shift = 0
    for byte in content:
        difference |= (byte & _LOW) << shift
        shift += 7
        if byte <= _LOW:
            number += difference
            yield number
            difference = shift = 0
