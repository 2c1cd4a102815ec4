"""What the local Azure plays, what the exporter is told of it, and what it should show. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exporter.simulator.play.building import batch, operation, qna_operation
from exporter.simulator.play.scenario import Batch, Operation, Scenario
from exporter.simulator.play.timeline import FINISHED, batch_at, status_of
from exporter.simulator.server import DEFAULT_KEY

INTERVAL = 30  # seconds between two looks
KEPT = 300  # seconds that a discovered batch is shown after its end
_MARGIN = 120  # seconds within which a change may be shown or not; the poller sweeps each minute
_EVERY, _TAKES = 12, 300  # seconds from one new batch to the next, and until it is done
_VIDEOS, _QNA, _AVATARS, _LASTING = 450, 300, 150, 50
_ENDING = 5  # every fifth operation ends within the run, the others run for ever
FLAKY = "flaky-"  # ids of those whose requests often fail in the resource that is well otherwise
_FLAKY = 40

_STATE = re.compile(
    r'^azure_ai_operation_state\{resource="([^"]*)",api="([^"]*)",operation="([^"]*)",'
    r'state="([^"]*)"\} 1$',
    re.MULTILINE,
)
_CHARGED = re.compile(
    r'^azure_ai_operation_characters_charged\{resource="([^"]*)",api="([^"]*)",'
    r'operation="([^"]*)"\} (\d+)$',
    re.MULTILINE,
)

Place = tuple[str, str, str]  # resource, api, operation


@dataclass(frozen=True)
class Said:
    """A state, and a batch's charge."""

    state: str
    charged: int | None = None


def scenario(begun: float, minutes: float) -> Scenario:
    """A thousand operations at any moment: batches come and go, others last."""
    ends = [begun + (number + 1) * 60 * minutes / _VIDEOS for number in range(_VIDEOS)]
    lasting = [
        batch(created=begun - 700 - number, documents=20, takes=60 * minutes, stuck=5, failed=2)
        for number in range(_LASTING)
    ]
    coming = [
        batch(created=begun + number * _EVERY, documents=8, takes=_TAKES, failed=1)
        for number in range(-(_TAKES + KEPT) // _EVERY, int(60 * minutes) // _EVERY)
    ]
    videos = [
        operation(
            f"{FLAKY if number < _FLAKY else ''}video-{number}",
            created=begun - 60,
            takes=None if number % _ENDING else ends[number] - begun + 60,
        )
        for number in range(_VIDEOS)
    ]
    qna = [
        qna_operation(
            id=f"qna-{number}",
            created=begun - 60,
            takes=None if number % _ENDING else ends[number] - begun + 60,
        )
        for number in range(_QNA)
    ]
    avatars = [
        operation(f"avatar-{number}", created=begun - 60, takes=None) for number in range(_AVATARS)
    ]
    return Scenario(
        batches=(*lasting, *coming),
        video_translation=tuple(videos),
        qna_maker=tuple(qna),
        avatar=tuple(avatars),
    )


def configuration(endpoints: Mapping[str, str], played: Scenario) -> dict[str, object]:
    """A resource for each endpoint; batches are discovered, the others named."""
    sections = {
        "document_translation": {"discover": {"lookback": "30m"}},
        "video_translation": {"operations": [each.id for each in played.video_translation]},
        "qna_maker": {"operations": [each.id for each in played.qna_maker]},
        "avatar": {
            "operations": [each.id for each in played.avatar],
            "requests_per_minute": 6000,
        },
    }
    return {
        "poll": {"interval": f"{INTERVAL}s", "requests_per_second": 100},
        "retention": {"finished": f"{KEPT}s", "stale_after": "5m"},
        "resources": [
            {"name": name, "endpoint": endpoint, "auth": {"key": DEFAULT_KEY}, **sections}
            for name, endpoint in endpoints.items()
        ],
    }


def wrong(text: str, resource: str, played: Scenario, now: float, *, flaky: bool) -> list[str]:
    """What of `/metrics` is not so, of all that did not change lately; `flaky` ones count, too."""
    charges = {match[:3]: int(match[3]) for match in _CHARGED.findall(text)}
    shown: dict[Place, Said] = {
        match[:3]: Said(match[3], charges.get(match[:3]))
        for match in _STATE.findall(text)
        if match[0] == resource
    }
    before, after = (dict(true(played, resource, at)) for at in (now - _MARGIN, now))
    problems = []
    for place, said in after.items():
        if not flaky and place[2].startswith(FLAKY):
            continue
        if before.get(place) == said and shown.get(place) != said:
            problems.append(f"{'/'.join(place)}: {shown.get(place)}, not {said}")
    there = before.keys() | after.keys()
    problems += [f"{'/'.join(place)}: should have left" for place in shown.keys() - there]
    return problems


def true(played: Scenario, resource: str, now: float) -> Iterator[tuple[Place, Said]]:
    """What should be shown of each operation at this moment."""
    for api in ("video_translation", "avatar", "qna_maker"):
        for each in getattr(played, api):
            yield (resource, api, each.id), _said(each, now)
    for one in played.batches:
        if said := _of_batch(one, now):
            yield (resource, "document_translation", one.id), said


def _said(each: Operation, now: float) -> Said:
    return Said(status_of(each, now) or "")


def _of_batch(one: Batch, now: float) -> Said | None:
    """None where it is not shown."""
    view = batch_at(one, now)
    if view is None or (view.status in FINISHED and now - view.last_action > KEPT):
        return None
    return Said(view.status, sum(document.charged for document in view.documents))
