"""One gzip stream from pieces that were compressed one by one.

Every piece consists of whole deflate blocks without references to earlier bytes, so pieces may be
joined in any order; the check sum is combined from theirs. The result is a single gzip member:
several are valid as well (RFC 1952, 2.2), but curl and browsers show only the first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import pack

from isal import isal_zlib

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952: deflate, no time, unknown system
_LAST_BLOCK = b"\x03\x00"  # RFC 1951: an empty block, marked as the last
_RAW = -isal_zlib.MAX_WBITS
_LEVEL = 1  # level 0 makes more than twice the size; higher levels hardly less
_SEND_SIZE = 256 * 1024  # bytes; a tenth of a millisecond's work, and few calls for a big body


@dataclass(frozen=True, slots=True)
class Piece:
    """Compressed bytes, in parts that can be decompressed alone, with check sum and plain size."""

    parts: tuple[bytes, ...]
    crc: int
    size: int


def piece(plain: bytes) -> Piece:
    """Compress bytes to a piece."""
    packer = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW)
    deflated = packer.compress(plain) + packer.flush(isal_zlib.Z_FULL_FLUSH)
    return Piece((deflated,), isal_zlib.crc32(plain), len(plain))


def chained(pieces: Iterable[Piece]) -> Piece:
    """Several pieces as one."""
    parts: list[bytes] = []
    crc = size = 0
    for piece in pieces:
        parts += piece.parts
        crc = isal_zlib.crc32_combine(crc, piece.crc, piece.size)
        size += piece.size
    return Piece(tuple(parts), crc, size)


@dataclass(frozen=True)
class ScrapeBody:
    """A body of known length, made from unchanging parts while it is sent."""

    length: int
    _parts: Iterable[bytes]

    def __iter__(self) -> Iterator[bytes]:
        """The bytes, in blocks of at least 256 KiB but the last."""
        block: list[bytes] = []
        size = 0
        for part in self._parts:
            block.append(part)
            size += len(part)
            if size >= _SEND_SIZE:
                yield b"".join(block)
                block.clear()
                size = 0
        if block:
            yield b"".join(block)

    def __bytes__(self) -> bytes:
        return b"".join(self._parts)


def gzipped(pieces: Iterable[Piece]) -> ScrapeBody:
    """The gzip stream of all pieces, in order."""
    whole = chained(pieces)
    trailer = _LAST_BLOCK + pack("<II", whole.crc, whole.size & 0xFFFFFFFF)
    parts = [_HEADER, *whole.parts, trailer]
    return ScrapeBody(sum(map(len, parts)), parts)


def unpacked(pieces: Sequence[Piece]) -> ScrapeBody:
    """The plain bytes of all pieces, in order."""
    parts = (_decompress(part) for piece in pieces for part in piece.parts)
    return ScrapeBody(sum(piece.size for piece in pieces), parts)


def _decompress(deflated: bytes) -> bytes:
    return isal_zlib.decompressobj(_RAW).decompress(deflated)
