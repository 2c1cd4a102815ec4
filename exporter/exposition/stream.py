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
_MEMORY = 2  # of 1 to 9; with less, unpacking is slower; with more, small pieces are
_PACKED = bytearray(256 * 1024)  # the last result; grows if one is longer
_SEND_SIZE = 256 * 1024  # bytes; a tenth of a millisecond's work, and few calls for a big body


@dataclass(frozen=True, slots=True)
class Piece:
    """Compressed bytes, in parts that can be decompressed alone, with check sum and plain size."""

    parts: tuple[bytes, ...]
    crc: int
    size: int


def piece(plain: bytes) -> Piece:
    """Compress bytes to a piece; only one thread may do so."""
    size = _compress(plain)
    with memoryview(_PACKED) as packed:
        deflated = bytes(packed[:size])
    return Piece((deflated,), isal_zlib.crc32(plain), len(plain))


def _compress(plain: bytes) -> int:
    """Compress to the beginning of `_PACKED`; returns the number of bytes.

    isal cuts its results from blocks of 16 KiB. If a result is kept in such a block, no other fits
    there again. So the caller copies it, after they are freed.
    """
    packer = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW, _MEMORY)
    deflated = packer.compress(plain) + packer.flush(isal_zlib.Z_FULL_FLUSH)
    if len(deflated) > len(_PACKED):
        _PACKED.extend(bytes(len(deflated) - len(_PACKED)))
    _PACKED[: len(deflated)] = deflated
    return len(deflated)


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
                joined = b"".join(block)
                block.clear()  # no part is kept while the caller sends
                size = 0
                yield joined
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
    # At once: an object that decompresses bit by bit has 87 kB of its own.
    return isal_zlib.decompress(deflated + _LAST_BLOCK, _RAW)
