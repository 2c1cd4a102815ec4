"""One operation; its documents, where it has any, are in `documents`."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.documents import NO_DOCUMENTS, documents
from dashboards.panels import bad_from, by_state, graph, number, query, row, word
from dashboards.promql import ONE, ONE_FAILED_DOCUMENTS, each, milliseconds, state
from dashboards.tables import Column, listing

_PROGRESS = "azure_ai_operation_progress_ratio"
_END = "azure_ai_operation_estimated_completion_timestamp_seconds"
_CHARGED = "azure_ai_operation_characters_charged"


def batch() -> Dashboard:
    up = "azure_ai_operation_up"
    built = (
        variables.dashboard(
            variables.BATCH,
            "Azure AI / Batch",
            "One operation of Azure AI: a translation batch with its documents, or any other.",
        )
        .with_variable(variables.one("resource", up))
        .with_variable(
            variables.one("api", up, 'resource="$resource"', first="document_translation")
        )
        .with_variable(variables.one("operation", up, 'resource="$resource", api="$api"'))
    )
    _summary(built)
    _over_time(built)
    documents(built)
    return built


def _summary(built: Dashboard) -> None:
    action = each("azure_ai_operation_last_action_timestamp_seconds", ONE)
    created = each("azure_ai_operation_created_timestamp_seconds", ONE)
    change = each("azure_ai_operation_last_change_timestamp_seconds", ONE)
    failed = each("azure_ai_operation_documents", ONE_FAILED_DOCUMENTS)
    built.with_row(row("$operation"))
    built.with_panel(
        word(
            "State",
            "The state that Azure gave last. It leaves when the operation cannot be read for "
            "`retention.stale_after`.",
            "not known",
            query(f"{state(ONE, 'state')} == 1", "{{state}}"),
        )
    )
    for title, description, unit, empty, expr in (
        (
            "Progress",
            "Of a batch, documents that are done. Not every API tells.",
            "percentunit",
            "not told",
            each(_PROGRESS, ONE),
        ),
        (
            "Estimated end",
            "If progress goes on as it did. Only while it runs and moves.",
            "dateTimeFromNow",
            "no estimate",
            milliseconds(each(_END, ONE)),
        ),
        (
            "Took so far",
            "Azure's last action minus creation. Not every API tells.",
            "s",
            "not told",
            f"{action} - {created}",
        ),
        (
            "Unchanged for",
            "Since the exporter last saw state, counts, progress or charge change.",
            "s",
            "not watched",
            f"time() - {change}",
        ),
        (
            "Characters charged",
            "So far. Not every API tells.",
            "short",
            "not told",
            each(_CHARGED, ONE),
        ),
        (
            "Images charged",
            "So far; Document Translation 2026-03-01 alone tells.",
            "short",
            "not told",
            each("azure_ai_operation_images_charged", ONE),
        ),
        (
            "Documents",
            "Each target language counted; 0 until Azure has listed them.",
            "short",
            "no documents",
            each("azure_ai_operation_documents_submitted", ONE),
        ),
    ):
        built.with_panel(number(title, description, unit, empty, query(expr)))
    for title, description, expr in (
        ("Documents failed", "Documents of the batch that failed.", failed),
        (
            "Documents without series",
            "Folded because of the exporter's `limits`. They are in the counts.",
            each("azure_ai_operation_documents_folded", ONE),
        ),
        (
            "Documents unreadable",
            "Watched by id, and not readable by the latest poll.",
            each("azure_ai_operation_documents_unreadable", ONE),
        ),
    ):
        built.with_panel(
            number(title, description, "short", "no documents", query(expr), limits=bad_from(1))
        )
    built.with_panel(
        number(
            "Age of the data",
            "Since a poll last gave a status. What has finished is not asked again.",
            "s",
            "never read",
            query(f"time() - {each('azure_ai_operation_last_success_timestamp_seconds', ONE)}"),
        )
    )
    built.with_panel(
        listing(
            "Error of the operation",
            "Azure's code, its inner code and what it concerns.",
            "The operation carries no error.",
            Column(each("azure_ai_operation_error_info", ONE, "code", "inner_code", "target")),
            sort="code",
            height=5,
        )
    )


def _over_time(built: Dashboard) -> None:
    built.with_row(row("Over time"))
    built.with_panel(
        by_state(
            graph(
                "Documents by state",
                "From the summary of the batch, each target language counted.",
                "short",
                NO_DOCUMENTS,
                query(
                    f"sum by (state) ({each('azure_ai_operation_documents', ONE, 'state')})",
                    "{{state}}",
                ),
                stacked=True,
            )
        )
    )
    built.with_panel(
        graph(
            "Progress over time",
            "From 0 to 100 %.",
            "percentunit",
            "This API tells no progress, or the operation has not begun.",
            query(each(_PROGRESS, ONE), "progress"),
        ).max(1)
    )
    built.with_panel(
        graph(
            "Estimated time left",
            "If progress goes on as it did. A line that does not go down is a batch that slows.",
            "s",
            "No estimate: the operation is not running, or has not moved yet.",
            query(f"{each(_END, ONE)} - time()", "time left"),
        )
    )
    built.with_panel(
        graph(
            "Charge over time",
            "Characters charged by the operation so far.",
            "short",
            "This API tells no charge, or nothing was charged yet.",
            query(each(_CHARGED, ONE), "characters"),
        )
    )
