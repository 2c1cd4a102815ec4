"""Pages that jobs analysed: a part of the dashboard of jobs."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import bad_from, days, graph, query, row
from dashboards.promql import API, OPERATION, by_day, by_operation, state, with_operation
from dashboards.tables import Column, listing

_KINDS = by_operation("azure_ai_operation_pages", OPERATION, "kind")
_PAGES = f"sum by (resource, api, operation) ({_KINDS})"
_NO_PAGES = "no job has reported pages"


def pages(built: Dashboard) -> None:
    warnings = by_operation("azure_ai_operation_warnings", OPERATION)
    built.with_row(row("Pages"))
    built.with_panel(
        days(
            graph(
                "Pages analysed by day and kind",
                "The kind of analysis determines the price. Each bar is a day of the dashboard's "
                "time zone, the last one is today.",
                "short",
                "no pages in two weeks, or Prometheus has fewer than two scrapes",
                query(
                    f"{by_day('azure_ai_pages_total', API, 'resource', 'kind')} > 0",
                    "{{resource}} {{kind}}",
                ),
                stacked=True,
                width=24,
            )
        )
    )
    built.with_panel(
        listing(
            "Pages by job",
            "With the warnings of a result, which may mean that a part of the input was omitted.",
            _NO_PAGES,
            Column(_PAGES, "pages"),
            Column(with_operation(warnings, "and", f"({_PAGES})"), "warnings", limits=bad_from(1)),
            Column(
                with_operation(f"({state(OPERATION, 'state')} == 1)", "and", f"({_PAGES})"),
            ),
            sort="pages",
            link=variables.TO_BATCH,
        )
    )
