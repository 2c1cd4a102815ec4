"""One gzip stream out of pieces that were compressed one by one.

Every piece is a run of whole deflate blocks that refers to nothing before it, so pieces may be
joined in any order; the check sum of the whole is combined from theirs. It is a single gzip
member: several would be valid too (RFC 1952, 2.2), but curl and browsers show only the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from struct import pack

from isal import isal_zlib

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952: deflate, no time, unknown system
_LAST_BLOCK = b"\x03\x00"  # RFC 1951: an empty block that says it is the last
_RAW = -isal_zlib.MAX_WBITS
_LEVEL = 1  # level 0 is less than half as tight; above 1 the size hardly shrinks


@dataclass(frozen=True, slots=True)
class Piece:
    """Compressed bytes, and what the trailer must know of the plain ones."""

    deflated: bytes
    crc: int
    size: int


def piece(plain: bytes) -> Piece:
    """Compress on its own."""
    packer = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW)
    deflated = packer.compress(plain) + packer.flush(isal_zlib.Z_FULL_FLUSH)
    return Piece(deflated, isal_zlib.crc32(plain), len(plain))


def unpacked(packed: Piece) -> bytes:
    """The plain bytes of a piece."""
    return isal_zlib.decompressobj(_RAW).decompress(packed.deflated)


def joined(pieces: Iterable[Piece]) -> bytes:
    """The gzip stream of all pieces in their order."""
    parts = [_HEADER]
    crc = size = 0
    for each in pieces:
        parts.append(each.deflated)
        crc = isal_zlib.crc32_combine(crc, each.crc, each.size)
        size += each.size
    parts.append(_LAST_BLOCK + pack("<II", crc, size & 0xFFFFFFFF))
    return b"".join(parts)
