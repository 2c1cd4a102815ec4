"""Grafana's own panels, without a Grafana server: `page` draws a dashboard over a Prometheus."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.browser import CHROMIUM

MODULES = Path(sys.prefix) / "grafana" / "node_modules"
"""Where `make` puts the packages of `package.json`, if there is npm."""

needs_grafana = pytest.mark.skipif(
    CHROMIUM is None or shutil.which("node") is None or not MODULES.exists(),
    reason="needs Debian's package chromium, and npm when `make` sets up .venv",
)
