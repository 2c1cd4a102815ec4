"""Commands, flags and exit codes. Nothing heavy is imported before it is needed."""

import argparse
import os
import re
import signal
import socket
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from exporter import __version__
from exporter.shard import ALONE, Shard, ordinal

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("logfmt", "json", "console")
SORTS = (
    *("trouble", "operation", "resource", "state", "progress"),
    *("charge", "started", "changed", "ends"),
)
_FASTEST = 60.0  # of the demo
_SHORTEST, _LONGEST = 0.5, 3600.0  # seconds between two looks of top


class _Help(argparse.HelpFormatter):
    """As wide everywhere, so that the documents can show it."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=90)


def parser() -> argparse.ArgumentParser:
    """All commands and their flags."""
    top = argparse.ArgumentParser(
        prog="azure-ai-exporter",
        description="Prometheus exporter for the long-running operations of Azure AI services.",
        epilog="Flags alone mean run. More on a command: azure-ai-exporter COMMAND --help",
    )
    top.add_argument("--version", action="version", version=f"azure-ai-exporter {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="poll Azure and serve /metrics")
    _config_flag(run)
    _listen_flag(run, "--web.listen-address", ":10058", "address of the exporter's own port")
    run.add_argument(
        "--web.enable-lifecycle",
        dest="lifecycle",
        action="store_true",
        help="let POST /-/reload load the configuration again",
    )
    _shard_flags(run)
    _web_config_flag(run)
    run.add_argument(
        "--web.open-health",
        dest="open_health",
        action="store_true",
        help="let /-/healthy and /-/ready be asked without a user; where the web configuration "
        "requires client certificates, they stay closed to those without one",
    )
    _log_flags(run)

    check = commands.add_parser(
        "check",
        help="check the configuration, and with --live all that it needs of the network and Azure",
        description="Check the configuration. Exit code 0: fine; 1: the configuration is wrong, or "
        "--live found an error; 3: --live found warnings, but no error.",
    )
    _config_flag(check)
    _web_config_flag(check)
    check.add_argument(
        "--live",
        action="store_true",
        help="try each resource step by step: name, TCP, proxy, TLS, clock, key or token, lists, "
        "each operation once; says what to do about all that is found",
    )
    check.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="form of what --live finds (default: %(default)s)",
    )
    _assume_flag(check, "operations", 10, "how many operations each discovery finds that run")
    _assume_flag(check, "documents", 100, "how many documents a batch has")

    demo = commands.add_parser(
        "demo",
        help="a local Azure and an exporter that polls it; needs no Azure account",
    )
    _listen_flag(demo, "--web.listen-address", "127.0.0.1:10058", "address of the exporter's port")
    demo.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        metavar="N",
        help="the work takes an Nth of its time and there is N times as much of it, 1 to 60; "
        "times stay true, and a wait that Azure asks for is as long as ever "
        "(default: %(default)g)",
    )
    _log_flags(demo)

    simulate = commands.add_parser("simulate", help="the local Azure alone")
    _listen_flag(simulate, "--listen-address", "127.0.0.1:10059", "address of the local Azure")
    _log_flags(simulate)

    commands.add_parser("metrics", help="print the metric contract")
    commands.add_parser("schema", help="print the JSON Schema of the configuration, for editors")

    healthy = commands.add_parser(
        "healthy",
        help="ask a running exporter whether it lives; exit code 0 or 1",
        description="Ask /-/healthy, for an image's health check. No user is sent, so that an "
        "exporter with users needs --web.open-health; one that requires client certificates "
        "cannot be asked. Its own certificate is not verified.",
    )
    healthy.add_argument(
        "--url",
        type=_url,
        default="http://127.0.0.1:10058",
        help="where it listens (default: %(default)s)",
    )
    _top_flags(commands.add_parser("top", help="a live table of what a running exporter knows"))
    for each in (top, *commands.choices.values()):
        each.formatter_class = _Help
        each.allow_abbrev = False
    return top


def _top_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "What runs, what is in trouble and what is done, from an exporter's JSON; trouble comes "
        "first. q ends it. Needs pip install 'azure-ai-exporter[top]'."
    )
    command.add_argument(
        "--url",
        type=_url,
        default="http://127.0.0.1:10058",
        help="where the exporter listens (default: %(default)s)",
    )
    command.add_argument(
        "--interval",
        type=_seconds,
        default="2s",
        metavar="TIME",
        help="how often it is asked, such as 2s or 1m (default: %(default)s)",
    )
    for name, what in (("resource", "resource"), ("api", "API"), ("state", "state")):
        command.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar=name.upper(),
            help=f"only operations of this {what}; may be given again",
        )
    command.add_argument(
        "--sort",
        choices=SORTS,
        default="trouble",
        help="what comes first (default: %(default)s)",
    )
    command.add_argument("--once", action="store_true", help="print it once, all of it, and end")
    command.add_argument("--user", type=_user, help="whom the exporter's web configuration knows")
    command.add_argument(
        "--password-file", type=Path, metavar="FILE", help="the password of --user"
    )
    command.add_argument(
        "--ca-file", type=Path, metavar="FILE", help="who has signed the exporter's certificate"
    )
    command.add_argument(
        "--insecure", action="store_true", help="whatever certificate it has is accepted"
    )
    command.set_defaults(refuse=command.error)


def _config_flag(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config.file",
        dest="config_file",
        default="config.yaml",
        metavar="FILE",
        help="configuration (default: %(default)s)",
    )


def _web_config_flag(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--web.config.file",
        dest="web_config_file",
        type=Path,
        metavar="FILE",
        help="TLS and users of the exporter's own port, as Prometheus' exporter-toolkit has it",
    )


def _assume_flag(command: argparse.ArgumentParser, what: str, default: int, text: str) -> None:
    command.add_argument(
        f"--assume-{what}",
        type=_count,
        default=default,
        metavar="N",
        help=f"{text}, for the requests an hour (default: %(default)s)",
    )


def _listen_flag(command: argparse.ArgumentParser, flag: str, default: str, text: str) -> None:
    command.add_argument(
        flag,
        dest="listen",
        type=_address,
        default=default,
        metavar="HOST:PORT",
        help=f"{text} (default: %(default)s)",
    )


def _shard_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--shard",
        type=_shard,
        metavar="N|auto",
        help="do this share of the work, from 0; auto: the number in the name of a StatefulSet's "
        "pod, from POD_NAME or the host name",
    )
    command.add_argument(
        "--total-shards",
        type=_total,
        metavar="M",
        help="how many share the work, each with the same configuration",
    )
    command.set_defaults(refuse=command.error)


def _log_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--log.level",
        dest="log_level",
        choices=LEVELS,
        default="info",
        help="least severity to log (default: %(default)s)",
    )
    command.add_argument(
        "--log.format",
        dest="log_format",
        choices=FORMATS,
        default="logfmt",
        help="form of a log line (default: %(default)s)",
    )


def _address(written: str) -> tuple[str | None, int]:
    """Host and port of `HOST:PORT`, `[::1]:PORT` or `:PORT`, which is every address."""
    host, colon, port = written.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{written!r} is no address; write HOST:PORT or :PORT")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise argparse.ArgumentTypeError(f"{written!r}: write an IPv6 host in brackets, [::1]:PORT")
    return host.strip("[]") or None, int(port)


def _url(written: str) -> SplitResult:
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


def _shard(written: str) -> str:
    if written != "auto" and not re.fullmatch(r"[0-9]{1,9}", written, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{written!r} is no shard; write its number, from 0, or auto"
        )
    return written


def _speed(written: str) -> float:
    speed = float(written) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]+)?", written, re.ASCII) else 0.0
    if not 1 <= speed <= _FASTEST:
        raise argparse.ArgumentTypeError(f"{written!r} is no speed; write a number, 1 to 60")
    return speed


def _seconds(written: str) -> float:
    found = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]+)?)(s|m)", written, re.ASCII)
    seconds = float(found[1]) * (60 if found[2] == "m" else 1) if found else 0.0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{written!r} is no interval; write 0.5s to 60m")
    return seconds


def _user(written: str) -> str:
    if not written or ":" in written:
        raise argparse.ArgumentTypeError(f"{written!r} is no user; a name has no colon")
    return written


def _with_password(flags: argparse.Namespace) -> None:
    """A password is shown to nobody on the way.

    Raises:
        ValueError: it would be, or there is none.
    """
    if (flags.user is None) != (flags.password_file is None):
        raise ValueError("--user and --password-file belong together")
    if flags.user is not None and flags.url.scheme == "http" and not _near(flags.url.hostname):
        raise ValueError("a password is sent by https alone; write --url=https://…")


def _near(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # the name of another machine, whatever it begins with
        return False


def _total(written: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,3}", written, re.ASCII):
        raise argparse.ArgumentTypeError(f"{written!r} is no number of shards; write 1 to 9999")
    return int(written)


def _count(written: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", written, re.ASCII):
        raise argparse.ArgumentTypeError(f"{written!r} is no number; write 0 to 9999999")
    return int(written)


def _chosen(shard: str | None, total: int | None) -> Shard:
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


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command; the process ends with its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0].startswith("-") and words[0] not in {"-h", "--help", "--version"}):
        words.insert(0, "run")
    flags = parser().parse_args(words)
    if flags.command == "run":
        try:
            flags.shard = _chosen(flags.shard, flags.total_shards)
        except ValueError as error:
            flags.refuse(str(error))

    if flags.command == "healthy":  # asked twice a minute, it does without the rest
        from exporter.healthy import healthy  # noqa: PLC0415

        sys.exit(healthy(flags.url))

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while the rest is imported
    if flags.command == "top":
        try:
            _with_password(flags)
        except ValueError as error:
            flags.refuse(str(error))
        from exporter.top import top  # noqa: PLC0415  the program beside it may run elsewhere

        sys.exit(top(flags))

    from exporter import commands  # noqa: PLC0415  --help need not wait for aiohttp

    sys.exit(commands.COMMANDS[flags.command](flags))
