"""What pyproject.toml cannot say: PROJECT_URL fills the package's links, or leaves them out."""

import os
import sys
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from exporter import __version__  # noqa: E402
from tools.release.links import project_urls, standalone  # noqa: E402

url = os.environ.get("PROJECT_URL", "").rstrip("/")
readme = (ROOT / "README.md").read_text(encoding="utf-8")
setup(
    long_description=standalone(readme, "README.md", url, __version__),
    long_description_content_type="text/markdown",
    project_urls=project_urls(url, __version__),
)
