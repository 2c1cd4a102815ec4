"""What the package installs below `share/`, from the parser: `make docs` writes it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from argparse_manpage.manpage import Manpage  # type: ignore[import-untyped]

from exporter import __version__
from exporter.commands.completion import script
from exporter.commands.parser import parser

SHARE = Path(__file__).parents[2] / "share"


def man_page() -> str:
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


FILES: Mapping[str, Callable[[], str]] = {
    "man/man1/azure-ai-exporter.1": man_page,
    "bash-completion/completions/azure-ai-exporter": partial(script, "bash"),
    "fish/vendor_completions.d/azure-ai-exporter.fish": partial(script, "fish"),
    "zsh/site-functions/_azure-ai-exporter": partial(script, "zsh"),
}
"""The text of each file, by its place below `share/`."""


if __name__ == "__main__":
    for place, text in FILES.items():
        file = SHARE / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(), encoding="utf-8")
