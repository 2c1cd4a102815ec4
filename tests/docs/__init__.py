"""The project's documents, the blocks in them, and the parts that are made from the code.

A fenced block may have a mark in the line above it, `<!-- KIND: … -->`, that says what it is;
where there is nothing else to say, `<!-- KIND -->`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
COOKBOOK = DOCS / "promql.md"


def documents() -> list[Path]:
    """All that people read."""
    own = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
    charts = (ROOT / "helm").glob("*/README.md")
    return [*(ROOT / name for name in own), *sorted(DOCS.rglob("*.md")), *sorted(charts)]


class Block(NamedTuple):
    """A fenced block: its mark, what the mark says besides, its language and its text."""

    mark: str
    said: str
    language: str
    text: str


_BLOCK = re.compile(
    r"^( *)(?:<!-- ([\w-]+)(?:: ([^\n]*?))? -->\n *)?```(\w*)\n(.*?)^\1```$",
    re.DOTALL | re.MULTILINE,
)


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a document, in their order."""
    for indent, mark, said, language, inside in _BLOCK.findall(text):
        yield Block(mark, said, language, re.sub(f"^{indent}", "", inside, flags=re.MULTILINE))


def block(page: Path, mark: str) -> str:
    """The text of the only block of a page with this mark."""
    (found,) = [each.text for each in blocks(page.read_text()) if each.mark == mark]
    return found


def recipes() -> dict[str, str]:
    """The query of each question of the cookbook."""
    found = {}
    for recipe in COOKBOOK.read_text().split("\n### ")[1:]:
        question, sentence, query, *_ = recipe.split("\n\n", 3)
        assert question.endswith("?"), question
        assert sentence[0].isalnum() or sentence[0] == "`", question
        assert sentence.endswith("."), question
        assert query.startswith("```promql\n"), question
        found[question] = query.removeprefix("```promql\n").partition("```")[0]
    return found
