"""`Poll now`: who may ask, and what Azure then sees of it."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from exporter.app.exporter import Exporter
from exporter.app.serve import routes
from exporter.azure.priority import Priority
from exporter.errors import Unauthorised
from exporter.model.operation import OperationKey
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import Simulator
from tests.support.local import START, configured, polling, served, simulated
from tests.support.pages import Page

pytestmark = pytest.mark.jumping

SCENARIO = Scenario(
    video_translation=(
        operation("runs", created=START - 5, takes=None),
        operation("done", created=START - 100, takes=50),
    )
)
ASKED = {"resource": "r0", "api": "video_translation", "operation": "runs"}
OTHER = OperationKey("r0", "video_translation", "other")
OWN = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Here:
    """An exporter that asks every five minutes, its port, and whom it asks."""

    exporter: Exporter
    simulator: Simulator
    session: aiohttp.ClientSession

    async def post(
        self,
        status: int,
        form: Mapping[str, str] = ASKED,
        headers: Mapping[str, str] = OWN,
    ) -> str:
        """Press the button; where it leads, or what was said."""
        async with self.session.post(
            "/-/poll", data=form, headers=headers, allow_redirects=False
        ) as answer:
            assert answer.status == status
            return answer.headers.get("Location") or await answer.text()

    async def page(self, path: str) -> Page:
        async with self.session.get(path) as answer:
            assert answer.status == 200
            return Page(await answer.text())

    @property
    def asked(self) -> int:
        """How often Azure was asked for the operation that runs."""
        return self.simulator.requests["GET /videotranslation/operations/runs"]


@asynccontextmanager
async def here(*, lifecycle: bool = True, **poll: object) -> AsyncIterator[Here]:
    async with simulated(SCENARIO, cache=False) as (simulator, endpoint):
        resource = {
            "endpoint": endpoint,
            "poll": {"interval": "5m", **poll},
            "video_translation": {"operations": ["runs", "done"]},
        }
        async with polling(configured(resource, retention={"stale_after": "1h"})) as exporter:
            port = exporter.metrics_routes.application(*routes(exporter, None, lifecycle=lifecycle))
            async with served(port) as url, aiohttp.ClientSession(url) as session:
                await asyncio.sleep(10)
                yield Here(exporter, simulator, session)


async def test_the_task_that_follows_it_looks_now() -> None:
    """One look more, and the next one an interval later; the visitor is led back to the page."""
    async with here() as local:
        assert local.asked == 1
        there = await local.post(303)
        await asyncio.sleep(1)
        assert local.asked == 2
        page = await local.page(there)
        assert "A poll was requested." in page.root.text
        assert len(page.rows("polls")) == 2
        await asyncio.sleep(290)
        assert local.asked == 2
        await asyncio.sleep(15)
        assert local.asked == 3


async def test_only_with_the_flag() -> None:
    """403 names it, and the button cannot be pressed."""
    async with here(lifecycle=False) as local:
        assert await local.post(403) == "not enabled; start with --web.enable-lifecycle\n"
        page = await local.page("/operation?" + "&".join("=".join(each) for each in ASKED.items()))
        [button] = [each for each in page.root.all("button") if each.text == "Poll now"]
        assert "disabled" in button.attributes
        assert "--web.enable-lifecycle" in page.ids["poll-why"].text
        await asyncio.sleep(1)
        assert local.asked == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere"}, 303),
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "own"}, 303),
    ],
)
async def test_no_other_site_can_ask(headers: dict[str, str], status: int) -> None:
    """What a browser says of where a form comes from decides; a program says nothing."""
    async with here() as local:
        if headers.get("Origin") == "own":
            headers = {"Origin": str(local.session._base_url).rstrip("/")}
        await local.post(status, headers=headers)
        await asyncio.sleep(1)
        assert local.asked == (2 if status == 303 else 1)


async def test_what_is_not_watched_cannot_be_asked_for() -> None:
    """Nor an empty form: nobody can name a host or an operation of their own."""
    async with here() as local:
        assert "missing: resource, api, operation\n" in await local.post(400, {})
        said = await local.post(404, {**ASKED, "operation": "another"})
        assert said == "the operation is not watched\n"
        async with local.session.post("/-/poll", data=b"\xff=\xfe&&==", headers=OWN) as answer:
            assert answer.status == 400


async def test_a_form_without_end_is_not_read() -> None:
    """It names an operation, in three fields."""
    async with (
        here() as local,
        local.session.post("/-/poll", data=b"a=1&" * 250_000, headers=OWN) as answer,
    ):
        assert answer.status == 400
        assert await answer.text() == "Max number of fields exceeded\n"


async def test_what_has_finished_is_left_alone() -> None:
    """Nothing of it can change any more."""
    async with here() as local:
        there = await local.post(303, {**ASKED, "operation": "done"})
        await asyncio.sleep(1)
        assert local.simulator.requests["GET /videotranslation/operations/done"] == 1
        page = await local.page(there)
        [button] = [each for each in page.root.all("button") if each.text == "Poll now"]
        assert "disabled" in button.attributes
        assert "needs no further poll" in page.root.text


async def test_azures_wish_comes_first() -> None:
    """Where it asked to be left alone, the look waits until then."""
    async with here() as local:
        wish = Fault(kind=Kind.THROTTLED, retry_after="120", path=re.compile("runs"), count=1)
        local.simulator.faults.add(wish)
        await local.post(303)
        await asyncio.sleep(5)
        assert local.asked == 2
        there = await local.post(303)
        assert there.endswith("&asked=later")
        again = await local.page(await local.post(303))
        assert "already queued" in again.root.text
        await asyncio.sleep(100)
        assert local.asked == 2
        await asyncio.sleep(20)
        assert local.asked == 3


async def test_the_budget_holds() -> None:
    """However often the button is pressed: one look at a time, as far apart as the budget says."""
    async with here(requests_per_second=0.1) as local:
        await asyncio.sleep(30)
        before = local.asked
        for _ in range(60):
            await local.post(303)
            await asyncio.sleep(0.5)
        await asyncio.sleep(20)
        assert local.asked - before <= 5


async def test_a_pause_holds() -> None:
    """A resource that refuses its key is not asked once more for it."""
    async with here() as local:
        breaker = local.exporter.clients["r0"].breaker
        for operation_ in ("one", "another"):
            breaker.refused(operation_, Unauthorised("401", "HTTP 401"))
        assert breaker.open
        asked = local.asked
        await local.post(303)
        await asyncio.sleep(5)
        assert local.asked == asked


async def test_what_waits_for_the_budget_is_next() -> None:
    """The request of an operation that waits already goes first, however many others wait."""
    async with here(requests_per_second=0.1, interval="30s") as local, asyncio.TaskGroup() as group:
        budget = local.exporter.clients["r0"].budget
        others = [
            group.create_task(budget.acquire(OTHER, Priority.NORMAL, under_way=False))
            for _ in range(20)
        ]
        await asyncio.sleep(40)
        asked = local.asked
        assert "asked=running" in await local.post(303)
        for other in others:
            other.add_done_callback(lambda task: None if task.cancelled() else budget.release())
        await asyncio.sleep(25)
        assert local.asked == asked + 1
        for other in others:
            other.cancel()
