"""Prepares the process before anything else runs: its signals, its streams, its environment."""

import atexit
import os
import signal
import sys
from collections.abc import Sequence

_SERVICES = {"run", "demo", "simulate"}
_FLUSH_SECONDS = 1.0  # for the last lines when the program ends


def prepare(words: Sequence[str]) -> None:
    """Prepare the process for the command line of these words."""
    service = not words or words[0].startswith("-") or words[0] in _SERVICES
    if service:
        _end_without_traceback(reloads=words[:1] not in (["demo"], ["simulate"]))
    else:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback during the imports
    _open_closed_descriptors()
    _queue_lines(also_stdout=service)
    _check_key_log()


def ending() -> None:
    """The command has ended with its exit code; a signal does not change it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def _end_without_traceback(*, reloads: bool) -> None:
    """Until the event loop handles signals: end at once with exit code 0; nothing is open yet."""
    if reloads:  # the signal waits until the reloader takes it
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))


def _open_closed_descriptors() -> None:
    """Open the standard descriptors that are closed, or the next file would be one of them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest descriptor that is free


def _queue_lines(*, also_stdout: bool) -> None:
    """Replace the standard streams by those that never block and never fail.

    Commands that end keep their standard output: nothing of it may be dropped.
    """
    from exporter.telemetry.line_stream import LineStream  # noqa: PLC0415  after the signals

    sys.stderr = LineStream(-1 if sys.stderr is None else 2)
    atexit.register(sys.stderr.finish, _FLUSH_SECONDS)
    if also_stdout:
        sys.stdout = LineStream(-1 if sys.stdout is None else 1)
        atexit.register(sys.stdout.finish, _FLUSH_SECONDS)


def _check_key_log() -> None:
    """Drop SSLKEYLOGFILE if it cannot be written: each TLS context would fail with it.

    https://docs.python.org/3/library/ssl.html#ssl.create_default_context
    """
    file = os.environ.get("SSLKEYLOGFILE")
    if not file:
        return
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o600))
    except OSError as error:
        del os.environ["SSLKEYLOGFILE"]
        print(
            f"azure-ai-exporter: SSLKEYLOGFILE {file!r} cannot be written: {error.strerror}; "
            "the keys of TLS connections are not logged",
            file=sys.stderr,
        )
