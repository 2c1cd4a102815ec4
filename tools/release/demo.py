"""Asks a demo that was started from a release, as Prometheus would."""

import subprocess
import sys
import time
from contextlib import suppress
from urllib.request import urlopen

PATIENCE = 90
"""Seconds until a demo is ready, on a machine that does other things as well."""


def page(address: str, path: str) -> str:
    """A page; what is not there yet is an OSError."""
    with urlopen(f"http://{address}{path}", timeout=10) as answer:
        body: bytes = answer.read()
    return body.decode()


def scraped(address: str, process: subprocess.Popen[str]) -> str:
    """/metrics, after the exporter has polled every operation once.

    Raises:
        SystemExit: It ended, or is not ready in time.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            page(address, "/-/ready")
            return page(address, "/metrics")
        time.sleep(0.2)
    process.kill()
    sys.exit(f"the demo on {address} is not ready: {process.communicate()[1][-2000:]}")
