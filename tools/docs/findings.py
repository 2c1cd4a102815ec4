"""The generated part of docs/checking.md: `make docs` writes it."""

import re
from pathlib import Path

from exporter.doctor.kinds import KINDS

CHECKING = Path(__file__).parents[2] / "docs/checking.md"


def findings() -> str:
    """All kinds of findings, as a table."""
    rows = [
        f"| `{name}` | {kind.severity.value} | {kind.means} | {kind.remedy or '-'} |"
        for name, kind in KINDS.items()
    ]
    head = ["| kind | severity | what is found | what to do |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def page_text() -> str:
    """docs/checking.md with its current table."""
    text = CHECKING.read_text()
    match = re.search(r"<!-- findings: [^>]*-->\n(.*?)<!-- /findings -->", text, re.DOTALL)
    if not match:
        raise ValueError("docs/checking.md has no place for findings")
    return f"{text[: match.start(1)]}{findings()}\n{text[match.end(1) :]}"


if __name__ == "__main__":
    CHECKING.write_text(page_text())
