"""Builds of models, and how long jobs of each kind take: a part of the dashboard of jobs."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import graph, query, row
from dashboards.promql import (
    FINISHED,
    NOT_TRANSLATIONS,
    OPERATION,
    by_operation,
    state,
    with_operation,
)
from dashboards.tables import Column, listing

_JOBS = f"{OPERATION}, {NOT_TRANSLATIONS}"
_BUILDS = f'{_JOBS}, kind=~".+_(build|compose|copy)"'
_INFO = "azure_ai_operation_info"
_FINISHED = f"({state(f'{FINISHED}, {NOT_TRANSLATIONS}')} == 1)"


def _time(name: str) -> str:
    return by_operation(f"azure_ai_operation_{name}_timestamp_seconds", _JOBS)


_ENDED = with_operation(_time("last_action"), "and", _FINISHED)
_TOOK = f"({with_operation(f'({_ENDED})', '-', _time('created'))})"
_TOOK_SO_FAR = with_operation(f"(({_ENDED}) or {_time('last_success')})", "-", _time("created"))


def builds(built: Dashboard) -> None:
    built.with_row(row("Builds"))
    kinds = by_operation(_INFO, _JOBS, "kind")
    built.with_panel(
        graph(
            "Duration by kind",
            "From creation to the end, on average of the watched jobs whose end Azure reports.",
            "s",
            "No job has ended, or Azure does not report when.",
            query(
                f"avg by (api, kind) ({with_operation(_TOOK, '*', kinds, 'group_left (kind) ')})",
                "{{api}} {{kind}}",
            ),
            width=24,
            height=10,
        )
    )
    named = by_operation(_INFO, _BUILDS, "kind", "name")
    own = with_operation(f"({_TOOK_SO_FAR})", "and", named)
    built.with_panel(
        listing(
            "Builds by duration",
            "Builds, compositions and copies of models and classifiers, the longest first; of a "
            "running one, the time until the latest poll.",
            "No build is watched.",
            Column(own, "duration", "s"),
            Column(named),
            Column(with_operation(f"({state(_JOBS, 'state')} == 1)", "and", named)),
            sort="duration",
            link=variables.TO_BATCH,
        )
    )
