"""Polls, and Azure's answers: a part of the exporter dashboard."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import bad_line, graph, query, row
from dashboards.promql import API, JOB, rate

_NO_RESOURCE = "no resource is watched, or Prometheus has no two scrapes yet"
_TIMEOUT = bad_line(10)
_RESOURCE_API = "{{resource}} {{api}}"


def polls(built: Dashboard) -> None:
    family = "azure_ai_exporter_polls_total"
    built.with_row(row("Polls"))
    built.with_panel(
        graph(
            "Polls by outcome",
            "Polls of operations. A success is a readable status.",
            "ops",
            _NO_RESOURCE,
            query(rate(family, f"{JOB}, {API}", "outcome"), "{{outcome}}"),
            stacked=True,
            width=8,
        )
    )
    built.with_panel(
        graph(
            "Failed polls by resource",
            "The state stays what it was, and `azure_ai_operation_up` is 0.",
            "ops",
            _NO_RESOURCE,
            query(
                rate(family, f'{JOB}, {API}, outcome="failure"', "resource", "api"), _RESOURCE_API
            ),
            width=8,
        )
    )
    built.with_panel(
        graph(
            "Lag",
            "How much later than its interval asked the latest poll began: the budget of "
            "requests is too small for the operations, or Azure is slow. The line is the "
            "default `poll.interval`.",
            "s",
            "nothing was polled yet",
            query(
                f"max by (resource, api) (azure_ai_exporter_poll_lag_seconds{{{JOB}, {API}}})",
                _RESOURCE_API,
            ),
            limits=bad_line(30),
            width=8,
        )
    )


def azure(built: Dashboard) -> None:
    requests = "azure_ai_api_requests_total"
    duration = rate("azure_ai_api_request_duration_seconds_bucket", f"{JOB}, {API}", "le")
    by_api = rate(
        "azure_ai_api_request_duration_seconds_bucket", f"{JOB}, {API}", "resource", "api", "le"
    )
    built.with_row(row("Azure"))
    built.with_panel(
        graph(
            "Requests by status",
            "HTTP status; or timeout, connection, tls, token, unreadable.",
            "reqps",
            _NO_RESOURCE,
            query(f"{rate(requests, f'{JOB}, {API}', 'status')} > 0", "{{status}}"),
            stacked=True,
        )
    )
    built.with_panel(
        graph(
            "Errors by code",
            "Azure's own error codes, those that came up in the time shown.",
            "reqps",
            "Azure answered no error in the time shown.",
            query(
                f"{rate('azure_ai_api_errors_total', f'{JOB}, {API}', 'resource', 'code')} > 0",
                "{{resource}} {{code}}",
            ),
        )
    )
    built.with_panel(
        graph(
            "Throttled requests",
            "Answers with 429. The exporter waits as long as Azure says and tries again.",
            "reqps",
            _NO_RESOURCE,
            query(rate(requests, f'{JOB}, {API}, status="429"', "resource", "api"), _RESOURCE_API),
            width=8,
        )
    )
    built.with_panel(
        graph(
            "Retry-After",
            "How long Azure last told the exporter to wait, also in answers that are no error.",
            "s",
            "Azure has not asked to wait.",
            query(
                f"max by (resource, api) (azure_ai_api_retry_after_seconds{{{JOB}, {API}}})",
                _RESOURCE_API,
            ),
            width=8,
        )
    )
    built.with_panel(
        graph(
            "Surprises",
            "States in a word that no page of Azure lists, and items of lists that "
            "could not be read; the log has them.",
            "ops",
            _NO_RESOURCE,
            query(
                rate("azure_ai_exporter_unknown_states_total", f"{JOB}, {API}", "resource", "api"),
                "{{resource}} {{api}} unknown states",
            ),
            query(
                rate(
                    "azure_ai_exporter_list_items_unreadable_total",
                    f"{JOB}, {API}",
                    "resource",
                    "api",
                ),
                "{{resource}} {{api}} unreadable items",
            ),
            width=8,
        )
    )
    built.with_panel(
        graph(
            "Latency of Azure",
            "Of all requests, their bodies included. The line is the default `poll.timeout`.",
            "s",
            _NO_RESOURCE,
            *(
                query(f"histogram_quantile({quantile / 100}, {duration})", f"{quantile} %")
                for quantile in (50, 95, 99)
            ),
            limits=_TIMEOUT,
        )
    )
    built.with_panel(
        graph(
            "Latency by resource, 95 %",
            "95 of 100 requests were answered within this time.",
            "s",
            _NO_RESOURCE,
            query(f"histogram_quantile(0.95, {by_api})", _RESOURCE_API),
            limits=_TIMEOUT,
        )
    )
