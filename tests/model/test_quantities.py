"""No row of counts and amounts is forgotten: each is compared, kept and shown wherever all are.

The rows are taken from the table, so that these tests hold for a row that somebody adds.
"""

import json

import msgspec
import pytest
from msgspec.structs import replace

from exporter.checkpoint.saved import Saved, decode, encode, saved
from exporter.exposition.pages import Pages
from exporter.model.difference import difference
from exporter.model.operation import Operation, OperationKey, State
from exporter.model.quantities import Amount, Counted
from exporter.model.snapshot import Snapshot, Watch
from exporter.model.store import Store
from exporter.model.trouble import KINDS, troubles
from exporter.telemetry.metrics import Telemetry
from exporter.top.operations_json import OperationsJson
from exporter.top.rows import rows
from exporter.web.api import summary
from tests.support.status_site import site

KEY = OperationKey("r0", "avatar", "o")
WATCH = Watch(KEY, "operation", (State.RUNNING, State.SUCCEEDED))
RUNNING = Operation(State.RUNNING, "Running", last_action=1.0)
NOW = 1000.0


def counting(counted: Counted, **by_state: int) -> Operation:
    """An operation that has succeeded, with so many of a noun by state."""
    counts = {counted: {State(word): count for word, count in by_state.items()}}
    return Operation(State.SUCCEEDED, "Succeeded", last_action=NOW, counts=counts)


def costing(amount: Amount, value: float) -> Operation:
    return replace(RUNNING, amounts={amount: value})


def seen(*operations: Operation) -> list[Snapshot]:
    """The snapshots after polls that saw these, a second apart."""
    store = Store()
    store.watch(WATCH)
    return [store.put(KEY, operation, NOW + number) for number, operation in enumerate(operations)]


@pytest.mark.parametrize("counted", Counted)
def test_a_count_that_moves_is_a_change(counted: Counted) -> None:
    """Merging moves `last_change`, and the difference says what there is more of."""
    running = [replace(counting(counted, Failed=n), state=State.RUNNING) for n in (0, 2)]
    before, after = seen(*running)
    assert (before.last_change, after.last_change) == (NOW, NOW + 1)
    assert difference(before, after) == f"2 more {counted.words} Failed"


@pytest.mark.parametrize("counted", Counted)
def test_a_part_that_failed_is_trouble(counted: Counted) -> None:
    """Of what has succeeded, whatever its parts are; a kind that can be filtered by."""
    (snapshot,) = seen(counting(counted, Succeeded=5, Failed=1))
    [trouble] = troubles(snapshot, NOW)
    assert trouble.kind in KINDS
    assert tuple(trouble) == (f"{counted.words} failed", NOW)


@pytest.mark.parametrize("counted", Counted)
def test_a_count_is_on_metrics(counted: Counted) -> None:
    """By state, and in sum where Azure tells it."""
    pages = Pages()
    operation = replace(counting(counted, Succeeded=5, Failed=1), submitted={counted: 6})
    (snapshot,) = seen(operation)
    pages.update(None, snapshot)
    text = bytes(pages.plain(b"")).decode()
    labels = 'resource="r0",api="avatar",operation="o"'
    assert f'azure_ai_operation_{counted}{{{labels},state="Failed"}} 1\n' in text
    total = f"azure_ai_operation_{counted}_submitted{{{labels}}} 6\n" in text
    assert total == bool(counted.submitted)


@pytest.mark.jumping
@pytest.mark.parametrize("counted", Counted)
async def test_a_count_is_on_the_page_in_the_json_and_in_top(counted: Counted) -> None:
    """With how many of how many, and how many failed."""
    (snapshot,) = seen(counting(counted, Succeeded=5, Failed=1))
    shown = summary(snapshot, NOW)
    body = {"operations": [shown]}
    [row] = rows(msgspec.json.decode(json.dumps(body), type=OperationsJson), NOW)
    assert row.word == f"{counted.words} failed"
    assert row.parts == ((6, 6),)
    assert row.reason == f"1 {counted.words.removesuffix('s')} failed"
    text = await page(counting(counted, Succeeded=5, Failed=1))
    assert f"5 of 6 {counted.words}" in text
    assert "1 failed" in text
    assert f'aria-label="{counted.words.capitalize()} by state"' in text
    assert f"azure_ai_operation_{counted}{{" in text


