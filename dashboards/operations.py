"""Stuck, unreadable and all watched operations, and durations: parts of the overview."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import RESOURCE_API, bad_from, graph, query, row
from dashboards.promql import (
    API,
    OPERATION,
    RUNNING,
    by_operation,
    milliseconds,
    state,
    stuck,
    with_operation,
)
from dashboards.tables import Column, listing


def operations(built: Dashboard) -> None:
    progress = by_operation("azure_ai_operation_progress_ratio", OPERATION)
    is_stuck = with_operation(f"({stuck('>')})", "and", f"({state(RUNNING)} == 1)")
    last_success = by_operation("azure_ai_operation_last_success_timestamp_seconds", OPERATION)
    unreadable = f"({by_operation('azure_ai_operation_up', OPERATION)} == 0)"
    built.with_row(row("Operations"))
    built.with_panel(
        listing(
            "Stuck operations",
            "Running, without a change of state, counts, progress or charge for `stuck after`, "
            "or for the threshold of their API in the alert.",
            "No operation is stuck.",
            Column(is_stuck, "unchanged for", "s"),
            Column(with_operation(progress, "and", f"({is_stuck})"), "progress", "percentunit"),
            sort="unchanged for",
            link=variables.TO_BATCH,
        )
    )
    built.with_panel(
        listing(
            "Operations that cannot be read",
            "The latest poll returned no readable status. The state is the latest that was read.",
            "All operations can be read.",
            Column(
                with_operation(f"(time() - {last_success})", "and", unreadable),
                "not read for",
                "s",
            ),
            Column(with_operation(f"({state(OPERATION, 'state')} == 1)", "and", unreadable)),
            sort="not read for",
            link=variables.TO_BATCH,
            height=6,
        )
    )
    built.with_panel(
        listing(
            "Operations",
            "All watched operations, the newest first. The link opens the dashboard of one.",
            "No operation is watched: see the exporter dashboard.",
            Column(f"{state(OPERATION, 'state')} == 1"),
            Column(by_operation("azure_ai_operation_info", OPERATION, "name")),
            Column(progress, "progress", "percentunit"),
            Column(
                milliseconds(
                    by_operation(
                        "azure_ai_operation_estimated_completion_timestamp_seconds", OPERATION
                    )
                ),
                "estimated end",
                "dateTimeFromNow",
            ),
            Column(
                milliseconds(
                    by_operation("azure_ai_operation_created_timestamp_seconds", OPERATION)
                ),
                "created",
                "dateTimeFromNow",
            ),
            sort="created",
            link=variables.TO_BATCH,
            height=14,
        )
    )


def durations(built: Dashboard) -> None:
    usual = (
        f"max by (resource, api) (resource_api:azure_ai_operation_duration_seconds:p90_1w{{{API}}})"
    )
    last_success = by_operation("azure_ai_operation_last_success_timestamp_seconds", OPERATION)
    created = by_operation("azure_ai_operation_created_timestamp_seconds", OPERATION)
    run_for = with_operation(
        f"({with_operation(last_success, '-', created)})", "and", f"({state(RUNNING)} == 1)"
    )
    ratio = f"({run_for}) / on (resource, api) group_left () ({usual})"
    built.with_row(row("Durations"))
    built.with_panel(
        graph(
            "Usual duration",
            "From creation to the end: 90 % of the operations that succeeded within a week took "
            "less. Recorded by the rules of the chart, once 20 have succeeded.",
            "s",
            "Fewer than 20 operations have succeeded, or the rules are not loaded.",
            query(usual, RESOURCE_API),
            width=24,
        )
    )
    built.with_panel(
        listing(
            "Duration compared with the usual",
            "Running operations, since their creation. An alert fires at three times the usual.",
            "No operation with a known usual duration is running.",
            Column(ratio, "times the usual", limits=bad_from(3)),
            Column(with_operation(run_for, "and", f"({ratio})"), "running for", "s"),
            sort="times the usual",
            link=variables.TO_BATCH,
        )
    )
