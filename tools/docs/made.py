"""The parts of the documents that are made from the code: `make docs` writes them."""

import ast
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from exporter.commands.parser import parser
from tests.docs import DOCS, ROOT


def help_() -> str:
    """What `--help` prints, for all commands."""
    top = parser()
    commands = next(action.choices for action in top._actions if action.dest == "command")
    texts = [
        ("azure-ai-exporter", top.format_help()),
        *((name, command.format_help()) for name, command in dict(commands or {}).items()),
    ]
    return "\n\n".join(f"## {name}\n\n```\n{text}```" for name, text in texts)


def alerts() -> str:
    """The alerts as a table; the meaning of each is the first sentence of its runbook."""
    rows = []
    for file in ("operations", "resources", "exporter"):
        text = (ROOT / f"helm/azure-ai-exporter/rules/{file}.yaml").read_text()
        for group in yaml.safe_load(text)["groups"]:
            for name, severity in _alerts(group["rules"]):
                runbook = f"runbooks/{name}.md"
                _, meaning = (DOCS / runbook).read_text().split("**Meaning.** ", 1)
                first = re.split(r"(?<=\.)\s", meaning, maxsplit=1)[0].replace("\n", " ")
                rows.append(f"| [{name}]({runbook}) | {severity} | {first} |")
    return "\n".join(["| alert | severity | meaning |", "|---|---|---|", *rows])


def _alerts(rules: list[dict[str, dict[str, str]]]) -> list[tuple[object, str]]:
    return [(rule["alert"], rule["labels"]["severity"]) for rule in rules if "alert" in rule]


def layers() -> str:
    """The layers that import-linter holds, from the top, with what each module says it is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    (found,) = [each["layers"] for each in contracts if each["type"] == "layers"]
    rows = [[name.strip() for name in layer.split("|")] for layer in found]
    width = max(len(name) for row in rows for name in row)
    lines = [
        f"{edge} {name:{width}}  {_about(ROOT / 'exporter' / name)}"
        for row in rows
        for edge, name in zip(_edges(len(row)), row, strict=True)
    ]
    return "\n".join(["```", *lines, "```"])


def _edges(height: int) -> str:
    """What holds the names of one layer together."""
    return " " if height == 1 else f"┌{'│' * (height - 2)}└"


def _about(module: Path) -> str:
    """The first sentence of a module's docstring."""
    file = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    said = ast.get_docstring(ast.parse(file.read_text())) or ""
    return re.split(r"(?<=\.)\s", said, maxsplit=1)[0].replace("\n", " ")


PARTS: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    DOCS / "alerts.md": {"alerts": alerts},
    DOCS / "commands.md": {"help": help_},
    ROOT / "CONTRIBUTING.md": {"layers": layers},
}


def made(page: Path) -> str:
    """The page as it should be."""
    text = page.read_text()
    for name, part in PARTS[page].items():
        found = re.search(rf"<!-- {name}: [^>]*-->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
        if not found:
            raise ValueError(f"{page} has no place for {name}")
        text = f"{text[: found.start(1)]}{part()}\n{text[found.end(1) :]}"
    return text


if __name__ == "__main__":
    for each in PARTS:
        each.write_text(made(each))
