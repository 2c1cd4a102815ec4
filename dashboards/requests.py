"""Requests of batches, and tokens: a part of the dashboard of jobs."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import bad_from, by_state, graph, query, row
from dashboards.promql import API, FAILED, OPERATION, by_operation, state, with_operation
from dashboards.tables import Column, listing

_REQUESTS = "azure_ai_operation_requests"
_NO_REQUESTS = "No batch of Azure OpenAI is watched."


def requests(built: Dashboard) -> None:
    tokens = f"increase(azure_ai_tokens_total{{{API}}}[1h])"
    built.with_row(row("Requests and tokens"))
    built.with_panel(
        by_state(
            graph(
                "Requests by state",
                "Of the watched batches. Azure counts most requests only near the end of a batch.",
                "short",
                _NO_REQUESTS,
                query(
                    f"sum by (state) ({by_operation(_REQUESTS, OPERATION, 'state')})", "{{state}}"
                ),
                stacked=True,
            )
        )
    )
    built.with_panel(
        graph(
            "Tokens per hour by kind",
            "The hour before each moment. Kinds do not overlap: together they are all tokens.",
            "short",
            "no job has reported tokens, or Prometheus has fewer than two scrapes",
            query(f"sum by (kind) ({tokens})", "{{kind}}"),
            stacked=True,
        )
    )
    submitted = by_operation("azure_ai_operation_requests_submitted", OPERATION)
    failed = by_operation(_REQUESTS, FAILED)
    used = by_operation("azure_ai_operation_tokens", OPERATION, "kind")
    built.with_panel(
        listing(
            "Batches of requests",
            "With the model, where Azure reports it, and the tokens that a batch used.",
            _NO_REQUESTS,
            Column(submitted, "requests"),
            Column(failed, "failed requests", limits=bad_from(1)),
            Column(f"sum by (resource, api, operation) ({used})", "tokens"),
            Column(
                with_operation(
                    by_operation("azure_ai_operation_info", OPERATION, "name"), "and", submitted
                )
            ),
            Column(
                with_operation(f"({state(OPERATION, 'state')} == 1)", "and", submitted),
            ),
            sort="requests",
            link=variables.TO_BATCH,
        )
    )
