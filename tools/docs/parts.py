"""The generated pages and parts of pages: `make docs` writes them."""

import ast
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from exporter.commands.parser import parser
from exporter.config.json_schema import text as json_schema_text
from exporter.doctor.kinds import KINDS
from tests.docs import DOCS, ROOT
from tools.docs import chart_values, configuration, metrics


def help_() -> str:
    """The output of `--help` for all commands."""
    main_parser = parser()
    commands = next(action.choices for action in main_parser._actions if action.dest == "command")
    texts = [
        ("azure-ai-exporter", main_parser.format_help()),
        *((name, command.format_help()) for name, command in dict(commands or {}).items()),
    ]
    return "\n\n".join(f"## {name}\n\n```\n{text}```" for name, text in texts)


def alerts() -> str:
    """The alerts as a table; their meaning is the first sentence of their runbook."""
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


def findings() -> str:
    """All kinds of findings, as a table."""
    rows = [
        f"| `{name}` | {kind.severity.value} | {kind.means} | {kind.remedy or '-'} |"
        for name, kind in KINDS.items()
    ]
    head = ["| kind | severity | what is found | what to do |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def layers() -> str:
    """The layers that import-linter checks, from the top, with a sentence about each module."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers_,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    rows = [[name.strip() for name in layer.split("|")] for layer in layers_]
    width = max(len(name) for row in rows for name in row)
    lines = [
        f"{edge} {name:{width}}  {_summary(ROOT / 'exporter' / name)}"
        for row in rows
        for edge, name in zip(_edges(len(row)), row, strict=True)
    ]
    return "\n".join(["```", *lines, "```"])


def _edges(height: int) -> str:
    """The characters that connect the names of one layer."""
    return " " if height == 1 else f"┌{'│' * (height - 2)}└"


def _summary(module: Path) -> str:
    """The first sentence of a module's docstring."""
    file = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(file.read_text())) or ""
    return re.split(r"(?<=\.)\s", docstring, maxsplit=1)[0].replace("\n", " ")


PARTS: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    DOCS / "alerts.md": {"alerts": alerts},
    DOCS / "checking.md": {"findings": findings},
    DOCS / "commands.md": {"help": help_},
    ROOT / "CONTRIBUTING.md": {"layers": layers},
    chart_values.README: {
        "thresholds": chart_values.thresholds_table,
        "values": chart_values.values_table,
    },
}
"""The parts of each page, by the names of their marks."""
PAGES: Mapping[Path, Callable[[], str]] = {
    DOCS / "configuration.md": configuration.settings,
    DOCS / "metrics.md": metrics.metrics,
    DOCS / "config.schema.json": json_schema_text,
}
"""Pages that are generated as a whole."""


def page_text(page: Path) -> str:
    """The page as the code makes it: as a whole, or its current parts."""
    if page in PAGES:
        return PAGES[page]()
    text = page.read_text()
    for name, part in PARTS[page].items():
        match = re.search(rf"<!-- {name}: [^>]*-->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
        if not match:
            raise ValueError(f"{page} has no place for {name}")
        text = f"{text[: match.start(1)]}{part()}\n{text[match.end(1) :]}"
    return text


if __name__ == "__main__":
    for path in (*PARTS, *PAGES):
        path.write_text(page_text(path))
