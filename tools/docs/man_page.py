"""The man page, from the parser: `make docs` writes it."""

from pathlib import Path

from argparse_manpage.manpage import Manpage  # type: ignore[import-untyped]

from exporter import __version__
from exporter.commands.parser import parser

PAGE = Path(__file__).parents[2] / "share" / "man" / "man1" / "azure-ai-exporter.1"


def page_text() -> str:
    """The page in roff, without a date, so that it changes only with the program."""
    program = parser()
    about = {"prog": program.prog, "project_name": program.prog, "version": __version__}
    page = Manpage(program, about)
    _, *rest = str(page).splitlines()
    title = rf'.TH AZURE\-AI\-EXPORTER 1 "" "azure\-ai\-exporter {__version__}" "User Commands"'
    summary = str(program.description).rstrip(".").replace("-", r"\-")
    name = rf"azure\-ai\-exporter \- {summary}"
    lines = [name if line == r"azure\-ai\-exporter" else line.rstrip() for line in rest]
    return "\n".join([title, *lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page_text(), encoding="utf-8")
