"""Fewer series by `operation_series`: nothing else that the exporter tells is less."""

import asyncio
from collections.abc import Mapping

import pytest

from exporter.app.exporter import Exporter, build
from exporter.exposition.negotiation import Format
from exporter.model.operation import Operation, OperationKey, State
from exporter.simulator.play.building import batch, rejected_batch, synthesis
from exporter.simulator.play.scenario import Scenario
from tests.support.local import (
    START,
    applied,
    clock,
    configured,
    polling,
    scraped,
    simulated,
    value,
    values,
)

ENDPOINT = "https://contoso.cognitiveservices.azure.com"
FOLDED, UP = "azure_ai_resource_operations_folded", "azure_ai_operation_up"
HOUR = 3600.0


def translator(endpoint: str, **section: object) -> Mapping[str, object]:
    return {"endpoint": endpoint, "document_translation": section}


def lines(exporter: Exporter) -> set[str]:
    """The series of operations, APIs and resources with their values."""
    body = bytes(exporter.pages.plain(exporter.telemetry.render(Format.TEXT))).decode()
    return {line for line in body.splitlines() if 'resource="' in line}


@pytest.mark.e2e
async def test_finished_operations_of_a_large_estate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 10,000 finished operations only those that failed keep their series.

    Totals and counts are as before, and so are the series of failures, of which alerts are made;
    all is back with the former setting.
    """
    resource = {"endpoint": ENDPOINT, "auth": {"key": "secret"}, "avatar": {"discover": True}}
    bad = {f"job-{number}" for number in range(0, 10_000, 100)}
    async with build(configured(resource), clock) as exporter:
        listeners = exporter.store._listeners
        monkeypatch.setattr(exporter.store, "_listeners", listeners[:2])  # without 10,000 log lines
        section, now = exporter.plan.sections["r0", "avatar"], clock()
        for number in range(10_000):
            target = section.settings.target(f"job-{number}")
            state = State.FAILED if target.id in bad else State.SUCCEEDED
            known = Operation(state, state.value, created=now - 90, last_action=now - 30)
            exporter.poller.follow(section.discovered(target, ""))
            exporter.poller.observe(OperationKey("r0", "avatar", target.id), known, now)
        before = lines(exporter)
        of_operations = {line for line in before if 'operation="' in line}
        of_failures = {
            line for line in of_operations if line.split('operation="')[1].split('"')[0] in bad
        }
        folded = f'{FOLDED}{{api="avatar",resource="r0"}}'
        expected = before - of_operations - {f"{folded} 0.0"} | of_failures | {f"{folded} 9900.0"}
        for setting in ("failed", "unfinished"):
            await applied(exporter, configured(resource, operation_series=setting))
            assert lines(exporter) == expected
        await applied(exporter, configured(resource))
        assert lines(exporter) == before


DONE = batch(created=START - 600, documents=4, takes=300, seed=1)
FAILING = batch(created=START - 60, documents=4, takes=300, failed=4, seed=2)
PARTLY = batch(created=START - 60, documents=4, takes=300, failed=1, seed=3)
LONG = batch(created=START - 60, documents=4, takes=4 * HOUR, seed=4)
REFUSED = rejected_batch(created=START - 2 * HOUR, seed=5)
ALL = Scenario(batches=(DONE, FAILING, PARTLY, LONG, REFUSED))
TALK = synthesis("talk", created=START - 60, takes=90, outcome="Failed")


def shown(exporter: Exporter, family: str = UP) -> set[str]:
    """The operations that have series."""
    samples = scraped(exporter)
    return {dict(labels)["operation"] for name, labels in samples if name == family}


@pytest.mark.e2e
@pytest.mark.jumping
async def test_what_ends_badly_leaves_after_an_hour() -> None:
    """With `unfinished`; what had ended before is counted alone."""
    async with simulated(ALL) as (_, endpoint):
        resource = translator(endpoint, discover=True)
        config = configured(resource, operation_series="unfinished")
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            assert shown(exporter) == {FAILING.id, PARTLY.id, LONG.id}
            assert shown(exporter, "azure_ai_document_state") == {FAILING.id, PARTLY.id, LONG.id}
            assert value(scraped(exporter), FOLDED) == 2
            await asyncio.sleep(HOUR)
            assert shown(exporter) == {FAILING.id, PARTLY.id, LONG.id}
            await asyncio.sleep(400)
            assert shown(exporter) == shown(exporter, "azure_ai_document_state") == {LONG.id}
            samples = scraped(exporter)
            assert value(samples, FOLDED) == 4
            assert sum(values(samples, "azure_ai_resource_operations").values()) == 5
            await asyncio.sleep(3 * HOUR)
            assert not shown(exporter)
            assert len(list(exporter.store)) == 5, "the status page shows them"


@pytest.mark.jumping
async def test_the_hour_passes_without_a_change() -> None:
    """Also where the list shows the same, and nothing is polled."""
    async with simulated(Scenario(speech_syntheses=(TALK,))) as (_, endpoint):
        resource = {"endpoint": endpoint, "speech_synthesis": {"discover": True}}
        config = configured(resource, operation_series="unfinished")
        async with polling(config) as exporter:
            await asyncio.sleep(HOUR)
            assert shown(exporter) == {TALK.id}
            await asyncio.sleep(60)
            assert not shown(exporter)


@pytest.mark.jumping
async def test_a_named_operation_keeps_its_series() -> None:
    """Until it is not named any more; a discovered one gets series when it is named."""
    async with simulated(ALL) as (_, endpoint):

        def config(*ids: str) -> Mapping[str, object]:
            return translator(endpoint, discover=True, batches=list(ids))

        named = configured(config(DONE.id), operation_series="failed")
        async with polling(named) as exporter:
            await asyncio.sleep(60)
            assert shown(exporter) == {DONE.id, REFUSED.id}
            await applied(exporter, configured(config(LONG.id), operation_series="failed"))
            assert shown(exporter) == {LONG.id, REFUSED.id}
            assert value(scraped(exporter), FOLDED) == 3


@pytest.mark.jumping
async def test_retention_by_outcome() -> None:
    """What failed stays longer than what succeeded; what ended otherwise has the default."""
    cancelled = batch(created=START - 60, documents=4, cancel_after=10, seed=6)
    kept = {"succeeded": "10m", "failed": "3h", "default": "1h"}
    async with simulated(Scenario(batches=(DONE, FAILING, cancelled, REFUSED))) as (_, endpoint):
        config = configured(translator(endpoint, discover=True), retention={"finished": kept})
        async with polling(config) as exporter:
            await asyncio.sleep(60)
            everything = {DONE.id, FAILING.id, cancelled.id, REFUSED.id}
            assert shown(exporter) == everything
            await asyncio.sleep(600)
            assert shown(exporter) == everything - {DONE.id}
            await asyncio.sleep(HOUR)
            assert shown(exporter) == {FAILING.id}
            await asyncio.sleep(2 * HOUR)
            assert not shown(exporter)
