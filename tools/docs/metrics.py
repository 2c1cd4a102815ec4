"""docs/metrics.md, made from the families of metrics and the samples."""

from collections.abc import Iterable, Mapping
from functools import cache

from prometheus_client.parser import text_string_to_metric_families

from exporter.apis import Apis
from exporter.exposition.families import FAMILIES, Family, Scope
from exporter.model.operation import State
from tests.docs import ROOT
from tools.docs import MADE

SAMPLES = ROOT / "tests" / "samples"

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


def metrics() -> str:
    """docs/metrics.md: the metric contract."""
    apis = _labels(Apis.model_fields)
    states = " ".join(f"`{state}`" for state in State if state is not State.UNKNOWN)
    lines = [_METRICS.format(made=MADE, apis=apis, states=states)]
    for scope, (title, introduction, noun) in _SCOPES.items():
        lines += [f"## {title}\n", *([f"{introduction}\n"] if introduction else [])]
        lines += [f"Labels of all: {_labels(scope.labels)}.\n"] if scope.labels else []
        lines += [f"| metric | type | labels | meaning | series of each {noun} | absent |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [_row(family) for family in FAMILIES if family.scope is scope]
        lines += [""]
    return "\n".join(lines)


def _labels(names: Iterable[str]) -> str:
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
