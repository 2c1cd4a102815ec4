"""Stuck operations, and all watched operations: a part of the overview."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import bad_below, row
from dashboards.promql import (
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
