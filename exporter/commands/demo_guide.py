"""What the demo prints when it has started: what to open, what to try, what will go wrong."""

import heapq
from collections.abc import Mapping, Sequence

from exporter.simulator.faults.faults import Kind
from exporter.simulator.faults.weather import Weather
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.show.troubles import Trouble, troubles
from exporter.simulator.show.workday import Workday

QUERIES = {
    "what has failed, and why": "azure_ai_operation_error_info == 1",
    "what has not moved for five minutes": (
        "time() - azure_ai_operation_last_change_timestamp_seconds > 300 and on "
        '(resource, api, operation) azure_ai_operation_state{state="Running"} == 1'
    ),
    "characters charged an hour, by resource": (
        "sum by (resource) (rate(azure_ai_characters_charged_total[5m])) * 3600"
    ),
}
_SAID = {Kind.THROTTLED: "is told to wait (429)", Kind.UNAUTHORISED: "is refused its key (401)"}
_FIRST = 10  # troubles that are told
AHEAD = 900.0  # seconds
_MINUTE = 60

Coming = tuple[str, Trouble]
"""A team and what will go wrong with its work."""


def coming(
    opening: Mapping[str, Scenario],
    days: Mapping[str, Workday],
    skies: Mapping[str, Sequence[Weather]],
    start: float,
) -> Sequence[Coming]:
    """The first troubles after `start` (Unix seconds), the nearest first."""
    found: list[Coming] = [
        (team, trouble)
        for team, part in opening.items()
        for work in (part, *days[team].coming(AHEAD))
        for trouble in troubles(work)
    ]
    for team, sky in skies.items():
        for each in sky:
            what = f"{_SAID[each.kind]} for {each.lasts:.0f} s"
            found.append((team, Trouble(start + each.first, "", "the whole resource", what)))
    later = (each for each in found if each[1].at > start)
    return heapq.nsmallest(_FIRST, later, key=lambda each: each[1].at)


def text(url: str, troubles: Sequence[Coming], start: float, speed: float) -> str:
    """Plain lines; `url` is where the exporter answers, such as http://127.0.0.1:10058."""
    fast = "" if speed == 1 else f", {speed:g} times as fast as it would be"
    lines = [
        f"Five teams' work in a local Azure{fast}, and an exporter that polls it. Open",
        f"  {url}/  status page",
        f"  {url}/metrics  what Prometheus scrapes",
        f"  {url}/api/v1/operations  the same and more, as JSON",
        f"  {url}/config  the configuration that is running",
        "Try",
        f"  azure-ai-exporter top --url={url}",
        *(f"  curl '{url}/probe?{query}'" for query in _probes(troubles)),
        "Ask Prometheus",
        *(f"  {what}\n    {query}" for what, query in QUERIES.items()),
        "What goes wrong next, beside what is new every minute",
        *(
            f"  {_in(each.at - start):<10} {team:<11} {each.id} {each.what}"
            for team, each in troubles
        ),
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)


def _probes(troubles: Sequence[Coming]) -> list[str]:
    """The query of a probe of the first operation in trouble, if there is one."""
    known = [(team, each) for team, each in troubles if each.api]
    return [f"resource={team}&api={each.api}&operation={each.id}" for team, each in known[:1]]


def _in(seconds: float) -> str:
    if seconds < 2 * _MINUTE:
        return f"in {seconds:.0f} s"
    return f"in {seconds / _MINUTE:.0f} min"
