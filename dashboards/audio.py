"""Audio that jobs transcribed or made: a part of the dashboard of jobs."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.panels import RESOURCE_API, bad_from, by_state, days, graph, query, row
from dashboards.promql import (
    API,
    FAILED,
    OPERATION,
    SUCCEEDED,
    by_day,
    by_operation,
    parts,
    state,
    with_operation,
)
from dashboards.tables import Column, listing

_AUDIO = by_operation("azure_ai_operation_audio_seconds", OPERATION)
_BEGAN = (
    f"({by_operation('azure_ai_operation_started_timestamp_seconds', OPERATION)} or "
    f"{by_operation('azure_ai_operation_created_timestamp_seconds', OPERATION)})"
)
_ENDED = by_operation("azure_ai_operation_last_action_timestamp_seconds", OPERATION)
_SUCCEEDED = f"({state(SUCCEEDED)} == 1)"
_TOOK = f"({with_operation(_ENDED, '-', _BEGAN)} > 0)"
_DONE = with_operation(_AUDIO, "and", _SUCCEEDED)
_NO_AUDIO = "no job has reported the length of its audio"


def audio(built: Dashboard) -> None:
    files = by_operation("azure_ai_operation_outputs", OPERATION, "state")
    failed = parts(FAILED)
    factor = with_operation(f"({_DONE})", "/", _TOOK)
    took = with_operation(_TOOK, "and", f"({_DONE})")
    built.with_row(row("Audio"))
    built.with_panel(
        days(
            graph(
                "Audio by day and API",
                "The length of the audio that was transcribed or made. Each bar is a day of the "
                "dashboard's time zone, the last one is today.",
                "s",
                "no audio in two weeks, or Prometheus has fewer than two scrapes",
                query(
                    f"{by_day('azure_ai_audio_seconds_total', API, 'resource', 'api')} > 0",
                    RESOURCE_API,
                ),
                stacked=True,
                width=8,
            )
        )
    )
    built.with_panel(
        graph(
            "Real-time factor",
            "Seconds of audio per second of work, of the watched jobs that succeeded: at 10, an "
            "hour of audio takes six minutes. Where Azure does not report when work began, "
            "the time in the queue is included.",
            "short",
            _NO_AUDIO,
            query(
                f"sum by (resource, api) ({_DONE}) / sum by (resource, api) ({took})",
                RESOURCE_API,
            ),
            width=8,
        )
    )
    built.with_panel(
        by_state(
            graph(
                "Outputs by state",
                "Outputs of syntheses.",
                "short",
                "no synthesis has reported its outputs",
                query(f"sum by (state) ({files})", "{{state}}"),
                stacked=True,
                width=8,
            )
        )
    )
    built.with_panel(
        listing(
            "Audio by job",
            "Audio that a job analysed, transcribed or made.",
            _NO_AUDIO,
            Column(_AUDIO, "audio", "s"),
            Column(factor, "real-time factor"),
            Column(
                with_operation(f"({failed})", "and", _AUDIO), "failed parts", limits=bad_from(1)
            ),
            Column(with_operation(f"({state(OPERATION, 'state')} == 1)", "and", _AUDIO)),
            sort="audio",
            link=variables.TO_BATCH,
        )
    )
