"""The pages of `docs/` that are made from the code: `make docs` writes them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from exporter.config.json_schema import schema, text
from exporter.exposition.families import FAMILIES, Family, Scope
from exporter.settings import durations

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLE = ROOT / "config.example.yaml"
SAMPLES = ROOT / "tests" / "samples"
Shown = Mapping[str, object]

_MADE = "<!-- made by `make docs`; not to be edited -->"

_CONFIGURATION = """\
# Configuration

{made}

One YAML file, `config.yaml` unless `--config.file` says otherwise.
[config.example.yaml](../config.example.yaml) shows every setting in its place, with a comment.
`azure-ai-exporter check` prints all that is wrong at once, each as
`file:line:column: path: what is wrong, what would be right`.

- A **duration** is a number with its unit, or several: `500ms`, `30s`, `5m`, `24h`, `1h30m`.
- A **file** is relative to the configuration's own folder.
- A key with nothing behind it means its default. Unknown keys, and names and ids that stand
  twice, are mistakes.
- Numbers, ids, dates and words of a YAML text need no quotes: `api_version: 2024-05-01`.
- An operation is an id, or a mapping with `id` and options.

Editors complete and check what is written where the first line names
[the JSON Schema](config.schema.json); `azure-ai-exporter schema > config.schema.json` writes it
beside your file:

```yaml
# yaml-language-server: $schema=config.schema.json
```

It sees the shape of the file. What files and variables hold, whether names stand twice and
settings fit one another, only `check` knows.
"""

_METRICS = """\
# Metrics

{made}

Everything about operations and documents is a gauge, polled in the background:
`azure_ai_operation_last_success_timestamp_seconds` tells how old it is. Times are Unix seconds,
ratios 0 to 1. What Azure did not say is absent, never 0. `azure-ai-exporter metrics` prints the
same names, [promql.md](promql.md) shows what to ask.

States have one spelling for all APIs: `NotStarted` `Running` `Succeeded` `Failed` `Cancelling`
`Cancelled` `ValidationFailed`, and `Unknown` for a word that no page of Azure's lists.

| label | what |
|---|---|
| `resource` | the name of the resource in the configuration |
| `api` | {apis} |
| `operation` | the id; of what is found in lists `TRANSLATION/ITERATION` or `batchsyntheses/ID` |
| `document`, `language` | a document's id, and its target language |
| `state`, `from`, `to` | a state, in the spelling above |
| `code`, `inner_code`, `target` | of Azure's error; empty where it was not said |
| `kind` | `batch`, `operation`, `iteration` or `batch_synthesis` |
| `name` | what people call it, where Azure tells; of a document its source |

Label values over 200 characters are cut, with a hash of the whole at the end. `code` of
`azure_ai_api_errors_total` is told apart for at most 64 codes of each resource and API, the rest is
`other`. `process_*` and `python_*` come from prometheus-client.
"""

_SCOPES = {
    Scope.OPERATION: (
        "Operations",
        """\
All but `azure_ai_operation_info` begin with the first look. When an operation cannot be read,
`azure_ai_operation_up` is 0 at once; after `retention.stale_after` only it,
`azure_ai_operation_last_success_timestamp_seconds` and `azure_ai_operation_info` stay. When an
operation leaves, all its series leave in the same scrape.""",
        "operation",
    ),
    Scope.DOCUMENT: (
        "Documents",
        """\
