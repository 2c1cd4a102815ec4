"""The queries of the dashboards' panels, asked of a Prometheus."""

import aiohttp

from tests.e2e.prometheus import labels
from tests.support.dashboards import RECORDED, Target, dashboards, selectors, with_values

# The demo's Azure may answer no error, and here are no rules; test_rules_prometheus.py has all.
EMPTY_IN_THE_DEMO = {"azure_ai_api_errors_total", *RECORDED}
UNREADABLE = "Operations that cannot be read"
ALL = {
    "resource": ".*",
    "api": ".*",
    "operation": ".*",
    "job": ".*",
    "stuck_after": "1",
    "__rate_interval": "10s",
}


def queries(*, known_empty: bool) -> list[tuple[str, Target]]:
    """Those of all panels with their dashboard's name, that the demo leaves empty or not."""
    return [
        (name, target)
        for name, dashboard in dashboards().items()
        for panel, target in dashboard.queries
        if known_empty
        == (
            panel.title == UNREADABLE
            or bool({each for each, _ in selectors(target.expr)} & EMPTY_IN_THE_DEMO)
        )
    ]


async def answered(session: aiohttp.ClientSession, target: Target) -> bool:
    """Whether a query has data, for all operations or, where one is chosen, for any one.

    A filter of its whole result may leave nothing.
    """
    choices = [ALL]
    if '="$operation"' in target.expr:
        choices = [ALL | each for each in await labels(session, "azure_ai_operation_up")]
    for choice in choices:
        asked = with_values(target.expr.removesuffix(" > 0"), choice)
        if "offset -1d" in asked:  # what is added on a day is asked for at its midnight
            asked = f"last_over_time(({asked})[1d:1d])"
        if found := await labels(session, asked):
            missing = target.legend - set().union(*found)
            assert not missing, (target.expr, missing)
            return True
    return False
