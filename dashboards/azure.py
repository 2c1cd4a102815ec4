"""Polls, and Azure's answers: a part of the exporter dashboard."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import OUTCOME_COLOURS, RESOURCE_API, bad_line, by_state, graph, query, row
from dashboards.promql import API, JOB, rate

_NO_RESOURCE = "no resource is watched, or Prometheus has fewer than two scrapes"
_TIMEOUT = bad_line(10)


def polls(built: Dashboard) -> None:
    family = "azure_ai_exporter_polls_total"
    built.with_row(row("Polls"))
    built.with_panel(
        by_state(
            graph(
                "Polls by outcome",
                "A poll succeeds if it returns a readable status.",
                "ops",
                _NO_RESOURCE,
                query(rate(family, f"{JOB}, {API}", "outcome"), "{{outcome}}"),
                stacked=True,
                width=8,
            ),
            OUTCOME_COLOURS,
        )
    )
    built.with_panel(
        graph(
            "Failed polls by resource",
            "The operation keeps its state, and `azure_ai_operation_up` is 0.",
            "ops",
            "No poll failed in the time shown.",
            query(
                f"""{rate(family, f'{JOB}, {API}, outcome="failure"', "resource", "api")} > 0""",
                RESOURCE_API,
            ),
            width=8,
        )
    )
    built.with_panel(
        graph(
            "Poll lag",
            "How much later than planned the latest poll started: the request budget is too small "
            "for the operations, or Azure is slow. The line is the default `poll.interval`.",
            "s",
            "no operation was polled yet",
            query(
                f"max by (resource) (azure_ai_exporter_poll_lag_seconds{{{JOB}, {API}}})",
                "{{resource}}",
            ),
            limits=bad_line(30),
            width=8,
        )
    )


def azure(built: Dashboard) -> None:
    requests = "azure_ai_api_requests_total"
    duration = rate("azure_ai_api_request_duration_seconds_bucket", f"{JOB}, {API}", "le")
    by_resource = rate(
        "azure_ai_api_request_duration_seconds_bucket", f"{JOB}, {API}", "resource", "le"
    )

    def unexpected(what: str) -> str:
        return rate(f"azure_ai_exporter_{what}_total", f"{JOB}, {API}", "resource", "api")

    built.with_row(row("Azure"))
    built.with_panel(
        graph(
            "Requests by status",
            "The HTTP status, or timeout, connection, tls, token, unreadable.",
            "reqps",
            _NO_RESOURCE,
            query(f"{rate(requests, f'{JOB}, {API}', 'status')} > 0", "{{status}}"),
            stacked=True,
        )
    )
    built.with_panel(
        graph(
            "Errors by code",
            "Azure's error codes in the time shown.",
            "reqps",
            "Azure returned no error in the time shown.",
            query(
                f"{rate('azure_ai_api_errors_total', f'{JOB}, {API}', 'resource', 'code')} > 0",
                "{{resource}} {{code}}",
            ),
        )
    )
    built.with_panel(
        graph(
            "Throttled requests",
            "Responses with status 429. The exporter retries after `Retry-After`.",
            "reqps",
            "Azure throttled no request in the time shown.",
            query(
                f"""{rate(requests, f'{JOB}, {API}, status="429"', "resource", "api")} > 0""",
                RESOURCE_API,
            ),
            width=8,
        )
    )
    built.with_panel(
        graph(
            "Retry-After",
            "The latest `Retry-After` of Azure, also of successful responses.",
            "s",
            "Azure has sent no Retry-After.",
            query(
                f"max by (resource) (azure_ai_api_retry_after_seconds{{{JOB}, {API}}})",
                "{{resource}}",
            ),
            width=8,
        )
    )
    built.with_panel(
        graph(
            "Unexpected answers",
            "States that Azure's documentation does not list, and items of lists that could not "
            "be read; the log has them.",
            "ops",
            "All responses were as expected.",
            query(
                f"{unexpected('unknown_states')} > 0",
                "{{resource}} {{api}} unknown states",
            ),
            query(
                f"{unexpected('list_items_unreadable')} > 0",
                "{{resource}} {{api}} unreadable items",
            ),
            width=8,
        )
    )
    built.with_panel(
        graph(
            "Latency of Azure",
            "Of all requests, bodies included. The line is the default `poll.timeout`.",
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
            "95th percentile of latency by resource",
            "95 % of the requests took less than this.",
            "s",
            _NO_RESOURCE,
            query(f"histogram_quantile(0.95, {by_resource})", "{{resource}}"),
            limits=_TIMEOUT,
        )
    )
