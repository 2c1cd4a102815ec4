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
    add_web_config_flag,
)

SORTS = (
    *("trouble", "operation", "resource", "state", "progress"),
    *("charge", "started", "changed", "ends"),
)
SHELLS = ("bash", "zsh", "fish")


def add_run_flags(command: argparse.ArgumentParser) -> None:
    add_config_flag(command)
    add_listen_flag(command, ":10058", "address of the exporter's own port")
    command.add_argument(
        "--web.external-url",
        dest="external_url",
        type=flag_values.url,
        metavar="URL",
        help="URL under which the port is reached, through a proxy for example: links begin with "
        "it, and its host may be used for POST, as loopback and the port's addresses may (default: "
        "the machine's name)",
    )
    add_route_prefix_flag(command)
    command.add_argument(
        "--web.enable-lifecycle",
        dest="lifecycle",
        action="store_true",
        help="let POST /-/reload load the configuration again, and the status page poll an "
        "operation at once",
    )
    add_shard_flags(command)
    add_web_config_flag(command)
    command.add_argument(
        "--web.open-health",
        dest="open_health",
        action="store_true",
        help="let /-/healthy and /-/ready be asked without a user; where the web configuration "
        "requires client certificates, they stay closed to those without one",
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
        help="try each resource step by step: name, TCP, proxy, TLS, clock, key or token, lists, "
        "each operation once",
    )
    command.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="form of what is found (default: %(default)s)",
    )
    add_assume_flag(command, "operations", 10, "how many operations each discovery finds that run")
    add_assume_flag(command, "documents", 100, "how many documents a batch has")
    add_assume_flag(command, "projects", 10, "how many projects of custom models a resource has")


def add_demo_flags(command: argparse.ArgumentParser) -> None:
    add_listen_flag(command, "127.0.0.1:10058", "address of the exporter's port")
    command.add_argument(
        "--speed",
        type=flag_values.speed,
        default=1.0,
        metavar="N",
        help="the work takes an Nth of its time and there is N times as much of it, 1 to 60; "
        "times stay true, and a wait that Azure asks for is as long as ever "
        "(default: %(default)g)",
    )
    add_log_flags(command)


def add_simulate_flags(command: argparse.ArgumentParser) -> None:
    add_listen_flag(command, "127.0.0.1:10059", "address of the local Azure")
    add_log_flags(command)


def add_healthy_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Ask /-/healthy, for an image's health check. No user is sent, so that an "
        "exporter with users needs --web.open-health; one that requires client certificates "
        "cannot be asked. Its own certificate is not verified."
    )
    command.add_argument(
        "--url",
        type=flag_values.url,
        default="http://127.0.0.1:10058",
        help="where it listens, with its route prefix if it has one (default: %(default)s)",
    )


def add_top_flags(command: argparse.ArgumentParser) -> None:
    command.description = (
        "What runs, what is in trouble and what is done, from an exporter's JSON; trouble comes "
        "first. q ends it. Needs pip install 'azure-ai-exporter[top]'."
    )
    command.add_argument(
        "--url",
        type=flag_values.url,
        default="http://127.0.0.1:10058",
        help="where the exporter listens, with its route prefix if it has one (default: "
        "%(default)s)",
    )
    command.add_argument(
        "--interval",
        type=flag_values.seconds,
        default="2s",
        metavar="TIME",
        help="how often it is asked, such as 2s or 1m (default: %(default)s)",
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
        choices=SORTS,
        default="trouble",
        help="what comes first (default: %(default)s)",
    )
    command.add_argument("--once", action="store_true", help="print it once, all of it, and end")
    command.add_argument("--user", type=flag_values.user, help="user name for the exporter's port")
    command.add_argument(
        "--password-file", type=flag_values.file, metavar="FILE", help="the password of --user"
    )
    command.add_argument(
        "--ca-file",
        type=flag_values.file,
        metavar="FILE",
        help="who has signed the exporter's certificate",
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
    command.add_argument("shell", choices=SHELLS, help="the shell that reads it")
