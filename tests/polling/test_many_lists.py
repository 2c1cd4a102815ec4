"""Hundreds of accounts: their lists share one event loop, and one processor."""

import asyncio
import random
from collections.abc import Iterator

import pytest

from exporter.model.operation import OperationKey
from exporter.polling import lists
from exporter.polling.followed import FollowedOperations
from exporter.simulator.play.building import batch, seeded_uuid
from exporter.simulator.play.scenario import Scenario
from tests.support.local import START, configured, polling, simulated

pytestmark = pytest.mark.jumping


def translator(endpoint: str, interval: str) -> dict[str, object]:
    discovery = {"discover": {"interval": interval}}
    return {"endpoint": endpoint, "document_translation": discovery}


@pytest.mark.parametrize(("round_seconds", "expected"), [(0.1, 1), (10, 30)])
async def test_many_lists_do_not_begin_at_once(
    round_seconds: float, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few begin within a second; more take as long as all of their rounds need."""
    monkeypatch.setattr(lists, "_ROUND_SECONDS", round_seconds)
    monkeypatch.setattr(random, "uniform", lambda _least, most: most)
    async with simulated(Scenario()) as (azure, endpoint):
        config = configured(*(translator(endpoint, "60s") for _ in range(3)))
        async with polling(config):
            await asyncio.sleep(expected - 0.5)
            assert azure.requests.total() == 0
            await asyncio.sleep(1)
            assert azure.requests.total() == 3


async def test_a_round_looks_at_its_own_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a round costs does not grow with the operations of other lists."""
    looks = 0

    def counted(self: FollowedOperations) -> Iterator[OperationKey]:
        nonlocal looks
        looks += 1
        return iter(self._all)

    created = batch(id=seeded_uuid("many", 0), created=START, documents=5, takes=600)
    async with simulated(Scenario(batches=(created,))) as (azure, endpoint):
        config = configured(*(translator(endpoint, "1s") for _ in range(2)))
        async with polling(config) as exporter:
            await asyncio.sleep(3)
            assert len(exporter.poller.followed) == 2
            monkeypatch.setattr(FollowedOperations, "__iter__", counted)
            before = azure.requests.total()
            await asyncio.sleep(10)
            assert azure.requests.total() - before >= 20
    assert looks <= 3, "for what has been here for long enough"
