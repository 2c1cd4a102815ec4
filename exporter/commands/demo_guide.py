"""The text that the demo prints at its start: pages to open, commands to try, coming troubles."""

import heapq
from collections.abc import Mapping, Sequence

from exporter.simulator.faults.faults import Kind
from exporter.simulator.faults.weather import Weather
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.show.troubles import Trouble, troubles
from exporter.simulator.show.workday import Workday

QUERIES = {
    "failed operations and their errors": "azure_ai_operation_error_info == 1",
    "operations without a change for five minutes": (
        "time() - azure_ai_operation_last_change_timestamp_seconds > 300 and on "
        '(resource, api, operation) azure_ai_operation_state{state="Running"} == 1'
    ),
    "characters charged per hour, by resource": (
        "sum by (resource) (rate(azure_ai_characters_charged_total[5m])) * 3600"
    ),
}
_WEATHER_EFFECTS = {
    Kind.THROTTLED: "is throttled (429)",
    Kind.UNAUTHORISED: "refuses its key (401)",
}
_TROUBLES_PRINTED = 10
AHEAD_SECONDS = 900.0
_MINUTE = 60

TeamTrouble = tuple[str, Trouble]
"""A team, and a trouble that its work will have."""


def next_troubles(
    opening: Mapping[str, Scenario],
    workdays: Mapping[str, Workday],
    weathers: Mapping[str, Sequence[Weather]],
    start: float,
) -> Sequence[TeamTrouble]:
    """The next troubles after `start` (Unix seconds), the earliest first."""
    all_troubles: list[TeamTrouble] = [
        (team, trouble)
        for team, part in opening.items()
        for work in (part, *workdays[team].coming(AHEAD_SECONDS))
        for trouble in troubles(work)
    ]
    for team, team_weather in weathers.items():
        for weather in team_weather:
            effect = f"{_WEATHER_EFFECTS[weather.kind]} for {weather.lasts:.0f} s"
            trouble = Trouble(start + weather.first, "", "the whole resource", effect)
            all_troubles.append((team, trouble))
    later = ((team, trouble) for team, trouble in all_troubles if trouble.at > start)
    return heapq.nsmallest(_TROUBLES_PRINTED, later, key=lambda team_trouble: team_trouble[1].at)


def text(url: str, troubles: Sequence[TeamTrouble], start: float, speed: float) -> str:
    """The text, in lines; `url` is the exporter's address, such as http://127.0.0.1:10058."""
    at_speed = "" if speed == 1 else f", {speed:g} times as fast"
    lines = [
        f"A simulator of Azure with nine teams{at_speed}, and an exporter that polls it. Open",
        f"  {url}/  status page",
        f"  {url}/metrics  the metrics that Prometheus scrapes",
        f"  {url}/api/v1/operations  operations as JSON",
        f"  {url}/config  the running configuration",
        "Try",
        f"  azure-ai-exporter top --url={url}",
        *(f"  curl '{url}/probe?{query}'" for query in _probes(troubles)),
        "Queries for Prometheus",
        *(f"  {title}\n    {query}" for title, query in QUERIES.items()),
        "Next faults, in addition to those of every minute",
        *(
            f"  {_time_until(trouble.at - start):<10} {team:<11} {trouble.id} {trouble.what}"
            for team, trouble in troubles
        ),
        "Stop with Ctrl-C.",
    ]
    return "\n".join(lines)


def _probes(troubles: Sequence[TeamTrouble]) -> list[str]:
    """The probe query of the first trouble that an operation has, if there is one."""
    return [
        f"resource={team}&api={trouble.api}&operation={trouble.id}"
        for team, trouble in troubles
        if trouble.api
    ][:1]


def _time_until(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"in {seconds:.0f} s"
    return f"in {seconds / _MINUTE:.0f} min"