@pytest.mark.parametrize("amount", Amount)
def test_an_amount_that_moves_is_a_change(amount: Amount) -> None:
    """Merging moves `last_change` and keeps the highest; the difference says how much more.

    A ratio is no charge: nothing of it is kept, and the difference says where it is.
    """
    before, after, less = seen(costing(amount, 3), costing(amount, 5), costing(amount, 4))
    assert (before.last_change, after.last_change) == (1.0, NOW + 1)
    assert less.charged == ({} if amount.is_ratio else {amount: 5})
    assert difference(before, after).endswith(" 500%" if amount.is_ratio else " more")
    assert amount.words.removesuffix(" charged") in difference(before, after)


@pytest.mark.jumping
@pytest.mark.parametrize("amount", Amount)
async def test_an_amount_is_shown(amount: Amount) -> None:
    """On /metrics, on the page, in the JSON and in `top`; in a counter where there is one."""
    pages, telemetry = Pages(), Telemetry()
    telemetry.expect("r0", "avatar", WATCH.states, ())
    store = Store([pages.update, telemetry.operations.changed])
    store.watch(WATCH)
    snapshot = store.put(KEY, costing(amount, 41), NOW)
    text = bytes(pages.plain(b"")).decode()
    kind = f',kind="{amount.kind}"' if amount.kind else ""
    labels = f'resource="r0",api="avatar",operation="o"{kind}'
    assert f"azure_ai_operation_{amount.noun}{{{labels}}} 41\n" in text
    if amount.total:
        own = {"resource": "r0", "api": "avatar"} | ({"kind": amount.kind} if kind else {})
        name = f"azure_ai_{amount.noun}_total"
        assert telemetry.registry.collectors.get_sample_value(name, own) == 41
    shown = summary(snapshot, NOW)
    assert shown["amounts"] == {amount.value: 41}
    body = {"operations": [shown]}
    [row] = rows(msgspec.json.decode(json.dumps(body), type=OperationsJson), NOW)
    is_use = not amount.is_ratio and amount is not Amount.WARNINGS
    assert row.amount == ((41.0, str(amount)) if is_use else None)
    text = await page(costing(amount, 41))
    shown_as = '<span class="bar">' if amount.is_ratio else "41</dd>"
    assert f"<dt>{amount.words.capitalize()}</dt><dd>{shown_as}" in text
    if amount.is_ratio:
        assert f'aria-label="Progress of the {amount.words.removesuffix(" progress")}"' in text


@pytest.mark.parametrize("counted", Counted)
@pytest.mark.parametrize("amount", Amount)
def test_all_of_it_is_in_the_checkpoint(counted: Counted, amount: Amount) -> None:
    """And comes out as it went in, whole numbers as whole numbers."""
    operation = replace(
        counting(counted, Succeeded=2), submitted={counted: 3}, amounts={amount: 41}
    )
    (snapshot,) = seen(operation)
    kept = saved(snapshot, endpoint="https://a", settled=False)
    again = Saved(decode(encode(kept.facts)), kept.chunks).snapshot(WATCH)
    assert again == snapshot
    assert again.operation
    assert type(again.operation.amounts[amount]) is int


async def page(operation: Operation) -> str:
    """The page of an operation, and the page of all."""
    async with site() as here:
        key = here.watch("o", operation)
        one, _ = await here.raw(f"/operation?resource=r0&api={key.api}&operation=o")
        every, _ = await here.raw("/")
        return one + every
