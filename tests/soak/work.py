"""What the simulator plays, what the exporter is told of it, and what it should show. Pure."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from exporter.simulator.play.building import batch, operation, qna_operation
from exporter.simulator.play.operation import Operation
from exporter.simulator.play.scenario import Batch, Scenario
from exporter.simulator.play.timeline import FINISHED, batch_at, status_of

INTERVAL = 30  # seconds between two polls
LOOKBACK = 900  # seconds; as many batches are in the list at any time
KEPT = 300  # seconds that a discovered batch is shown after its end
_MARGIN = 120  # seconds within which a change may be shown or not; the poller sweeps each minute
_EVERY, _TAKES = 12, 300  # seconds from one new batch to the next, and until it is done
_VIDEOS, _QNA, _AVATARS, _LASTING = 225, 150, 75, 25
_ENDING = 5  # every fifth operation ends before it is settled, the others run for ever
_SPARE = 45.0  # minutes of work beyond the last fault

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


def settled(minutes: float) -> float:
    """The minute after which nothing may grow: ten, or earlier in a short run."""
    return min(10.0, minutes / 3)


@lru_cache(maxsize=1)
def scenario(begun: float, minutes: float) -> Scenario:
    """Five hundred operations at any moment: batches come and go, others last."""
    ends = [begun + (number + 1) * 60 * settled(minutes) / _VIDEOS for number in range(_VIDEOS)]
    lasting = [
        batch(
            created=begun - 700 - number,
            documents=20,
            takes=60 * minutes,
            stuck=5,
            failed=2,
            seed=1,
        )
        for number in range(_LASTING)
    ]
    coming = [
        batch(created=begun + number * _EVERY, documents=8, takes=_TAKES, failed=1)
        for number in range(-LOOKBACK // _EVERY, int(60 * (minutes + _SPARE)) // _EVERY)
    ]
    videos = [
        operation(
            f"video-{number}",
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


def configuration(
    endpoints: Mapping[str, str], key_files: Mapping[str, str], played: Scenario
) -> dict[str, object]:
    """A resource for each endpoint; batches that do not last are discovered, all others named."""
    sections = {
        "document_translation": {
            "discover": {"lookback": f"{LOOKBACK}s"},
            "batches": [each.id for each in played.batches[:_LASTING]],
        },
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
            {"name": name, "endpoint": endpoint, "auth": {"key_file": key_files[name]}, **sections}
            for name, endpoint in endpoints.items()
        ],
    }


def wrong(text: str, resource: str, played: Scenario, now: float) -> list[str]:
    """What of `/metrics` is not so, of all that did not change lately."""
    shown = _shown(text, resource)
    before, after = (dict(true(played, resource, at)) for at in (now - _MARGIN, now))
    problems = [
        f"{'/'.join(place)}: {shown.get(place)}, not {said}"
        for place, said in after.items()
        if before.get(place) == said and shown.get(place) != said
    ]
    there = before.keys() | after.keys()
    problems += [f"{'/'.join(place)}: should have left" for place in shown.keys() - there]
    return problems


def never_true(text: str, resource: str, played: Scenario, now: float) -> list[str]:
    """What of `/metrics` was never so; old values are allowed, because faults hide new ones."""
    truth = dict(true(played, resource, now, kept=math.inf))
    return [
        f"{'/'.join(place)}: {said}, which is {truth.get(place)}"
        for place, said in _shown(text, resource).items()
        if not _may_be_old(said, truth.get(place))
    ]


def _may_be_old(said: Said, truth: Said | None) -> bool:
    if truth is None or (said.charged or 0) > (truth.charged or 0):
        return False
    return said.state == truth.state or said.state not in FINISHED


def _shown(text: str, resource: str) -> dict[Place, Said]:
    charges = {match[:3]: int(match[3]) for match in _CHARGED.findall(text)}
    return {
        match[:3]: Said(match[3], charges.get(match[:3]))
        for match in _STATE.findall(text)
        if match[0] == resource
    }


def true(
    played: Scenario, resource: str, now: float, kept: float = KEPT
) -> Iterator[tuple[Place, Said]]:
    """What should be shown of each operation at this moment; batches `kept` seconds after it."""
    for api in ("video_translation", "avatar", "qna_maker"):
        for each in getattr(played, api):
            yield (resource, api, each.id), _said(each, now)
    for one in played.batches:
        if said := _of_batch(one, now, kept):
            yield (resource, "document_translation", one.id), said


def _said(each: Operation, now: float) -> Said:
    return Said(status_of(each, now) or "")


def _of_batch(one: Batch, now: float, kept: float) -> Said | None:
    """None where it is not shown."""
    view = batch_at(one, now)
    if view is None or (view.status in FINISHED and now - view.last_action > kept):
        return None
    return Said(view.status, sum(document.charged for document in view.documents))
