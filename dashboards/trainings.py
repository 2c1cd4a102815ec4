"""Trainings by phase: a part of the dashboard of jobs."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import graph, query, row
from dashboards.promql import OPERATION, RUNNING, by_operation, state, with_operation
from dashboards.tables import Column, listing

_PHASE = "azure_ai_operation_phase_progress_ratio"
_RUNNING = f"({state(RUNNING)} == 1)"
_NONE = "no training has reported its phases"


def trainings(built: Dashboard) -> None:
    progress = with_operation(f"({by_operation(_PHASE, OPERATION, 'kind')})", "and", _RUNNING)
    built.with_row(row("Trainings"))
    built.with_panel(
        graph(
            "Training by phase",
            "Progress of each phase, on average of the running trainings.",
            "percentunit",
            "no training runs, or none has reported its phases",
            query(f"avg by (resource, kind) ({progress})", "{{resource}} {{kind}}"),
            width=24,
        )
    )
    built.with_panel(
        listing(
            "Phases by training",
            "Progress of each phase. A training can succeed without starting all phases.",
            _NONE,
            _column("training", "training"),
            _column("evaluation", "evaluation"),
            _column("data_generation", "data generation"),
            Column(
                with_operation(
                    f"({state(OPERATION, 'state')} == 1)",
                    "and",
                    f"({by_operation(_PHASE, OPERATION)})",
                )
            ),
            sort="training",
            link=variables.TO_BATCH,
        )
    )


def _column(kind: str, title: str) -> Column:
    return Column(by_operation(_PHASE, f'{OPERATION}, kind="{kind}"'), title, "percentunit")
