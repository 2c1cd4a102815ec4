"""What may stand after a flag: text to values, and what several flags say together."""

import argparse
import os
import re
import socket
from urllib.parse import SplitResult, urlsplit

from exporter.model.shard import ALONE, Shard, ordinal
from exporter.settings.durations import seconds_of
from exporter.settings.hosts import is_loopback

_FASTEST = 60.0  # of the demo
_SHORTEST, _LONGEST = 0.5, 3600.0  # seconds between two looks of top


def address(written: str) -> tuple[str | None, int]:
    """Host and port of `HOST:PORT`, `[::1]:PORT` or `:PORT`, which is every address."""
    host, colon, port = written.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{written!r} is no address; write HOST:PORT or :PORT")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise argparse.ArgumentTypeError(f"{written!r}: write an IPv6 host in brackets, [::1]:PORT")
    return host.strip("[]") or None, int(port)


def url(written: str) -> SplitResult:
    try:
        url = urlsplit(written)
        _ = url.port
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{written!r}: {error}") from None
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise argparse.ArgumentTypeError(f"{written!r} is no URL; write http://HOST:PORT")
    if url.path.strip("/") or url.query or url.fragment or url.username is not None:
        raise argparse.ArgumentTypeError(f"{written!r}: write scheme, host and port alone")
    return url


def shard(written: str) -> str:
    if written != "auto" and not re.fullmatch(r"[0-9]{1,9}", written, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{written!r} is no shard; write its number, from 0, or auto"
        )
    return written


def speed(written: str) -> float:
    speed = float(written) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]+)?", written, re.ASCII) else 0.0
    if not 1 <= speed <= _FASTEST:
        raise argparse.ArgumentTypeError(f"{written!r} is no speed; write a number, 1 to 60")
    return speed


def seconds(written: str) -> float:
    seconds = seconds_of(written) or 0.0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{written!r} is no interval; write 0.5s to 60m")
    return seconds


def user(written: str) -> str:
    if not written or ":" in written:
        raise argparse.ArgumentTypeError(f"{written!r} is no user; a name has no colon")
    return written


def check_password(flags: argparse.Namespace) -> None:
    """A password is shown to nobody on the way.

    Raises:
        ValueError: it would be, or there is none.
    """
    if (flags.user is None) != (flags.password_file is None):
        raise ValueError("--user and --password-file belong together")
    if (
        flags.user is not None
        and flags.url.scheme == "http"
        and not is_loopback(flags.url.hostname)
    ):
        raise ValueError("a password is sent by https alone; write --url=https://…")


def total(written: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,3}", written, re.ASCII):
        raise argparse.ArgumentTypeError(f"{written!r} is no number of shards; write 1 to 9999")
    return int(written)


def count(written: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", written, re.ASCII):
        raise argparse.ArgumentTypeError(f"{written!r} is no number; write 0 to 9999999")
    return int(written)


def chosen_shard(shard: str | None, total: int | None) -> Shard:
    """What both flags say together.

    Raises:
        ValueError: that cannot be; it says what would be right.
    """
    if shard is None and total is None:
        return ALONE
    if shard is None:
        raise ValueError("--total-shards needs --shard, a number from 0, or auto")
    if total is None:
        raise ValueError("--shard needs --total-shards, how many there are in all")
    pod = os.environ.get("POD_NAME") or socket.gethostname()
    try:
        index = ordinal(pod) if shard == "auto" else int(shard)
    except ValueError as error:
        raise ValueError(f"--shard=auto: {error}; set POD_NAME, or write a number") from None
    if index >= total:
        of_pod = f", pod {pod!r}," if shard == "auto" else ""
        raise ValueError(
            f"--shard={index}{of_pod} is not one of --total-shards={total}; "
            f"they are numbered 0 to {total - 1}",
        )
    return Shard(index, total)
