"""Who is next where requests wait for the budget of a resource."""

import asyncio

import pytest

from exporter.azure.budget import OLDEST_EVERY, Budget
from exporter.azure.priority import Priority
from exporter.model.operation import OperationKey
from tests.conftest import JumpingLoop

pytestmark = pytest.mark.jumping

HIGH, NORMAL, LOW = Priority


class Sender:
    """Sends requests within a budget, each of which takes no time, and notes when they go."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.sent: list[tuple[str, float]] = []

    @property
    def order(self) -> list[str]:
        """The names of the requests that were sent."""
        return [name for name, _ in self.sent]

    async def send(
        self, name: str, priority: Priority = NORMAL, *, under_way: bool = False, api: str = "a"
    ) -> float:
        key = OperationKey("r0", api, name)
        waited = await self.budget.acquire(key, priority, under_way=under_way)
        self.sent.append((name, round(asyncio.get_running_loop().time(), 3)))
        self.budget.release()
        return waited


async def test_the_most_urgent_goes_first() -> None:
    """The order of arrival decides only among requests of one priority.

    Within it requests of polls under way go first.
    """
    sender = Sender(Budget(1, 2))
    async with asyncio.TaskGroup() as group:
        for name, priority, under_way in (
            ("first", LOW, False),
            ("over", LOW, False),
            ("over, under way", LOW, True),
            ("running", NORMAL, False),
            ("list", HIGH, False),
            ("running, under way", NORMAL, True),
        ):
            group.create_task(sender.send(name, priority, under_way=under_way))
            await asyncio.sleep(0.01)
    assert sender.sent == [
        ("first", 0.0),
        ("list", 1.0),
        ("running, under way", 2.0),
        ("over", 3.0),  # the fourth turn is for who has waited longest
        ("running", 4.0),
        ("over, under way", 5.0),
    ]


@pytest.mark.parametrize("priority", [NORMAL, LOW])
async def test_nobody_waits_for_ever(priority: Priority) -> None:
    """Lists alone want twice the budget: for each older request four turns go by, at most."""
    sender = Sender(Budget(1, 2))
    older = 5
    async with asyncio.TaskGroup() as group:
        for number in range(older):
            group.create_task(sender.send(f"older list {number}", HIGH))
        patient = group.create_task(sender.send("patient", priority))
        for number in range(100):
            group.create_task(sender.send(f"list {number}", HIGH))
            await asyncio.sleep(0.5)
    assert older < patient.result() <= OLDEST_EVERY * (older + 1)


async def test_a_free_budget_waits_for_no_timer() -> None:
    """A request goes at once where nobody waits, the time has come and a slot is free."""
    sender = Sender(Budget(5, 1))
    for _ in range(3):
        before = asyncio.get_running_loop().time()
        assert await sender.send("one") == 0
        assert asyncio.get_running_loop().time() == before
        await asyncio.sleep(0.2)


async def test_no_more_at_once_than_slots() -> None:
    """Who waits for a slot is chosen when it is free, by priority."""
    budget = Budget(1000, 1)
    sender = Sender(budget)
    await budget.acquire(OperationKey("r0", "a", "one"), NORMAL, under_way=False)
    async with asyncio.TaskGroup() as group:
        group.create_task(sender.send("running"))
        group.create_task(sender.send("list", HIGH))
        await asyncio.sleep(10)
        assert sender.sent == []
        assert (budget.waiting, budget.longest_wait) == (2, 10)
        budget.release()
    assert sender.order == ["list", "running"]
    assert (budget.waiting, budget.longest_wait) == (0, 0)


@pytest.mark.parametrize("moment", [0.5, 1.0])
async def test_who_stops_waiting_costs_no_turn(moment: float) -> None:
    """Neither its time nor its slot is lost, even if its turn comes at the same moment."""
    sender = Sender(Budget(1, 1))
    async with asyncio.TaskGroup() as group:
        group.create_task(sender.send("first"))
        impatient = group.create_task(sender.send("impatient", HIGH))
        group.create_task(sender.send("second"))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(moment, impatient.cancel)
    assert sender.order[0] == "first"
    assert sender.order[-1] == "second"
    assert await sender.send("last") <= 1
    assert sender.budget.waiting == 0


async def test_a_pause_stops_all_and_keeps_the_order() -> None:
    """Nobody's turn comes while Azure asks to wait; then the most urgent goes first."""
    budget = Budget(1, 2)
    sender = Sender(budget)
    async with asyncio.TaskGroup() as group:
        group.create_task(sender.send("first"))
        group.create_task(sender.send("over", LOW))
        await asyncio.sleep(0.5)
        budget.pause(60)
        assert budget.paused_for == 60
        await asyncio.sleep(30)
        group.create_task(sender.send("list", HIGH))
        budget.pause(10)  # ends before the pause that there is
    assert sender.sent == [("first", 0.0), ("list", 60.5), ("over", 61.5)]


async def test_a_person_asks_for_what_waits() -> None:
    """It goes before all that has waited longer, but a list of its priority."""
    budget = Budget(1, 1)
    sender = Sender(budget)
    async with asyncio.TaskGroup() as group:
        for name, priority in (("first", LOW), ("list", HIGH), ("over", LOW), ("asked for", LOW)):
            group.create_task(sender.send(name, priority))
            await asyncio.sleep(0.01)
        group.create_task(sender.send("running"))
        await asyncio.sleep(0.01)
        budget.hasten(OperationKey("r0", "a", "asked for"))
    assert sender.order == ["first", "list", "asked for", "over", "running"]


async def test_a_limited_api_delays_no_other() -> None:
    """One request in 10 s for one API; within its limit, too, the most urgent goes first."""
    sender = Sender(Budget(1, 1, {"slow": 0.1}))
    async with asyncio.TaskGroup() as group:
        group.create_task(sender.send("slow 1", api="slow"))
        group.create_task(sender.send("slow over", LOW, api="slow"))
        group.create_task(sender.send("slow list", HIGH, api="slow"))
        for number in range(3):
            group.create_task(sender.send(f"other {number}", LOW))
    assert sender.sent == [
        ("slow 1", 0.0),
        *((f"other {number}", number + 1.0) for number in range(3)),
        ("slow list", 10.0),
        ("slow over", 20.0),
    ]


async def test_another_limit_holds_for_those_that_wait() -> None:
    """A reload that lifts a limit, or sets one, is felt at once."""
    budget = Budget(1, 1, {"slow": 0.01})
    sender = Sender(budget)
    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(sender.send(str(number), api="slow"))
        await asyncio.sleep(5)
        assert sender.sent == [("0", 0.0)]
        budget.limit({"slow": 0.1})
        await asyncio.sleep(1)
        budget.limit({})
    assert sender.sent == [("0", 0.0), ("1", 5.0), ("2", 6.0), ("3", 7.0)]
    budget.limit({"slow": 0.1})
    assert await sender.send("last", api="slow") == pytest.approx(1.0)


async def test_a_late_loop_costs_no_turn() -> None:
    """Requests are spaced from when they were due; after a long standstill there is no burst."""
    sender = Sender(Budget(1, 10))
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    async with asyncio.TaskGroup() as group:
        for number in range(7):
            group.create_task(sender.send(str(number)))
        await asyncio.sleep(0.5)
        loop.stand_still(0.7)
        await asyncio.sleep(1.3)
        loop.stand_still(10)
    assert [at for _, at in sender.sent] == [0.0, 1.2, 2.0, 12.5, 12.5, 13.5, 14.5]
