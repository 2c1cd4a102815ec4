"""The values of flags: each is parsed from its text, and checked together with others."""

import argparse
import os
import re
import socket
from ipaddress import IPv6Address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from exporter.commands.command_parser import must_be
from exporter.model.shard import ALONE, Shard, ordinal
from exporter.settings.durations import seconds_of
from exporter.settings.hosts import is_loopback

_MAX_SPEED = 60.0  # of the demo
_MIN_SECONDS, _MAX_SECONDS = 0.5, 3600.0  # between two requests of `top`


def address(text: str) -> tuple[str | None, int]:
    """Host and port of `HOST:PORT`, `[::1]:PORT` or `:PORT`, which is every address.

    As in Go, `[::]` is every address too, not those of IPv6 alone.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not an address; write HOST:PORT or :PORT")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise argparse.ArgumentTypeError(f"{text!r}: write an IPv6 host in brackets, [::1]:PORT")
    if host in {"", "*", "[::]"}:
        return None, int(port)
    return _without_ipv6_prefix(host.strip("[]")), int(port)


def _without_ipv6_prefix(host: str) -> str:
    """`127.0.0.1` for `::ffff:127.0.0.1`, which cannot be bound."""
    try:
        return str(IPv6Address(host).ipv4_mapped or host)
    except ValueError:
        return host


def route_prefix(text: str) -> str:
    """The prefix with a slash at its begin and none at its end; empty for `/`."""
    path = "/" + text.strip("/") if text.strip("/") else ""
    if not text.startswith("/") or not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", path):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path; write one like /azure")
    if {".", ".."} & set(path.split("/")):
        raise argparse.ArgumentTypeError(f"{text!r}: write the path without . and ..")
    return path


def url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL; write http://HOST:PORT")
    if url.query or url.fragment or url.username is not None:
        raise argparse.ArgumentTypeError(f"{text!r}: write scheme, host, port and path alone")
    return url._replace(path=route_prefix(url.path or "/"))


def shard(text: str) -> str:
    if text != "auto" and not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shard; must be 0, 1 … or auto")
    return text


def speed(text: str) -> float:
    speed = float(text) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]+)?", text, re.ASCII) else 0.0
    if not 1 <= speed <= _MAX_SPEED:
        raise argparse.ArgumentTypeError(f"{text!r} is not a valid speed; must be 1 to 60")
    return speed


def seconds(text: str) -> float:
    seconds = seconds_of(text) or 0.0
    if not _MIN_SECONDS <= seconds <= _MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a valid interval; must be 0.5s to 60m")
    return seconds


def file_name(text: str) -> str:
    """The name of a file, or a pattern."""
    if not text:
        raise argparse.ArgumentTypeError("is empty; must be the name of a file")
    return text


def file(text: str) -> Path:
    return Path(file_name(text))


def user(text: str) -> str:
    if not text or ":" in text:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a user name; must have a character and no colon"
        )
    return text


def state(text: str) -> str:
    """A state, or a trouble, as `top` shows it."""
    from exporter.model.operation import State  # noqa: PLC0415  --help must not wait for it
    from exporter.model.trouble import KINDS  # noqa: PLC0415
    from exporter.top.rows import NOT_POLLED  # noqa: PLC0415

    known = [*State, *KINDS, NOT_POLLED]
    if text.casefold() not in {word.casefold() for word in known}:
        again = "; for several states give the flag again" if "," in text else ""
        raise argparse.ArgumentTypeError(f"{text!r} is not a state{again}{must_be(text, known)}")
    return text


def check_top(flags: argparse.Namespace) -> None:
    """Check the flags of `top` together: it sends a password over https only.

    Raises:
        ValueError: it would not, or a flag is missing or has no effect.
    """
    certificate_flags = {
        "--ca-file": flags.ca_file,
        "--cert-file": flags.cert_file,
        "--key-file": flags.key_file,
        "--insecure": flags.insecure,
    }
    given = [name for name, value in certificate_flags.items() if value]
    if given and flags.url.scheme == "http":
        raise ValueError(f"{given[0]} is for https only; write --url=https://…")
    if flags.key_file and not flags.cert_file:
        raise ValueError("--key-file needs --cert-file")
    if (flags.user is None) != (flags.password_file is None):
        raise ValueError("--user and --password-file belong together")
    if (
        flags.user is not None
        and flags.url.scheme == "http"
        and not is_loopback(flags.url.hostname)
    ):
        raise ValueError("a password is sent over https only; write --url=https://…")


def total(text: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,3}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of shards; must be 1 to 9999")
    return int(text)


def count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a valid number; must be 0 to 9999999")
    return int(text)


def shard_of(shard: str | None, total: int | None) -> Shard:
    """The shard that both flags together select.

    Raises:
        ValueError: they do not fit; it says what would be right.
    """
    if shard is None and total is None:
        return ALONE
    if shard is None:
        raise ValueError("--total-shards needs --shard, a number from 0, or auto")
    if total is None:
        raise ValueError("--shard needs --total-shards, the number of all shards")
    pod = os.environ.get("POD_NAME") or socket.gethostname()
    try:
        index = ordinal(pod) if shard == "auto" else int(shard)
    except ValueError as error:
        raise ValueError(f"--shard=auto: {error}; set POD_NAME, or write a number") from None
    if index >= total:
        pod_note = f", pod {pod!r}," if shard == "auto" else ""
        raise ValueError(
            f"--shard={index}{pod_note} is not one of --total-shards={total}; "
            f"they are numbered 0 to {total - 1}",
        )
    return Shard(index, total)
