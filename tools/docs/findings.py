"""The part of docs/checking.md that is made from the code: `make docs` writes it."""

import re
from pathlib import Path

from exporter.doctor.kinds import KINDS

CHECKING = Path(__file__).parents[2] / "docs/checking.md"


def findings() -> str:
    """All that can be found, as a table."""
    rows = [
        f"| `{name}` | {kind.severity.value} | {kind.means} | {kind.remedy or '-'} |"
        for name, kind in KINDS.items()
    ]
    head = ["| kind | severity | what is found | what to do |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def made() -> str:
    """docs/checking.md as it should be."""
    text = CHECKING.read_text()
    found = re.search(r"<!-- findings: [^>]*-->\n(.*?)<!-- /findings -->", text, re.DOTALL)
    if not found:
        raise ValueError("docs/checking.md has no place for findings")
    return f"{text[: found.start(1)]}{findings()}\n{text[found.end(1) :]}"


if __name__ == "__main__":
    CHECKING.write_text(made())
