"""The flags of each command."""

import argparse

from exporter.commands import flag_values
from exporter.commands.shared_flags import (
    add_assume_flag,
    add_config_flag,
    add_listen_flag,
    add_log_flags,
    add_route_prefix_flag,
    add_shard_flags,
    add_url_flag,
    add_web_config_flag,
)

SORTED_COLUMNS = (
    *("state", "operation", "resource", "progress", "created", "changed"),
    *("end", "charged", "error"),
)
SHELLS = ("bash", "zsh", "fish")


def add_run_flags(command: argparse.ArgumentParser) -> None:
    add_config_flag(command)
    add_listen_flag(command, ":10058", "listen address of the exporter")
    command.add_argument(
        "--web.external-url",
        dest="external_url",
        type=flag_values.url,
        metavar="URL",
        help="external URL of the exporter, for example of a proxy: links begin with it, and POST "
        "requests may use its host, as well as loopback and the port's addresses (default: "
        "the machine's name)",
    )
    add_route_prefix_flag(command)
    command.add_argument(
        "--web.enable-lifecycle",
        dest="lifecycle",
        action="store_true",
        help="enable POST /-/reload, which reloads the configuration, and POST /-/poll, with which "
        "the status page polls an operation at once",
    )
    add_shard_flags(command)
    add_web_config_flag(command)
    command.add_argument(
        "--web.open-health",
        dest="open_health",
        action="store_true",
        help="allow /-/healthy and /-/ready without a user; if the web configuration requires "
        "client certificates, they still need one",
    )
    add_log_flags(command)


def add_check_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Check the configuration. Exit code 0: fine; 1: the configuration is wrong, or an "
        "error was found; 3: warnings were found, but no error."
    )
    add_config_flag(command)
    add_web_config_flag(command)
    command.add_argument(
        "--live",
        action="store_true",
        help="check each resource step by step: name, TCP, proxy, TLS, clock, key or token, lists, "
        "each operation once",
    )
    command.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="output format (default: %(default)s)",
    )
    add_assume_flag(
        command, "operations", 10, "assumed number of running operations for each discovery"
    )
    add_assume_flag(command, "documents", 100, "assumed number of documents of a batch")
    add_assume_flag(command, "projects", 10, "assumed number of projects of a resource")


def add_demo_flags(command: argparse.ArgumentParser) -> None:
    add_listen_flag(command, "127.0.0.1:10058", "listen address of the exporter")
    command.add_argument(
        "--speed",
        type=flag_values.speed,
        default=1.0,
        metavar="N",
        help="speed of the simulated operations, 1 to 60: they run N times as fast, and there are "
        "N times as many; times to wait that Azure sends stay the same (default: %(default)g)",
    )
    add_log_flags(command)


def add_simulate_flags(command: argparse.ArgumentParser) -> None:
    add_listen_flag(command, "127.0.0.1:10059", "listen address of the simulator")
    add_log_flags(command)


def add_healthy_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Check /-/healthy, for the health check of an image. It sends no user, so an exporter "
        "with users needs --web.open-health. It does not work if client certificates are "
        "required. The certificate of the exporter is not verified."
    )
    add_url_flag(command)


def add_top_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Show the operations of an exporter: those with trouble first, then running and finished "
        "ones. Press q to quit. Needs pip install 'azure-ai-exporter[top]'."
    )
    add_url_flag(command)
    command.add_argument(
        "--interval",
        type=flag_values.seconds,
        default="2s",
        metavar="TIME",
        help="time between two updates, such as 2s or 1m (default: %(default)s)",
    )
    for name, noun, type_ in (
        ("resource", "of this resource", str),
        ("api", "of this API", str),
        ("state", "in this state, or with this trouble", flag_values.state),
    ):
        command.add_argument(
            f"--{name}",
            action="append",
            default=[],
            type=type_,
            metavar=name.upper(),
            help=f"only operations {noun}; may be given again",
        )
    command.add_argument(
        "--sort",
        choices=("trouble", *SORTED_COLUMNS, *(f"-{column}" for column in SORTED_COLUMNS)),
        default="trouble",
        metavar="ORDER",
        help=f"trouble, {', '.join(SORTED_COLUMNS)}; with - in front of a column, in descending "
        "order, such as --sort=-charged (default: %(default)s)",
    )
    command.add_argument("--once", action="store_true", help="print all rows once and exit")
    command.add_argument("--user", type=flag_values.user, help="user name for the exporter's port")
    command.add_argument(
        "--password-file", type=flag_values.file, metavar="FILE", help="the password of --user"
    )
    command.add_argument(
        "--ca-file",
        type=flag_values.file,
        metavar="FILE",
        help="CA certificates that verify the exporter's certificate",
    )
    command.add_argument(
        "--cert-file",
        type=flag_values.file,
        metavar="FILE",
        help="a client certificate, if the exporter requires one",
    )
    command.add_argument(
        "--key-file",
        type=flag_values.file,
        metavar="FILE",
        help="the key of --cert-file (default: it is in the same file)",
    )
    command.add_argument("--insecure", action="store_true", help="do not verify its certificate")


def add_completion_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Print the completion of commands, flags, values and files. Bash: source it in "
        "~/.bashrc, or save it where bash-completion looks. Zsh: save it as _azure-ai-exporter in "
        "a folder of $fpath. Fish: save it as ~/.config/fish/completions/azure-ai-exporter.fish."
    )
    command.add_argument("shell", choices=SHELLS, help="the shell")
