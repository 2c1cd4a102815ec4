"""Reads every file that a user names: a regular one, of limited size, within limited time."""

import codecs
import os
from pathlib import Path
from stat import S_ISBLK, S_ISCHR, S_ISDIR, S_ISFIFO, S_ISREG, S_ISSOCK
from typing import NamedTuple

from exporter.files import threads


class FileKind(NamedTuple):
    """What a file holds, as text for users, and its most bytes."""

    holds: str
    most_bytes: int


SECRET = FileKind("a key, secret or password", 64 * 1024)
CERTIFICATES = FileKind("certificates or their key", 4 * 1024 * 1024)
SETTINGS = FileKind("settings or operations", 4 * 1024 * 1024)

_TYPES = (
    (S_ISFIFO, "a fifo"),
    (S_ISCHR, "a device"),
    (S_ISBLK, "a device"),
    (S_ISSOCK, "a socket"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A fifo would wait for a writer, and a terminal become this process's own.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


class FileError(Exception):
    """The file cannot be read; the text is the reason."""


def read(path: Path, kind: FileKind) -> bytes:
    """The content of a file; not for the event loop.

    Raises:
        FileError: it cannot be read in time, or is none of this kind.
    """
    try:
        return threads.call(str(path), lambda: _read(path, kind))
    except threads.HangingError as error:
        raise FileError(str(error)) from None
    except OSError as error:
        raise FileError(error.strerror or type(error).__name__) from None
    except ValueError:
        raise FileError("not a valid file name") from None


def _read(path: Path, kind: FileKind) -> bytes:
    _check_type(path.stat().st_mode)  # before it is opened: to open a device may do something
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        _check_type(status.st_mode)
        _check_size(status.st_size, kind)
        chunks: list[bytes] = []
        size = 0
        while chunk := file.read(min(65536, kind.most_bytes + 1 - size)):
            chunks.append(chunk)
            size += len(chunk)
            _check_size(size, kind)
    return b"".join(chunks)


def _check_type(mode: int) -> None:
    if S_ISDIR(mode):
        raise FileError("Is a directory")
    if not S_ISREG(mode):
        names = (name for is_type, name in _TYPES if is_type(mode))
        raise FileError(f"it is {next(names, 'something else')}; must be a regular file")


def _check_size(size: int, kind: FileKind) -> None:
    if size > kind.most_bytes:
        raise FileError(
            f"it has more than {_bytes(kind.most_bytes)}, the most for a file with {kind.holds}"
        )


def _bytes(size: int) -> str:
    return f"{size >> 20} MiB" if size >> 20 else f"{size >> 10} KiB"


def text(content: bytes) -> str:
    """The text of a file: UTF-8, or what its byte order mark says. Line ends become newlines.

    Raises:
        UnicodeDecodeError: it is not text.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    decoded = content.decode(encoding)
    return decoded.replace("\r\n", "\n").replace("\r", "\n")
