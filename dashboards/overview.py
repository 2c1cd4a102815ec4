"""The overview: running and failed operations; `charges` and `operations` are parts of it."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.charges import charges
from dashboards.costs import costs
from dashboards.operations import durations, operations
from dashboards.panels import RESOURCE_API, bad_from, by_state, graph, number, query, row
from dashboards.promql import (
    API,
    FAILED,
    OPERATION,
    RUNNING,
    SUCCEEDED,
    WAITING,
    by_operation,
    ended,
    milliseconds,
    parts,
    state,
    stuck,
    with_operation,
    within_an_hour,
)
from dashboards.tables import Column, listing

_NONE = "no operation is watched"
_NO_FAILURE = "No watched operation has failed."
_RUNNING = state(RUNNING)
_FAILED = state(FAILED)
_FAILED_PARTS = parts(FAILED)
_BAD_ENDS = "that failed, expired, succeeded in part, or were rejected at validation"


def overview() -> Dashboard:
    built = (
        variables.with_resources(
            variables.dashboard(
                variables.OVERVIEW,
                "Azure AI / Overview",
                "Long-running operations of Azure AI: "
                "what runs, failed, is stuck, and what it costs.",
            )
        )
        .with_variable(
            variables.multiple_choice("api", "azure_ai_operation_up", 'resource=~"$resource"')
        )
        .with_variable(variables.multiple_choice("operation", "azure_ai_operation_up", API))
        .with_variable(variables.stuck_after())
    )
    _now(built)
    _failures(built)
    operations(built)
    charges(built)
    costs(built)
    durations(built)
    return built


def _now(built: Dashboard) -> None:
    is_stuck = with_operation(f"({stuck('> bool')})", "*", _RUNNING)
    built.with_row(row("Now"))
    for title, description, expr, bad in (
        (
            "Waiting",
            "Operations that Azure has accepted and not started.",
            f"sum({state(WAITING)})",
            False,
        ),
        (
            "Running",
            "Running operations, including those that are being cancelled.",
            f"sum({_RUNNING})",
            False,
        ),
        (
            "Failed, last hour",
            f"Operations {_BAD_ENDS} within the last hour.",
            f"sum({within_an_hour(_FAILED, OPERATION)})",
            True,
        ),
        (
            "Parts failed, last hour",
            (
                "Documents, requests, outputs and other failed parts of operations that run or "
                "ended within the last hour, also of those that succeeded."
            ),
            f"sum({within_an_hour(_FAILED_PARTS, OPERATION)})",
            True,
        ),
        (
            "Stuck",
            (
                "Running operations without a change for `stuck after`, "
                "or for the threshold of their API in the alert."
            ),
            f"sum({is_stuck})",
            True,
        ),
        (
            "Cannot be read",
            (
                "Operations whose latest poll returned no readable status. "
                "The exporter dashboard shows the errors."
            ),
            f"sum({by_operation('azure_ai_operation_up', OPERATION)} == bool 0)",
            True,
        ),
    ):
        empty = "no parts are counted" if title.startswith("Parts") else _NONE
        limits = bad_from(1) if bad else None
        built.with_panel(number(title, description, "short", empty, query(expr), limits=limits))
    built.with_panel(
        by_state(
            graph(
                "Operations by state",
                "Watched operations. Finished ones are dropped after `retention.finished`.",
                "short",
                _NONE,
                query(f"sum by (state) ({state(OPERATION, 'state')})", "{{state}}"),
                stacked=True,
                width=8,
                height=10,
            )
        )
    )
    built.with_panel(
        graph(
            "Running by resource and API",
            "Running operations, including those that are being cancelled.",
            "short",
            _NONE,
            query(f"sum by (resource, api) ({_RUNNING}) > 0", RESOURCE_API),
            stacked=True,
            width=16,
            height=10,
        )
    )


def _failures(built: Dashboard) -> None:
    error = by_operation("azure_ai_operation_error_info", OPERATION, "code", "inner_code")
    names = by_operation("azure_ai_operation_info", OPERATION, "name")
    failed = f"({state(FAILED, 'state')} == 1)"
    reasons = with_operation(error, "*", failed, "group_left (state) ")
    built.with_row(row("Failures"))
    built.with_panel(
        graph(
            "Failed by resource and API",
            f"Watched operations {_BAD_ENDS}. They are counted until `retention.finished` drops "
            "them.",
            "short",
            _NO_FAILURE,
            query(
                f"sum by (resource, api) ({_FAILED}) > 0",
                RESOURCE_API,
            ),
            stacked=True,
            width=24,
        )
    )
    built.with_panel(
        listing(
            "Failed operations",
            "The latest first, with Azure's reason, where it gave one.",
            _NO_FAILURE,
            Column(
                milliseconds(f"({with_operation(ended(OPERATION), 'and', failed)})"),
                "ended",
                "dateTimeFromNow",
            ),
            Column(with_operation(f"({reasons})", "or", failed)),
            Column(with_operation(names, "and", failed)),
            sort="ended",
            link=variables.TO_BATCH,
            height=10,
        )
    )
    built.with_panel(
        listing(
            "Operations with failed parts",
            "An operation can succeed though some of its documents, requests, outputs or other "
            "parts failed.",
            "No part of a watched operation has failed.",
            Column(f"{_FAILED_PARTS} > 0", "failed parts", limits=bad_from(1)),
            Column(
                with_operation(parts(SUCCEEDED), "and", f"({_FAILED_PARTS} > 0)"),
                "succeeded parts",
            ),
            sort="failed parts",
            link=variables.TO_BATCH,
        )
    )
