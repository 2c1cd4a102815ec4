"""The parts of README.md that are made from the code: `make docs` writes them."""

import re
from pathlib import Path

from exporter.cli import parser
from exporter.exposition.families import FAMILIES

README = Path(__file__).parent.parent / "README.md"


def metrics() -> str:
    """The metric contract as a table."""
    rows = [
        f"| `{family.name}` | {family.type} | "
        f"{', '.join(f'`{label}`' for label in family.all_labels) or '-'} | {family.help} |"
        for family in FAMILIES
    ]
    return "\n".join(["| metric | type | labels | meaning |", "|---|---|---|---|", *rows])


def help_() -> str:
    """What `--help` prints, for all commands."""
    top = parser()
    commands = next(action.choices for action in top._actions if action.dest == "command")
    texts = [
        top.format_help(),
        *(command.format_help() for command in dict(commands or {}).values()),
    ]
    return "```\n" + "\n".join(texts) + "```"


def made() -> str:
    """README.md as it should be."""
    text = README.read_text()
    for name, block in (("metrics", metrics()), ("help", help_())):
        found = re.search(rf"<!-- {name}: [^>]*-->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
        if not found:
            raise ValueError(f"README.md has no place for {name}")
        text = f"{text[: found.start(1)]}{block}\n{text[found.end(1) :]}"
    return text


if __name__ == "__main__":
    README.write_text(made())