Of the documents that the setting `documents` chooses and `limits` leaves room for. They leave with
their batch, whose labels `resource` and `operation` they have.""",
        "document",
    ),
    Scope.API: (
        "APIs of a resource",
        "They outlive the operations.",
        "API",
    ),
    Scope.EXPORTER: ("The exporter itself", "", "exporter"),
}


def settings() -> str:
    """docs/configuration.md: a section for each mapping, a row for each setting."""
    whole = schema()
    found = list(_sections(whole))
    places = {ref: path for path, ref, _ in reversed(found)}
    lines = [_CONFIGURATION.format(made=_MADE)]
    for path, ref, shown in found:
        if places[ref] == path:
            lines += [f"## {_heading(path)}\n", f"{shown.get('description', '')}\n".lstrip("\n")]
            lines += [*_rows(path, shown, places), ""]
    return "\n".join(lines)


def _heading(path: str) -> str:
    return f"`{path}`" if path else "The file"


def _sections(whole: Shown) -> Iterator[tuple[str, str, Shown]]:
    """Path, name and schema of every mapping with settings, as they follow in a file."""
    definitions = _mapping(whole["$defs"])

    def below(path: str, ref: str, shown: Shown) -> Iterator[tuple[str, str, Shown]]:
        yield path, ref, shown
        for name, setting in _mapping(shown["properties"]).items():
            inside = f"{path}.{name}".lstrip(".")
            listed = "[]" if "array" in str(_mapping(setting).get("type")) else ""
            for inner in _refs(setting):
                yield from below(inside + listed, inner, _mapping(definitions[inner]))

    yield from below("", "", whole)


def _mapping(shown: object) -> Shown:
    assert isinstance(shown, dict)
    return shown


def _refs(shown: object) -> Iterator[str]:
    if isinstance(shown, dict):
        if isinstance(ref := shown.get("$ref"), str):
            yield ref.rpartition("/")[2]
        for each in (*shown.get("anyOf", ()), shown.get("items")):
            yield from _refs(each)


def _rows(path: str, shown: Shown, places: Mapping[str, str]) -> Iterator[str]:
    yield "| setting | type | default | meaning | example |"
    yield "|---|---|---|---|---|"
    required = shown.get("required", ())
    assert isinstance(required, Sequence)
    settings = _mapping(shown["properties"]).items()
    for name, each in sorted(settings, key=lambda item: item[0] not in required):
        setting = _mapping(each)
        kind = _kind(setting, places)
        cells = (
            f"`{name}`",
            kind,
            "**required**" if name in required else _default(setting, kind),
            str(setting["description"]),
            _example(f"{path}.{name}".lstrip(".")),
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(setting: Shown, kind: str) -> str:
    """What holds without it; of what can be switched on, that it is off."""
    off = "`false`" if kind.startswith("true or false") else "none"
    return f"`{_yaml(setting['default'])}`" if "default" in setting else off


def _kind(shown: Shown, places: Mapping[str, str]) -> str:
    """What may be written, in words."""
    alternatives = shown.get("anyOf")
    if isinstance(alternatives, list):
        kinds = [_kind(each, places) for each in alternatives if each != {"type": "null"}]
        return " or ".join(dict.fromkeys(kinds))
    for ref in _refs({key: shown[key] for key in ("$ref",) if key in shown}):
        return f"[mapping](#{_anchor(places[ref])})"
    if isinstance(words := shown.get("enum"), list):
        return " or ".join(f"`{word}`" for word in words if word is not None)
    if shown.get("pattern") == durations.PATTERN:
        return "duration"
    kind = shown["type"]
    one = kind if isinstance(kind, str) else next(iter(_texts(kind)))
    if one == "array":
        return f"list: {_kind(_mapping(shown['items']), places)}"
    words_of = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    by_format = {"path": "file", "password": "text, secret"}
    mapping = "mapping of text to text" if one == "object" else one
    return by_format.get(str(shown.get("format")), words_of.get(one, mapping))


def _texts(said: object) -> Sequence[str]:
    assert isinstance(said, list)
    return said


def _anchor(path: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w-]", "", _heading(path).lower())


def _yaml(value: object) -> str:
    """A value as it stands in a file, on one line."""
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    written = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return written.removesuffix("\n").removesuffix("\n...").replace("'", '"')


@cache
def example() -> object:
    """The example configuration, with what stands there as a comment to be taken up."""
    taken_up = re.sub(
        r"^(\s*)# ((?:- )?\w+:| {2,})", r"\1\2", EXAMPLE.read_text(), flags=re.MULTILINE
    )
    return yaml.load(taken_up, yaml.BaseLoader)  # noqa: S506  it makes only text


def _example(path: str) -> str:
    """The first value of a setting in the example; none for a mapping, which has its own rows."""
    for value in _values(example(), path.replace("[]", ".[]").split(".")):
        flat = value if isinstance(value, list) else [value]
        if all(isinstance(each, str) for each in flat):
            return f"`{_plain(value)}`"
    return ""


def _plain(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    return str(value)


def _values(data: object, path: Sequence[str]) -> Iterator[object]:
    if not path:
        yield data
    elif path[0] == "[]" and isinstance(data, list):
        for each in data:
            yield from _values(each, path[1:])
    elif isinstance(data, dict) and path[0] in data:
        yield from _values(data[path[0]], path[1:])


def metrics() -> str:
    """docs/metrics.md: the metric contract."""
    apis = ", ".join(f"`{api}`" for api in _mapping(_resource()["properties"]) if api in _apis())
    lines = [_METRICS.format(made=_MADE, apis=apis)]
    for scope, (title, prose, one) in _SCOPES.items():
        lines += [f"## {title}\n", *([f"{prose}\n"] if prose else [])]
        lines += [f"Labels of all: {_labels(scope.labels)}.\n"] if scope.labels else []
        lines += [f"| metric | type | labels | meaning | series of each {one} | absent |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [_row(family) for family in FAMILIES if family.scope is scope]
        lines += [""]
    return "\n".join(lines)


@cache
def _resource() -> Shown:
    return _mapping(_mapping(schema()["$defs"])["Resource"])


def _apis() -> Sequence[str]:
    return [each["required"][0] for each in _resource()["anyOf"]]  # type: ignore[attr-defined]


def _labels(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(family: Family) -> str:
    cells = (
        f"`{family.name}`",
        family.type,
        _labels(family.labels) or "-",
        family.help,
        family.times or "1",
        absent(family) or "-",
    )
    return f"| {' | '.join(cells)} |"


def absent(family: Family) -> str:
    """When it is not there, and of which kinds of operations the samples never have it."""
    having = _having().get(family.name, frozenset())
    lacking = _having()["azure_ai_operation_info"] - having
    if family.scope is not Scope.OPERATION or not having or not lacking:
        return family.absent
    few = len(lacking) < len(having)
    kinds = " or ".join(
        f"a `{kind}` of `{api}`" for api, kind in sorted(lacking if few else having)
    )
    whose = f"if it is {kinds}" if few else f"unless it is {kinds}"
    return f"{whose}, and {family.absent}" if family.absent else whose


@cache
def _having() -> Mapping[str, frozenset[tuple[str, str]]]:
    """Of each metric the API and kind of every operation of the samples that has it."""
    found: dict[str, set[tuple[str, str]]] = {}
    for file in sorted(SAMPLES.rglob("*.prom")):
        families = list(text_string_to_metric_families(file.read_text()))
        samples = [sample for family in families for sample in family.samples]
        kinds = {
            (labels["api"], labels["operation"]): labels["kind"]
            for name, labels, *_ in samples
            if name == "azure_ai_operation_info"
        }
        for name, labels, *_ in samples:
            if "api" in labels:
                key = labels["api"], labels["operation"]
                found.setdefault(name, set()).add((labels["api"], kinds[key]))
    return {name: frozenset(kinds) for name, kinds in found.items()}


PAGES: Mapping[Path, Callable[[], str]] = {
    DOCS / "configuration.md": settings,
    DOCS / "metrics.md": metrics,
    DOCS / "config.schema.json": text,
}


if __name__ == "__main__":
    for path, made in PAGES.items():
        path.write_text(made())
