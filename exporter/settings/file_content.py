"""The content of files that settings name, or the problem with them for users."""

import codecs
from pathlib import Path

from exporter.files import reading
from exporter.settings.types import name_of, problem


def content_of(path: Path, *inside: str) -> bytes:
    """The content of a file with certificates that a setting names; `inside` as in `problem`.

    Raises:
        PydanticCustomError: it cannot be read.
    """
    return _read(path, reading.CERTIFICATES, *inside)


def pem_in(path: Path, *inside: str) -> bytes:
    """The content of a file that OpenSSL itself will read, with a certificate or its key.

    Raises:
        PydanticCustomError: it cannot be read, or OpenSSL would misread it.
    """
    content = content_of(path, *inside)
    if content.startswith(codecs.BOM_UTF8):
        text = "begins with a byte order mark, which OpenSSL does not know; save it without"
        raise problem(f"{name_of(path)} {text}", *inside)
    return content


def authorities_in(path: Path, *inside: str) -> str:
    """The certificates in a file as PEM in ASCII; comments lose their other characters.

    Raises:
        PydanticCustomError: it cannot be read.
    """
    return content_of(path, *inside).decode("ascii", "ignore")


def secret_in(path: Path, *inside: str) -> str:
    """The text of a file with a key, secret or token, without the space around it.

    Raises:
        PydanticCustomError: it cannot be read.
    """
    try:
        return reading.text(_read(path, reading.SECRET, *inside)).strip()
    except UnicodeDecodeError:
        raise problem(f"{name_of(path)} does not contain a key: it is not text", *inside) from None


def _read(path: Path, kind: reading.FileKind, *inside: str) -> bytes:
    try:
        return reading.read(path, kind)
    except reading.FileError as error:
        raise problem(f"{name_of(path)} cannot be read: {error}", *inside) from None
