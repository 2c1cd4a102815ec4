"""What operations cost, by the prices of the configuration: a part of the overview."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import days, graph, query, row
from dashboards.promql import API, OPERATION, by_operation
from dashboards.tables import Column, listing

_COST = f"azure_ai_cost_total{{{API}}}"
_NONE = "nothing has cost anything, or the configuration has no prices"


def costs(built: Dashboard) -> None:
    by = "by (resource, api, currency)"
    built.with_row(row("Costs, estimated"))
    built.with_panel(
        days(
            graph(
                "Cost by day and resource",
                "Each bar is the 24 hours before it, by UTC. An estimate by the prices of the "
                "configuration, in their currency.",
                "none",
                _NONE,
                query(
                    f"sum by (resource, currency) (increase({_COST}[1d]))",
                    "{{resource}} {{currency}}",
                ),
                stacked=True,
            )
        )
    )
    built.with_panel(
        graph(
            "Cost an hour",
            "The hour before each moment, by resource and API.",
            "none",
            _NONE,
            query(f"sum {by} (increase({_COST}[1h]))", "{{resource}} {{api}} {{currency}}"),
        )
    )
    cost = by_operation("azure_ai_operation_cost", OPERATION, "currency")
    built.with_panel(
        listing(
            "The most expensive operations",
            "Of those that are watched now, the twenty that have cost most so far.",
            "No operation has a cost: the configuration has no prices for what Azure tells.",
            Column(f"topk(20, {cost})", "cost"),
            sort="cost",
            link=variables.TO_BATCH,
        )
    )
