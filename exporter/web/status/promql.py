"""The PromQL queries for one operation. Pure."""

from collections.abc import Iterator

from exporter.model.operation import Operation
from exporter.model.quantities import Amount, Counted
from exporter.model.snapshot import Snapshot


def queries(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """The title of each query, and the query."""
    key, operation = snapshot.watch.key, snapshot.shown
    selector = _selector(resource=key.resource, api=key.api, operation=key.operation)
    yield "state", f"azure_ai_operation_state{selector} == 1"
    yield "progress", f"azure_ai_operation_progress_ratio{selector}"
    yield (
        "seconds since the last change",
        (f"time() - azure_ai_operation_last_change_timestamp_seconds{selector}"),
    )
    nouns = dict.fromkeys((Amount.CHARACTERS_CHARGED.noun, *_nouns(operation)))
    for noun in nouns:
        yield noun.replace("_", " "), f"azure_ai_operation_{noun}{selector}"
    yield "error", f"azure_ai_operation_error_info{selector}"
    for counted in dict.fromkeys((*_documents(snapshot), *(operation.counts if operation else ()))):
        yield f"{counted.words} by state", f"azure_ai_operation_{counted}{selector}"
    if snapshot.watch.has_documents:
        document_selector = _selector(resource=key.resource, operation=key.operation)
        yield (
            "documents that have not succeeded",
            (f'azure_ai_document_state{document_selector[:-1]},state!="Succeeded"}}'),
        )
        yield (
            "document errors",
            (f"count by (code, inner_code) (azure_ai_document_error_info{document_selector})"),
        )


def _nouns(operation: Operation | None) -> Iterator[str]:
    if operation:
        yield from (amount.noun for amount in operation.amounts)


def _documents(snapshot: Snapshot) -> Iterator[Counted]:
    if snapshot.watch.has_documents:
        yield Counted.DOCUMENTS


def _selector(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    """The value as it is written between quotes.

    https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
    """
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
