"""What operations cost, by the prices of the configuration: a part of the overview."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import days, graph, query, row
from dashboards.promql import API, OPERATION, by_day, by_operation, with_operation
from dashboards.tables import Column, listing

_COST = "azure_ai_cost_total"
_NONE = "no costs, or the configuration has no prices"


def costs(built: Dashboard) -> None:
    by = "by (resource, api, currency)"
    built.with_row(row("Costs, estimated"))
    built.with_panel(
        days(
            graph(
                "Cost by day and resource",
                "Each bar is a day of the dashboard's time zone, the last one is today. An "
                "estimate by the prices of the configuration, in their currency.",
                "none",
                _NONE,
                query(
                    f"{by_day(_COST, API, 'resource', 'currency')} > 0",
                    "{{resource}} {{currency}}",
                ),
                stacked=True,
            )
        )
    )
    built.with_panel(
        graph(
            "Cost per hour",
            "The hour before each moment, by resource and API.",
            "none",
            _NONE,
            query(
                f"sum {by} (increase({_COST}{{{API}}}[1h])) > 0",
                "{{resource}} {{api}} {{currency}}",
            ),
        )
    )
    cost = by_operation("azure_ai_operation_cost", OPERATION, "currency")
    info = by_operation("azure_ai_operation_info", OPERATION, "name")
    built.with_panel(
        listing(
            "Most expensive operations",
            "The twenty watched operations that have cost most so far.",
            "No operation has a cost, or the configuration has no prices for its API.",
            Column(f"topk(20, {cost})", "cost"),
            Column(with_operation(info, "and", f"(topk(20, {cost}))")),
            sort="cost",
            link=variables.TO_BATCH,
        )
    )
