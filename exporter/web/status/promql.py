"""Pure: the queries that show one operation in Prometheus."""

from collections.abc import Iterator

from exporter.model.operation import Key


def queries(key: Key, *, documents: bool) -> Iterator[tuple[str, str]]:
    """What each shows, and the query; `documents` for a batch."""
    one = _selector(resource=key.resource, api=key.api, operation=key.operation)
    yield "state", f"azure_ai_operation_state{one} == 1"
    yield "progress", f"azure_ai_operation_progress_ratio{one}"
    yield (
        "seconds since it changed",
        (f"time() - azure_ai_operation_last_change_timestamp_seconds{one}"),
    )
    yield "characters charged", f"azure_ai_operation_characters_charged{one}"
    yield "error", f"azure_ai_operation_error_info{one}"
    if documents:
        each = _selector(resource=key.resource, operation=key.operation)
        yield "documents by state", f"azure_ai_operation_documents{one}"
        yield (
            "documents that are not done",
            (f'azure_ai_document_state{each[:-1]},state!="Succeeded"}}'),
        )
        yield (
            "errors of documents",
            (f"count by (code, inner_code) (azure_ai_document_error_info{each})"),
        )


def _selector(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    """As it stands between quotes.

    https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
    """
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
