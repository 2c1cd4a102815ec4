"""The overview: running and failed operations; `charges` and `operations` are parts of it."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.charges import charges
from dashboards.operations import operations
from dashboards.panels import bad_from, by_state, graph, number, query, row
from dashboards.promql import (
    API,
    FAILED,
    FAILED_DOCUMENTS,
    OPERATION,
    RUNNING,
    WAITING,
    by_operation,
    state,
    unchanged,
    with_operation,
)
from dashboards.tables import Column, listing

_NONE = "no operation is watched"
_RUNNING = state(RUNNING)
_FAILED = state(FAILED)
_FAILED_DOCUMENTS = by_operation("azure_ai_operation_documents", FAILED_DOCUMENTS)


def overview() -> Dashboard:
    built = (
        variables.dashboard(
            variables.OVERVIEW,
            "Azure AI / Overview",
            "Long-running operations of Azure AI: what runs, failed, is stuck, and what it costs.",
        )
        .with_variable(variables.multiple_choice("resource", "azure_ai_operation_up"))
        .with_variable(
            variables.multiple_choice("api", "azure_ai_operation_up", 'resource=~"$resource"')
        )
        .with_variable(variables.multiple_choice("operation", "azure_ai_operation_up", API))
        .with_variable(variables.stuck_after())
    )
    _now(built)
    _failures(built)
    charges(built)
    operations(built)
    return built


def _now(built: Dashboard) -> None:
    stuck = with_operation(f"({unchanged()} > bool $stuck_after)", "*", _RUNNING)
    built.with_row(row("Now"))
    for title, description, expr, bad in (
        (
            "Waiting",
            "Operations that Azure has accepted and not begun.",
            f"sum({state(WAITING)})",
            False,
        ),
        (
            "Running",
            "Operations that run, those that are being cancelled included.",
            f"sum({_RUNNING})",
            False,
        ),
        (
            "Failed",
            "Watched operations that failed or were refused at validation.",
            f"sum({_FAILED})",
            True,
        ),
        (
            "Documents failed",
            (
                "Documents that failed in watched batches, also in batches that succeeded. "
                "Only Document Translation has documents."
            ),
            f"sum({_FAILED_DOCUMENTS})",
            True,
        ),
        (
            "Stuck",
            "Operations that run and have not changed for as long as `stuck after` says.",
            f"sum({stuck})",
            True,
        ),
        (
            "Cannot be read",
            (
                "Operations whose latest poll gave no readable status. "
                "The exporter dashboard says which errors there were."
            ),
            f"sum({by_operation('azure_ai_operation_up', OPERATION)} == bool 0)",
            True,
        ),
    ):
        empty = "no batch is watched" if title == "Documents failed" else _NONE
        limits = bad_from(1) if bad else None
        built.with_panel(number(title, description, "short", empty, query(expr), limits=limits))
    built.with_panel(
        by_state(
            graph(
                "Operations by state",
                "Watched operations. What has finished leaves after `retention.finished`.",
                "short",
                _NONE,
                query(f"sum by (state) ({state(OPERATION, 'state')})", "{{state}}"),
                stacked=True,
            )
        )
    )
    built.with_panel(
        graph(
            "Running by resource and API",
            "Operations that run, those that are being cancelled included.",
            "short",
            _NONE,
            query(f"sum by (resource, api) ({_RUNNING})", "{{resource}} {{api}}"),
            stacked=True,
        )
    )


def _failures(built: Dashboard) -> None:
    error = by_operation("azure_ai_operation_error_info", OPERATION, "code", "inner_code", "target")
    failed = f"({state(FAILED, 'state')} == 1)"
    reasons = with_operation(error, "*", failed, "group_left (state) ")
    built.with_row(row("Failures"))
    built.with_panel(
        graph(
            "Failed by resource and API",
            "Watched operations that failed or were refused at validation; "
            "a line goes down when they leave.",
            "short",
            _NONE,
            query(
                f"sum by (resource, api) ({_FAILED})",
                "{{resource}} {{api}}",
            ),
            stacked=True,
            width=8,
        )
    )
    built.with_panel(
        listing(
            "Failed operations",
            "With Azure's reason, where it gave one.",
            "No watched operation has failed.",
            Column(with_operation(f"({reasons})", "or", failed)),
            sort="operation",
            descending=False,
            link=variables.TO_BATCH,
            width=16,
        )
    )
    submitted = by_operation("azure_ai_operation_documents_submitted", OPERATION)
    built.with_panel(
        listing(
            "Batches with failed documents",
            "A batch can succeed though some of its documents failed.",
            "No document of a watched batch has failed.",
            Column(f"{_FAILED_DOCUMENTS} > 0", "failed documents", limits=bad_from(1)),
            Column(with_operation(submitted, "and", f"({_FAILED_DOCUMENTS} > 0)"), "documents"),
            sort="failed documents",
            link=variables.TO_BATCH,
        )
    )
