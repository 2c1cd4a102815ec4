"""Pure: the queries that show one operation in Prometheus."""

from collections.abc import Iterator

from exporter.model.operation import Operation
from exporter.model.quantities import Amount, Counted
from exporter.model.snapshot import Snapshot


def queries(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """What each shows, and the query."""
    key, known = snapshot.watch.key, snapshot.shown
    one = _selector(resource=key.resource, api=key.api, operation=key.operation)
    yield "state", f"azure_ai_operation_state{one} == 1"
    yield "progress", f"azure_ai_operation_progress_ratio{one}"
    yield (
        "seconds since it changed",
        (f"time() - azure_ai_operation_last_change_timestamp_seconds{one}"),
    )
    nouns = dict.fromkeys((Amount.CHARACTERS_CHARGED.noun, *_nouns(known)))
    for noun in nouns:
        yield noun.replace("_", " "), f"azure_ai_operation_{noun}{one}"
    yield "error", f"azure_ai_operation_error_info{one}"
    for counted in dict.fromkeys((*_documents(snapshot), *(known.counts if known else ()))):
        yield f"{counted.words} by state", f"azure_ai_operation_{counted}{one}"
    if snapshot.watch.has_documents:
        each = _selector(resource=key.resource, operation=key.operation)
        yield (
            "documents that are not done",
            (f'azure_ai_document_state{each[:-1]},state!="Succeeded"}}'),
        )
        yield (
            "errors of documents",
            (f"count by (code, inner_code) (azure_ai_document_error_info{each})"),
        )


def _nouns(known: Operation | None) -> Iterator[str]:
    if known:
        yield from (amount.noun for amount in known.amounts)


def _documents(snapshot: Snapshot) -> Iterator[Counted]:
    if snapshot.watch.has_documents:
        yield Counted.DOCUMENTS


def _selector(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    """As it stands between quotes.

    https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
    """
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
