"""The dashboard of one operation; the panels of its documents are in `documents`."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.documents import NO_DOCUMENTS, documents
from dashboards.panels import bad_from, by_state, graph, number, query, row, word
from dashboards.promql import (
    SINGLE_OPERATION,
    SINGLE_OPERATION_FAILED_DOCUMENTS,
    by_operation,
    milliseconds,
    state,
)
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
        .with_variable(variables.single_choice("resource", up))
        .with_variable(
            variables.single_choice(
                "api", up, 'resource="$resource"', default="document_translation"
            )
        )
        .with_variable(variables.single_choice("operation", up, 'resource="$resource", api="$api"'))
    )
    _summary(built)
    _over_time(built)
    documents(built)
    return built


def _summary(built: Dashboard) -> None:
    action = by_operation("azure_ai_operation_last_action_timestamp_seconds", SINGLE_OPERATION)
    created = by_operation("azure_ai_operation_created_timestamp_seconds", SINGLE_OPERATION)
    change = by_operation("azure_ai_operation_last_change_timestamp_seconds", SINGLE_OPERATION)
    last_success = by_operation(
        "azure_ai_operation_last_success_timestamp_seconds", SINGLE_OPERATION
    )
    failed = by_operation("azure_ai_operation_documents", SINGLE_OPERATION_FAILED_DOCUMENTS)
    built.with_row(row("$operation"))
    built.with_panel(
        word(
            "State",
            "The latest state that Azure reported. It is dropped when the operation cannot be read "
            "for `retention.stale_after`.",
            "unknown",
            query(f"{state(SINGLE_OPERATION, 'state')} == 1", "{{state}}"),
        )
    )
    for title, description, unit, empty, expr in (
        (
            "Progress",
            "Of a batch, the share of finished documents. Not every API reports it.",
            "percentunit",
            "not reported",
            by_operation(_PROGRESS, SINGLE_OPERATION),
        ),
        (
            "Estimated end",
            "At its earlier pace. Only while it runs and progresses.",
            "dateTimeFromNow",
            "no estimate",
            milliseconds(by_operation(_END, SINGLE_OPERATION)),
        ),
        (
            "Elapsed",
            "From creation to Azure's last action. Not every API reports it.",
            "s",
            "not reported",
            f"{action} - {created}",
        ),
        (
            "Unchanged for",
            "Since the exporter last saw a change of state, counts, progress or charge.",
            "s",
            "not watched",
            f"time() - {change}",
        ),
        (
            "Characters charged",
            "So far. Not every API reports it.",
            "short",
            "not reported",
            by_operation(_CHARGED, SINGLE_OPERATION),
        ),
        (
            "Images charged",
            "So far. Only Document Translation 2026-03-01 reports it.",
            "short",
            "not reported",
            by_operation("azure_ai_operation_images_charged", SINGLE_OPERATION),
        ),
        (
            "Documents",
            "Each target language counts; 0 until Azure has listed them.",
            "short",
            "no documents",
            by_operation("azure_ai_operation_documents_submitted", SINGLE_OPERATION),
        ),
    ):
        built.with_panel(number(title, description, unit, empty, query(expr)))
    for title, description, expr in (
        ("Documents failed", "Documents of the batch that failed.", failed),
        (
            "Documents folded",
            "Without series of their own, because of `limits`. The counts include them.",
            by_operation("azure_ai_operation_documents_folded", SINGLE_OPERATION),
        ),
        (
            "Documents not read",
            "Watched by id; the latest poll could not read them.",
            by_operation("azure_ai_operation_documents_unreadable", SINGLE_OPERATION),
        ),
    ):
        built.with_panel(
            number(title, description, "short", "no documents", query(expr), limits=bad_from(1))
        )
    built.with_panel(
        number(
            "Age of the data",
            "Since the latest poll that returned a status. Finished operations are not polled.",
            "s",
            "never read",
            query(f"time() - {last_success}"),
        )
    )
    built.with_panel(
        listing(
            "Error of the operation",
            "Azure's code, its inner code and the part of the request that it concerns.",
            "The operation has no error.",
            Column(
                "max by (code, inner_code, target) "
                f"(azure_ai_operation_error_info{{{SINGLE_OPERATION}}})",
            ),
            sort="code",
            height=5,
        )
    )


def _over_time(built: Dashboard) -> None:
    document_states = by_operation("azure_ai_operation_documents", SINGLE_OPERATION, "state")
    built.with_row(row("Over time"))
    built.with_panel(
        by_state(
            graph(
                "Documents by state",
                "From the summary of the batch; each target language counts.",
                "short",
                NO_DOCUMENTS,
                query(f"sum by (state) ({document_states})", "{{state}}"),
                stacked=True,
            )
        )
    )
    built.with_panel(
        graph(
            "Progress over time",
            "From 0 to 100 %.",
            "percentunit",
            "This API reports no progress, or the operation has not started.",
            query(by_operation(_PROGRESS, SINGLE_OPERATION), "progress"),
        ).max(1)
    )
    built.with_panel(
        graph(
            "Estimated time left",
            "At its earlier pace. If the line does not fall, the batch is slowing down.",
            "s",
            "No estimate: the operation is not running, or has made no progress yet.",
            query(f"{by_operation(_END, SINGLE_OPERATION)} - time()", "time left"),
        )
    )
    built.with_panel(
        graph(
            "Charge over time",
            "Characters charged by the operation so far.",
            "short",
            "This API reports no charge, or nothing was charged yet.",
            query(by_operation(_CHARGED, SINGLE_OPERATION), "characters"),
        )
    )
