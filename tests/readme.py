"""The parts of README.md that are made from the code: `make docs` writes them."""

import re
from pathlib import Path

import yaml

from exporter.cli import parser
from exporter.exposition.families import FAMILIES

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


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


def alerts() -> str:
    """The alerts as a table; the meaning of each is the first sentence of its runbook."""
    rows = []
    for file in ("operations", "resources", "exporter"):
        text = (ROOT / f"helm/azure-ai-exporter/rules/{file}.yaml").read_text()
        for group in yaml.safe_load(text)["groups"]:
            for name, severity in _alerts(group["rules"]):
                runbook = f"docs/runbooks/{name}.md"
                _, meaning = (ROOT / runbook).read_text().split("**Meaning.** ", 1)
                first = re.split(r"(?<=\.)\s", meaning, maxsplit=1)[0].replace("\n", " ")
                rows.append(f"| [{name}]({runbook}) | {severity} | {first} |")
    return "\n".join(["| alert | severity | meaning |", "|---|---|---|", *rows])


def _alerts(rules: list[dict[str, dict[str, str]]]) -> list[tuple[object, str]]:
    return [(rule["alert"], rule["labels"]["severity"]) for rule in rules if "alert" in rule]


def made() -> str:
    """README.md as it should be."""
    text = README.read_text()
    for name, block in (("metrics", metrics()), ("alerts", alerts()), ("help", help_())):
        found = re.search(rf"<!-- {name}: [^>]*-->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
        if not found:
            raise ValueError(f"README.md has no place for {name}")
        text = f"{text[: found.start(1)]}{block}\n{text[found.end(1) :]}"
    return text


if __name__ == "__main__":
    README.write_text(made())
