"""One gzip stream out of pieces that were compressed one by one.

Every piece is a run of whole deflate blocks that refers to nothing before it, so pieces may be
joined in any order; the check sum of the whole is combined from theirs. It is a single gzip
member: several would be valid too (RFC 1952, 2.2), but curl and browsers show only the first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import pack

from isal import isal_zlib

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952: deflate, no time, unknown system
_LAST_BLOCK = b"\x03\x00"  # RFC 1951: an empty block that says it is the last
_RAW = -isal_zlib.MAX_WBITS
_LEVEL = 1  # level 0 is less than half as tight; above 1 the size hardly shrinks
_AT_ONCE = 256 * 1024  # bytes; a tenth of a millisecond's work, and few calls for a big body


@dataclass(frozen=True, slots=True)
class Piece:
    """Compressed bytes, in parts that can be unpacked alone, and the trailer's share of them."""

    parts: tuple[bytes, ...]
    crc: int
    size: int


def piece(plain: bytes) -> Piece:
    """Compress on its own."""
    packer = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW)
    deflated = packer.compress(plain) + packer.flush(isal_zlib.Z_FULL_FLUSH)
    return Piece((deflated,), isal_zlib.crc32(plain), len(plain))


def chained(pieces: Iterable[Piece]) -> Piece:
    """Several pieces as one."""
    parts: list[bytes] = []
    crc = size = 0
    for each in pieces:
        parts += each.parts
        crc = isal_zlib.crc32_combine(crc, each.crc, each.size)
        size += each.size
    return Piece(tuple(parts), crc, size)


@dataclass(frozen=True)
class ScrapeBody:
    """A body of known length, made while it is sent; what it is made of does not change."""

    length: int
    _parts: Iterable[bytes]

    def __iter__(self) -> Iterator[bytes]:
        """Its bytes, some hundred thousand at a time."""
        waiting: list[bytes] = []
        size = 0
        for part in self._parts:
            waiting.append(part)
            size += len(part)
            if size >= _AT_ONCE:
                yield b"".join(waiting)
                waiting.clear()
                size = 0
        if waiting:
            yield b"".join(waiting)

    def __bytes__(self) -> bytes:
        return b"".join(self._parts)


def gzipped(pieces: Iterable[Piece]) -> ScrapeBody:
    """The gzip stream of all pieces in their order."""
    whole = chained(pieces)
    trailer = _LAST_BLOCK + pack("<II", whole.crc, whole.size & 0xFFFFFFFF)
    parts = [_HEADER, *whole.parts, trailer]
    return ScrapeBody(sum(map(len, parts)), parts)


def unpacked(pieces: Sequence[Piece]) -> ScrapeBody:
    """The plain bytes of all pieces in their order."""
    parts = (_plain(part) for each in pieces for part in each.parts)
    return ScrapeBody(sum(each.size for each in pieces), parts)


def _plain(deflated: bytes) -> bytes:
    return isal_zlib.decompressobj(_RAW).decompress(deflated)
