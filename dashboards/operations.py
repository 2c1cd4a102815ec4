"""Stuck operations, and all watched operations: a part of the overview."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import bad_below, bad_from, graph, query, row
from dashboards.promql import (
    API,
    OPERATION,
    RUNNING,
    by_operation,
    milliseconds,
    state,
    stuck,
    unchanged,
    with_operation,
)
from dashboards.tables import Column, listing


def operations(built: Dashboard) -> None:
    progress = by_operation("azure_ai_operation_progress_ratio", OPERATION)
    is_stuck = with_operation(f"({stuck('>')})", "and", f"({state(RUNNING)} == 1)")
    _durations(built)
    built.with_row(row("Operations"))
    built.with_panel(
        listing(
            "Stuck operations",
            "Running, and no change of state, counts, progress or charge for as long as "
            "`stuck after`, or the alert for their API, says.",
            "Nothing is stuck: all that runs has changed in time.",
            Column(is_stuck, "unchanged for", "s"),
            Column(with_operation(progress, "and", f"({is_stuck})"), "progress", "percentunit"),
            sort="unchanged for",
            link=variables.TO_BATCH,
        )
    )
    built.with_panel(
        listing(
            "Operations",
            "Everything that is watched. The link leads to the dashboard of one operation.",
            "No operation is watched: see the exporter dashboard.",
            Column(
                by_operation("azure_ai_operation_up", OPERATION),
                "readable",
                "bool_yes_no",
                bad_below(1),
            ),
            Column(f"{state(OPERATION, 'state')} == 1"),
            Column(by_operation("azure_ai_operation_info", OPERATION, "kind", "name")),
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
            Column(unchanged(), "unchanged for", "s"),
            Column(by_operation("azure_ai_operation_characters_charged", OPERATION), "characters"),
            sort="created",
            link=variables.TO_BATCH,
            height=14,
        )
    )


def _durations(built: Dashboard) -> None:
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
            "What is usual",
            "From creation to the end: nine of ten operations that ended well within a week took "
            "less. Recorded by the rules of the chart, once 20 have ended.",
            "s",
            "Too few have ended well to know, or the rules are not loaded.",
            query(usual, "{{resource}} {{api}}"),
        )
    )
    built.with_panel(
        listing(
            "Compared with what is usual",
            "Operations that run, since their creation. An alert tells of three times the usual.",
            "Nothing runs of which it is known what is usual.",
            Column(ratio, "times the usual", limits=bad_from(3)),
            Column(with_operation(run_for, "and", f"({ratio})"), "runs for", "s"),
            sort="times the usual",
            link=variables.TO_BATCH,
            width=12,
        )
    )
