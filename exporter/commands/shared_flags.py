"""Flags that several commands have."""

import argparse

from exporter.commands import flag_values

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("logfmt", "json", "console")


def add_config_flag(command: argparse.ArgumentParser) -> None:
    """Add --config.file."""
    command.add_argument(
        "--config.file",
        dest="config_file",
        type=flag_values.file_name,
        metavar="FILE",
        help=(
            "configuration file, or a pattern of several files that are joined, such as one for "
            "each team (default: config.yaml; if it does not exist, the variable "
            "AZURE_AI_ENDPOINT)"
        ),
    )


def add_web_config_flag(command: argparse.ArgumentParser) -> None:
    """Add --web.config.file."""
    command.add_argument(
        "--web.config.file",
        dest="web_config_file",
        type=flag_values.file,
        metavar="FILE",
        help=(
            "web configuration file: TLS and users of the port, in the format of Prometheus' "
            "exporter-toolkit"
        ),
    )


def add_route_prefix_flag(command: argparse.ArgumentParser) -> None:
    """Add --web.route-prefix."""
    command.add_argument(
        "--web.route-prefix",
        dest="route_prefix",
        type=flag_values.route_prefix,
        metavar="PATH",
        help=(
            "path prefix of all routes; set / behind a proxy that removes the path of "
            "--web.external-url (default: the path of --web.external-url)"
        ),
    )


def add_assume_flag(command: argparse.ArgumentParser, noun: str, default: int, text: str) -> None:
    """Add --assume-NOUN, a number; `text` begins its help."""
    command.add_argument(
        f"--assume-{noun}",
        type=flag_values.count,
        default=default,
        metavar="N",
        help=f"{text}, for the requests an hour (default: %(default)s)",
    )


class _Listen(argparse.Action):
    """Appends; the first value replaces the default."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        address: object,
        _flag: str | None = None,
    ) -> None:
        given = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [*(() if given is self.default else given), address])


def add_listen_flag(command: argparse.ArgumentParser, default: str, text: str) -> None:
    """Add the flag for the address of a port, by both names; `text` begins its help."""
    command.add_argument(
        "--web.listen-address",
        "--listen-address",
        dest="listen",
        action=_Listen,
        type=flag_values.address,
        default=[flag_values.address(default)],
        metavar="HOST:PORT",
        help=f"{text}; may be given again (default: {default})",
    )


def add_shard_flags(command: argparse.ArgumentParser) -> None:
    """Add --shard and --total-shards."""
    command.add_argument(
        "--shard",
        type=flag_values.shard,
        metavar="N|auto",
        help=(
            "number of this shard, from 0; auto: the number in the name of a StatefulSet's pod, "
            "from POD_NAME or the host name"
        ),
    )
    command.add_argument(
        "--total-shards",
        type=flag_values.total,
        metavar="M",
        help="number of shards, all with the same configuration",
    )


def add_url_flag(command: argparse.ArgumentParser) -> None:
    """Add --url, of a running exporter."""
    command.add_argument(
        "--url",
        type=flag_values.url,
        default="http://127.0.0.1:10058",
        help="URL of the exporter, with its route prefix if it has one (default: %(default)s)",
    )


def add_log_flags(command: argparse.ArgumentParser) -> None:
    """Add --log.level and --log.format."""
    command.add_argument(
        "--log.level",
        dest="log_level",
        choices=LEVELS,
        default="info",
        help="minimum severity of log lines (default: %(default)s)",
    )
    command.add_argument(
        "--log.format",
        dest="log_format",
        choices=FORMATS,
        default="logfmt",
        help="format of log lines (default: %(default)s)",
    )
