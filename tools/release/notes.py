"""The notes of a release, from CHANGELOG.md."""

import re
import sys
from pathlib import Path

_KINDS = {
    "SECURITY": "Security",
    "CHANGE": "Changes to follow",
    "FEATURE": "New",
    "ENHANCEMENT": "Better",
    "PERF": "Faster",
    "BUGFIX": "Fixed",
}


def heading(changelog: str, version: str) -> str:
    """The heading of a version, such as `0.2.0 / 2026-12-01`.

    Raises:
        LookupError: The changelog has no such version.
    """
    found = re.search(rf"(?m)^## ({re.escape(version)}(?: / .+)?)$", changelog)
    if not found:
        raise LookupError(f"CHANGELOG.md has no version {version}")
    return found[1]


def notes(changelog: str, version: str) -> str:
    """Its entries, by kind, as Markdown; what people have to follow comes first."""
    section = changelog.split(f"## {heading(changelog, version)}\n", 1)[1].split("\n## ", 1)[0]
    entries = re.findall(r"(?m)^\* \[(\w+)\] (.+)$", section)
    parts = [
        f"## {title}\n\n" + "".join(f"- {text}\n" for kind_, text in entries if kind_ == kind)
        for kind, title in _KINDS.items()
        if any(kind_ == kind for kind_, _ in entries)
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    print(notes(Path("CHANGELOG.md").read_text(encoding="utf-8"), sys.argv[1]), end="")
