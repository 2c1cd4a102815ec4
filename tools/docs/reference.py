"""The generated pages of `docs/`: `make docs` writes them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from exporter.config.json_schema import schema, text
from exporter.exposition.families import FAMILIES, Family, Scope
from exporter.model.operation import State
from exporter.settings import durations

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLE = ROOT / "config.example.yaml"
SAMPLES = ROOT / "tests" / "samples"
JsonSchema = Mapping[str, object]

_MARK = "<!-- made by `make docs`; not to be edited -->"

_CONFIGURATION = """\
# Configuration

{made}

The configuration is one YAML file, `config.yaml` by default (`--config.file`). It can also be
[several files](#several-files), or [environment variables](#without-a-file).
[config.example.yaml](../config.example.yaml) shows every setting with a comment.
`azure-ai-exporter check` prints all errors at once, one a line:
`file:line:column: setting: what is wrong, what would be right`.

- A **duration** is a number with a unit, or several: `500ms`, `30s`, `1h30m`, `7d`. The units are
  those of Prometheus: `ms`, `s`, `m`, `h`, `d`, `w` (7 days), `y` (365 days).
- **true or false** may also be written as `yes` or `no`, `on` or `off`, in upper or lower case.
- A **file** is relative to the folder of the configuration.
- An empty setting, `null` or `~` means its default. Unknown keys, and duplicate names and ids,
  are errors.
- Anchors, aliases and merge keys (`<<: *defaults`) work. Unknown tags, such as `!env` or
  `!secret`, are errors, and `${{NAME}}` is not replaced. To keep a key out of the file, use
  `key_env` or `key_file`.
- Numbers, ids, dates and words need no quotes where text is expected: `api_version: 2024-05-01`.
- An operation is an id, or a mapping with `id` and options. In place of the id, the URL that Azure
  returned in `Operation-Location` or `Location` is accepted, also in operation files and by
  `/probe`. Its host must be that of the resource, its path that of the section's API and version.

Editors can complete and check the file with [its JSON Schema](config.schema.json). Write the schema
next to your file with `azure-ai-exporter schema > config.schema.json`, and start the file with this
line:

```yaml
# yaml-language-server: $schema=config.schema.json
```

The schema checks the structure. Only `check` also checks files, environment variables, duplicate
names, and settings that contradict each other.

## Several files

`--config.file` may be a pattern, such as `--config.file='teams/*.yaml'`, with one file for each
team. The `resources` of all files are joined. Each name, and each other key such as `poll` or
`state_file`, may be in one file only. Paths are relative to their own file.

A file that is added, changed or removed takes effect within seconds. If a file has errors, or
contradicts another file, its last valid content stays in use; at the start it is left out. The
other files take effect. `azure_ai_exporter_config_last_reload_successful` is then 0, and the log
and the status page show the reason. If no file matches, the configuration does not change; at the
start this is an error. An editor reports a file without `resources`; `check` does not.

## Without a file

Without `--config.file` and without a `config.yaml`, environment variables configure one endpoint.
The exporter discovers the operations of all its APIs.

- `AZURE_AI_ENDPOINT`: the endpoint of the resource, such as
  `https://contoso.cognitiveservices.azure.com`. The first part of its host is the label `resource`.
- `AZURE_AI_KEY`: its key. Or `AZURE_AI_KEY_FILE`: a file with the key; changes are detected.
- Instead of a key, a variable of Entra ID such as `AZURE_CLIENT_ID`
  ([identities](security.md#entra-id-instead-of-keys)). The cloud is that of the endpoint; the
  login is `AZURE_AUTHORITY_HOST`, if it is set.

If an API is refused (401, 403, 404) while others answer, it is regarded as not available: it has no
series, and is tried again every hour. If all APIs are refused, the key or the endpoint is wrong:
the log reports it, and `azure_ai_exporter_list_up` is 0.
"""

_METRICS = """\
# Metrics

{made}

All metrics of operations and documents are gauges, polled in the background:
`azure_ai_operation_last_success_timestamp_seconds` shows their age. Times are Unix seconds, ratios
are 0 to 1. A value that Azure does not report is absent, never 0. `azure-ai-exporter metrics`
prints the same list; [promql.md](promql.md) has example queries.

States are spelled the same for all APIs: {states}, \
and `Unknown` for a state that Azure does not document.

| label | meaning |
|---|---|
| `resource` | name of the resource in the configuration |
| `api` | {apis} |
| `operation` | id; where an API has several kinds of operations a path, such as \
`TRANSLATION/ITERATION`, `batchsyntheses/ID` or `models/ID` |
| `document`, `language` | id of a document, and its target language |
| `state`, `from`, `to` | a state, as spelled above |
| `code`, `inner_code`, `target` | parts of Azure's error; empty if Azure does not report them |
| `kind` | kind of the operation, such as `batch`, `iteration` or `transcription`; kind of tokens \
or pages; phase of a training |
| `name` | display name, if Azure reports one; for a document its source |

Label values of more than 200 characters are cut, with a hash of the whole value at the end.
`azure_ai_api_errors_total` has at most 64 values of `code` for each resource and API; all others
are `other`. `process_*` and `python_*` are metrics of prometheus-client.
"""

_SCOPES = {
    Scope.OPERATION: (
        "Operations",
        """\
`azure_ai_operation_info` exists from the start, all others from the first poll on. When an
operation cannot be read, `azure_ai_operation_up` is 0 at once. After `retention.stale_after`, only
`azure_ai_operation_up`, `azure_ai_operation_last_success_timestamp_seconds` and
`azure_ai_operation_info` stay. When an operation is dropped, all its series disappear in the same
scrape.""",
        "operation",
    ),
    Scope.DOCUMENT: (
        "Documents",
        """\
For documents that the setting `documents` selects, up to `limits`. The labels `resource` and
`operation` are those of the batch. The series disappear with the batch.""",
        "document",
    ),
    Scope.API: (
        "APIs of a resource",
        "These series stay when operations are dropped.",
        "API",
    ),
    Scope.EXPORTER: ("The exporter itself", "", "exporter"),
}


def settings() -> str:
    """docs/configuration.md: a section for each mapping, a row for each setting."""
    root = schema()
    sections = list(_sections(root))
    paths = {ref: path for path, ref, _ in reversed(sections)}
    lines = [_CONFIGURATION.format(made=_MARK)]
    for path, ref, mapping in sections:
        if paths[ref] == path:
            lines += [f"## {_heading(path)}\n", f"{mapping.get('description', '')}\n".lstrip("\n")]
            lines += [*_rows(path, mapping, paths), ""]
    return "\n".join(lines)


def _heading(path: str) -> str:
    return f"`{path}`" if path else "The file"


def _sections(root: JsonSchema) -> Iterator[tuple[str, str, JsonSchema]]:
    """Path, name and schema of each mapping with settings, in the order of a file."""
    definitions = _mapping(root["$defs"])

    def below(path: str, ref: str, mapping: JsonSchema) -> Iterator[tuple[str, str, JsonSchema]]:
        yield path, ref, mapping
        for name, setting in _mapping(mapping["properties"]).items():
            inner_path = f"{path}.{name}".lstrip(".")
            suffix = "[]" if "array" in str(_mapping(setting).get("type")) else ""
            for inner_ref in _refs(setting):
                yield from below(inner_path + suffix, inner_ref, _mapping(definitions[inner_ref]))

    yield from below("", "", root)


def _mapping(value: object) -> JsonSchema:
    assert isinstance(value, dict)
    return value


def _refs(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(ref := value.get("$ref"), str):
            yield ref.rpartition("/")[2]
        for alternative in (*value.get("anyOf", ()), value.get("items")):
            yield from _refs(alternative)


def _rows(path: str, mapping: JsonSchema, paths: Mapping[str, str]) -> Iterator[str]:
    yield "| setting | type | default | meaning | example |"
    yield "|---|---|---|---|---|"
    required = mapping.get("required", ())
    assert isinstance(required, Sequence)
    settings = _mapping(mapping["properties"]).items()
    for name, value in sorted(settings, key=lambda item: item[0] not in required):
        setting = _mapping(value)
        kind = _kind(setting, paths)
        cells = (
            f"`{name}`",
            kind,
            "**required**" if name in required else _default(setting, kind),
            str(setting["description"]),
            _example(f"{path}.{name}".lstrip(".")),
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(setting: JsonSchema, kind: str) -> str:
    """The default of a setting; `false` for a switch without one."""
    off = "`false`" if kind.startswith("true or false") else "none"
    return f"`{_yaml(setting['default'])}`" if "default" in setting else off


def _kind(setting: JsonSchema, paths: Mapping[str, str]) -> str:
    """The type of a setting, in words."""
    alternatives = setting.get("anyOf")
    if isinstance(alternatives, list):
        kinds = [
            _kind(alternative, paths)
            for alternative in alternatives
            if alternative != {"type": "null"}
        ]
        return " or ".join(dict.fromkeys(kinds))
    for ref in _refs({key: setting[key] for key in ("$ref",) if key in setting}):
        return f"[mapping](#{_anchor(paths[ref])})"
    if isinstance(words := setting.get("enum"), list):
        return " or ".join(f"`{word}`" for word in words if word is not None)
    if setting.get("pattern") == durations.PATTERN:
        return "duration"
    kind = setting["type"]
    type_ = kind if isinstance(kind, str) else str(_list(kind)[0])
    if type_ == "array":
        return f"list: {_kind(_mapping(setting['items']), paths)}"
    words_of = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    by_format = {"path": "file", "password": "text, secret"}
    mapping = "mapping of text to text" if type_ == "object" else type_
    return by_format.get(str(setting.get("format")), words_of.get(type_, mapping))


def _list(value: object) -> Sequence[object]:
    assert isinstance(value, list)
    return value


def _anchor(path: str) -> str:
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w-]", "", _heading(path).lower())


def _yaml(value: object) -> str:
    """A value as YAML on one line."""
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    yaml_text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return yaml_text.removesuffix("\n").removesuffix("\n...").replace("'", '"')


@cache
def example() -> object:
    """The example configuration, including the settings that are commented out."""
    uncommented = re.sub(
        r"^(\s*)# ((?:- )?\w+:| {2,})", r"\1\2", EXAMPLE.read_text(), flags=re.MULTILINE
    )
    return yaml.load(uncommented, yaml.BaseLoader)  # noqa: S506  it makes only text


def _example(path: str) -> str:
    """The first value of a setting in the example; empty for a mapping, which has its own rows."""
    for value in _values(example(), path.replace("[]", ".[]").split(".")):
        items = value if isinstance(value, list) else [value]
        if all(isinstance(item, str) for item in items):
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
        for item in data:
            yield from _values(item, path[1:])
    elif isinstance(data, dict) and path[0] in data:
        yield from _values(data[path[0]], path[1:])


def metrics() -> str:
    """docs/metrics.md: the metric contract."""
    apis = ", ".join(f"`{api}`" for api in _mapping(_resource()["properties"]) if api in _apis())
    states = " ".join(f"`{state}`" for state in State if state is not State.UNKNOWN)
    lines = [_METRICS.format(made=_MARK, apis=apis, states=states)]
    for scope, (title, introduction, noun) in _SCOPES.items():
        lines += [f"## {title}\n", *([f"{introduction}\n"] if introduction else [])]
        lines += [f"Labels of all: {_labels(scope.labels)}.\n"] if scope.labels else []
        lines += [f"| metric | type | labels | meaning | series of each {noun} | absent |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [_row(family) for family in FAMILIES if family.scope is scope]
        lines += [""]
    return "\n".join(lines)


@cache
def _resource() -> JsonSchema:
    return _mapping(_mapping(schema()["$defs"])["Resource"])


def _apis() -> Sequence[str]:
    alternatives = _list(_resource()["anyOf"])
    return [str(_list(_mapping(alternative)["required"])[0]) for alternative in alternatives]


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
    """When a metric is absent, and for which kinds of operations no sample has it."""
    kinds_with = _kinds_by_metric().get(family.name, frozenset())
    kinds_without = _kinds_by_metric()["azure_ai_operation_info"] - kinds_with
    if family.scope is not Scope.OPERATION or not kinds_with or not kinds_without:
        return family.absent
    fewer_without = len(kinds_without) < len(kinds_with)
    kinds = " or ".join(
        f"{_article(kind)} `{kind}` of `{api}`"
        for api, kind in sorted(kinds_without if fewer_without else kinds_with)
    )
    condition = f"if it is {kinds}" if fewer_without else f"unless it is {kinds}"
    return f"{condition}, and {family.absent}" if family.absent else condition


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


@cache
def _kinds_by_metric() -> Mapping[str, frozenset[tuple[str, str]]]:
    """For each metric, API and kind of the operations that have it in the samples."""
    kinds_by_metric: dict[str, set[tuple[str, str]]] = {}
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
                kinds_by_metric.setdefault(name, set()).add((labels["api"], kinds[key]))
    return {name: frozenset(kinds) for name, kinds in kinds_by_metric.items()}


PAGES: Mapping[Path, Callable[[], str]] = {
    DOCS / "configuration.md": settings,
    DOCS / "metrics.md": metrics,
    DOCS / "config.schema.json": text,
}


if __name__ == "__main__":
    for path, page_text in PAGES.items():
        path.write_text(page_text())
