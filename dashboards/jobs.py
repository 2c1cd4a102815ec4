"""Jobs that are not translations: states and times; `requests`, `audio` and others are parts."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.audio import audio
from dashboards.builds import builds
from dashboards.pages import pages
from dashboards.panels import RESOURCE_API, bad_from, by_state, graph, number, query, row
from dashboards.promql import (
    API,
    FAILED,
    FINISHED,
    NOT_TRANSLATIONS,
    OPERATION,
    RUNNING,
    WAITING,
    by_operation,
    parts,
    state,
    with_operation,
    within_an_hour,
)
from dashboards.requests import requests
from dashboards.tables import Column, listing
from dashboards.trainings import trainings

_NONE = "no job is watched"
_JOBS = f"{OPERATION}, {NOT_TRANSLATIONS}"
_WAITING = f"{WAITING}, {NOT_TRANSLATIONS}"
_RUNNING = f"{RUNNING}, {NOT_TRANSLATIONS}"
_FAILED = f"{FAILED}, {NOT_TRANSLATIONS}"
_STARTED = by_operation("azure_ai_operation_started_timestamp_seconds", _JOBS)
_CREATED = by_operation("azure_ai_operation_created_timestamp_seconds", _JOBS)
_LAST_ACTION = by_operation("azure_ai_operation_last_action_timestamp_seconds", _JOBS)
_LAST_SUCCESS = by_operation("azure_ai_operation_last_success_timestamp_seconds", _JOBS)
_DEADLINE = by_operation("azure_ai_operation_deadline_timestamp_seconds", _JOBS)
_UNFINISHED = f"({state(_WAITING)} == 1 or {state(_RUNNING)} == 1)"
_FINISHED = f"({state(f'{FINISHED}, {NOT_TRANSLATIONS}')} == 1)"
_QUEUED = with_operation(_STARTED, "-", _CREATED)
# Work ends with Azure's last action, and until then at the latest poll.
_WORKED = with_operation(
    f"({with_operation(_LAST_ACTION, 'and', _FINISHED)} or {_LAST_SUCCESS})", "-", _STARTED
)


def jobs() -> Dashboard:
    up = "azure_ai_operation_up"
    built = (
        variables.with_resources(
            variables.dashboard(
                variables.JOBS,
                "Azure AI / Jobs",
                "Jobs that are not translations: Azure OpenAI, speech, trainings and others.",
            ),
            NOT_TRANSLATIONS,
        )
        .with_variable(
            variables.multiple_choice("api", up, f'resource=~"$resource", {NOT_TRANSLATIONS}')
        )
        .with_variable(variables.multiple_choice("operation", up, f"{API}, {NOT_TRANSLATIONS}"))
    )
    _now(built)
    requests(built)
    _times(built)
    audio(built)
    trainings(built)
    builds(built)
    pages(built)
    return built


def _now(built: Dashboard) -> None:
    overdue = with_operation(f"({_LAST_SUCCESS} > bool {_DEADLINE})", "and", _UNFINISHED)
    expires = by_operation("azure_ai_operation_expires_timestamp_seconds", _JOBS)
    expiring = with_operation(f"({expires} - time() < bool 86400)", "and", _FINISHED)
    built.with_row(row("Now"))
    for title, description, empty, expr, bad in (
        (
            "Waiting",
            "Jobs that Azure has accepted and not started.",
            _NONE,
            f"sum({state(_WAITING)})",
            False,
        ),
        (
            "Running",
            "Running jobs, including those that are being cancelled.",
            _NONE,
            f"sum({state(_RUNNING)})",
            False,
        ),
        (
            "Failed, last hour",
            "Jobs that failed, expired, or succeeded in part within the last hour.",
            _NONE,
            f"sum({within_an_hour(state(_FAILED), _JOBS)})",
            True,
        ),
        (
            "Parts failed, last hour",
            (
                "Requests, outputs, audio files and other failed parts of jobs that run or ended "
                "within the last hour, also of those that succeeded."
            ),
            "no parts are counted",
            f"sum({within_an_hour(parts(_FAILED), _JOBS)})",
            True,
        ),
        (
            "Past the deadline",
            "Unfinished jobs that are past the time by which Azure promised to finish them.",
            "no unfinished job has a deadline",
            f"sum({overdue})",
            True,
        ),
        (
            "Results expiring",
            "Finished jobs whose results Azure will delete within 24 hours: download them before.",
            "no finished job has an expiry",
            f"sum({expiring})",
            False,
        ),
    ):
        limits = bad_from(1) if bad else None
        built.with_panel(number(title, description, "short", empty, query(expr), limits=limits))
    built.with_panel(
        by_state(
            graph(
                "Jobs by state",
                "Watched jobs. Finished ones are dropped after `retention.finished`.",
                "short",
                _NONE,
                query(f"sum by (state) ({state(_JOBS, 'state')})", "{{state}}"),
                stacked=True,
                width=8,
                height=10,
            )
        )
    )
    built.with_panel(
        graph(
            "Running by resource and API",
            "Running jobs, including those that are being cancelled.",
            "short",
            _NONE,
            query(
                f"sum by (resource, api) ({state(_RUNNING)}) > 0",
                RESOURCE_API,
            ),
            stacked=True,
            width=16,
            height=10,
        )
    )


def _times(built: Dashboard) -> None:
    built.with_row(row("Times"))
    built.with_panel(
        graph(
            "Queue time",
            "From creation to the start of work, on average of the watched jobs that have started.",
            "s",
            "No API has reported when work began.",
            query(f"avg by (resource, api) ({_QUEUED})", RESOURCE_API),
        )
    )
    built.with_panel(
        graph(
            "Run time",
            "From the start of work to its end, on average of the watched jobs that have ended.",
            "s",
            "No API has reported when work began, or no job has ended.",
            query(
                f"avg by (resource, api) ({with_operation(f'({_WORKED})', 'and', _FINISHED)})",
                RESOURCE_API,
            ),
        )
    )
    built.with_panel(
        listing(
            "Queue and run time by job",
            "Of a running job, the time until the latest poll. A negative time until the deadline "
            "means that the deadline has passed.",
            "No API has reported when work began.",
            Column(_QUEUED, "queue time", "s"),
            Column(_WORKED, "run time", "s"),
            Column(
                with_operation(f"({_DEADLINE} - time())", "and", _UNFINISHED),
                "until deadline",
                "s",
            ),
            sort="queue time",
            link=variables.TO_BATCH,
        )
    )
