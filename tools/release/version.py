"""The version: written in `exporter/__init__.py`, copied by `make docs` to where it is read."""

import re
import sys

from exporter import __version__
from tools.release.commands import NAME, ROOT
from tools.release.notes import heading

COPIES = {
    f"helm/{NAME}/Chart.yaml": r"(?m)^((?:appVersion|version): ).+$",
    "Dockerfile": r"(?m)^(ARG VERSION=).+$",
}
"""Files with a copy, and what stands before it."""


def with_version(text: str, pattern: str, version: str) -> str:
    """The text of a file with this version as its copies."""
    return re.sub(pattern, rf"\g<1>{version}", text)


def tag_problem(tag: str, changelog: str) -> str | None:
    """Why a tag cannot be released, or None: it names another version, or one without a date."""
    if tag != f"v{__version__}":
        return f"the tag is {tag!r}; that of version {__version__} is 'v{__version__}'"
    if heading(changelog, __version__).endswith("unreleased"):
        return f"CHANGELOG.md: version {__version__} is unreleased; write its date there"
    return None


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(tag_problem(sys.argv[1], (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))
    for name, before in COPIES.items():
        file = ROOT / name
        file.write_text(with_version(file.read_text(), before, __version__), encoding="utf-8")
