"""docs/configuration.md, made from the JSON Schema and the example configuration."""

import re
from collections.abc import Iterator, Mapping, Sequence

import yaml

from exporter.config.json_schema import schema
from exporter.settings import durations
from tools.docs import MADE
from tools.docs.example import shown

JsonSchema = Mapping[str, object]

_CONFIGURATION = """\
# Configuration

{made}

The configuration is one YAML file, `config.yaml` by default (`--config.file`). It can also be
[several files](#several-files), or [environment variables](#without-a-file).
[config.example.yaml](../config.example.yaml) shows every setting with a comment.
`azure-ai-exporter check` prints the errors of all settings at once, one a line:
`file:line:column: setting: what is wrong, what would be right`. Whether settings fit together, such
as `retention.stale_after` and the intervals, is checked when each of them is valid.

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


def settings() -> str:
    """docs/configuration.md: a section for each mapping, a row for each setting."""
    root = schema()
    sections = list(_sections(root))
    paths = {ref: path for path, ref, _ in reversed(sections)}
    lines = [_CONFIGURATION.format(made=MADE)]
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
            shown(f"{path}.{name}".lstrip(".")),
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
