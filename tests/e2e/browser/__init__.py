"""The status page in a real Chromium, in front of an exporter that polls a simulator."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",  # as root there is none
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

in_chromium = [
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium"),
    pytest.mark.asyncio(loop_scope="package"),
]
"""What each module of this folder is marked with; one Chromium serves them all."""
