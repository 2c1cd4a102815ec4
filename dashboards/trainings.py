"""Trainings by phase: a part of the dashboard of jobs."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import graph, query, row
from dashboards.promql import OPERATION, RUNNING, by_operation, state, with_operation
from dashboards.tables import Column, listing

_PHASE = "azure_ai_operation_phase_progress_ratio"
_RUNNING = f"({state(RUNNING)} == 1)"
_NONE = "no training has told its phases"


def trainings(built: Dashboard) -> None:
    progress = with_operation(f"({by_operation(_PHASE, OPERATION, 'kind')})", "and", _RUNNING)
    built.with_row(row("Trainings"))
    built.with_panel(
        graph(
            "Training by phase",
            "How far each phase is, on average of the trainings that run.",
            "percentunit",
            "no training runs, or none has told its phases",
            query(f"avg by (resource, kind) ({progress})", "{{resource}} {{kind}}"),
        )
    )
    built.with_panel(
        listing(
            "Phases by training",
            "How far each phase is. A training that has succeeded may have phases that never "
            "began.",
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
            width=12,
        )
    )


def _column(kind: str, title: str) -> Column:
    return Column(by_operation(_PHASE, f'{OPERATION}, kind="{kind}"'), title, "percentunit")
