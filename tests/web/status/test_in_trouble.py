"""What the head of the page names first, and what it says about it."""

import asyncio

import pytest

from exporter.azure.exchange import Exchange
from exporter.errors import Failure, NoAnswer, Unauthorised
from exporter.model.operation import OperationKey, State
from exporter.model.trouble import KINDS
from exporter.web.status.advice import ADVICE
from tests.support.local import START, clock
from tests.support.observations import documents
from tests.support.status_site import API, Site, seen, site

pytestmark = pytest.mark.jumping

HALF_AN_HOUR = 1801


async def many(here: Site) -> None:
    """Three of each kind of operation, half an hour on."""
    for number in range(3):
        for name, progress in (("stuck", 0.5), ("late", None)):
            here.watch(f"{name}-{number}", seen(State.RUNNING, progress=progress))
    await asyncio.sleep(HALF_AN_HOUR)
    for number in range(3):
        key = OperationKey("r0", API, f"stuck-{number}")
        here.exporter.store.put(key, seen(State.RUNNING, progress=0.5), clock())
        at = clock() - number
        here.watch(f"failed-{number}", seen(State.FAILED, last_action=at))
        partly = seen(State.SUCCEEDED, counts=documents({State.FAILED: 1}), last_action=at)
        here.watch(f"partly-{number}", partly)
        lost = here.watch(f"lost-{number}", seen(State.RUNNING))
        here.exporter.store.fail(lost, Failure("500", "HTTP 500"))


def refuse(here: Site, resource: str, api: str, failure: Failure) -> None:
    key = OperationKey(resource, api, "")
    one = Exchange(key, "/", failure.status, 0.1, 0.0, None, failure, clock(), "")
    here.exporter._exchanged(one)


async def test_what_can_still_be_saved_comes_first() -> None:
    """Refused keys, unreachable resources, stuck operations, then failed ones; two of each kind."""
    async with site() as here:
        await many(here)
        refuse(here, "r1", "qna_maker", NoAnswer("timeout", "too late"))
        refuse(here, "r0", API, Unauthorised("403", "HTTP 403: no role"))
        page = await here.page()
        [title] = page.root.all("h1")
        assert title.text == "2 resources and 12 of 15 operations are in trouble"
        trouble = page.ids["trouble"]
        kinds = [each.text for each in trouble.all("span") if each.attributes["class"] == "kind"]
        assert kinds == [
            "refused", "no answer", "cannot be read", "stuck", "failed", "documents failed",
        ]  # fmt: skip
        named = [each.all("a")[0].text.split("-")[0] for each in trouble.all("li")]
        assert named == ["r0", "r1", "lost", "lost", "stuck", "stuck", "failed", "failed",
                         "partly", "partly"]  # fmt: skip
        assert page.names()[0].startswith("lost-")
        assert page.names()[-1].startswith("late-")


async def test_a_link_leads_to_the_rest() -> None:
    """It says how many more there are, and shows all of the kind at the table."""
    async with site() as here:
        await many(here)
        page = await here.page()
        more = {
            link.text: link.attributes["href"]
            for link in page.ids["trouble"].all("a")
            if "more" in link.text
        }
        assert list(more) == [f"1 more : {kind}" for kind in KINDS if kind in " ".join(more)]
        for text, url in more.items():
            path, _, anchor = url.partition("#")
            assert anchor == "operations"
            shown = await here.page(f"/{path}")
            assert len(shown.names()) == 3, text


async def test_an_operation_with_two_troubles_is_named_once() -> None:
    """The link of the other kind still leads to it."""
    async with site() as here:
        here.watch("one", seen(State.RUNNING, progress=0.5, deadline=START + 60))
        await asyncio.sleep(HALF_AN_HOUR)
        key = OperationKey("r0", API, "one")
        known = seen(State.RUNNING, progress=0.5, deadline=START + 60)
        here.exporter.store.put(key, known, clock())
        trouble = (await here.page()).ids["trouble"]
        assert [each.text for each in trouble.all("a")][1:] == [
            "1 that is also past its deadline : past its deadline"
        ]
        assert len(trouble.all("li")) == 1


async def test_since_when_a_resource_is_down() -> None:
    """Since the first of the requests that failed in a row; an answer ends it."""
    async with site() as here:
        for _ in range(3):
            refuse(here, "r1", "qna_maker", NoAnswer("timeout", "too late"))
            await asyncio.sleep(60)
        [resource] = (await here.page()).ids["trouble"].all("li")
        assert "since 08:00:00 UTC , 3 min ago" in resource.text
        assert resource.text.endswith("qna_maker: too late")
        refuse(here, "r1", "qna_maker", Failure("429", "HTTP 429: too fast"))
        assert "hidden" in (await here.page()).ids["trouble"].attributes


@pytest.mark.parametrize(
    "advice",
    [
        "replace the key, or assign the role",
        "HTTP 403, check the resource's firewall",
        "key file is read at once",
        "environment variable needs a restart",
    ],
)
async def test_advice_for_a_refused_resource(advice: str) -> None:
    """It names each cause, and what takes effect without a restart."""
    async with site() as here:
        refused = Unauthorised("403", "HTTP 403: Access denied due to Virtual Network rules.")
        refuse(here, "r0", API, refused)
        assert advice in (await here.page()).ids["trouble"].text


@pytest.mark.parametrize("kind", KINDS)
def test_advice(kind: str) -> None:
    """Each kind of trouble has a sentence on what to do."""
    assert ADVICE[kind].endswith(".")


async def test_advice_on_the_page_of_an_operation() -> None:
    """It is that of the head."""
    async with site() as here:
        key = here.watch("one", seen(State.FAILED, last_action=START))._asdict()
        summary = (await here.page("/operation", **key)).ids["summary"]
        assert "Azure does not retry it: fix the error and submit it again." in summary.text


async def test_a_failure_without_an_error() -> None:
    """The pages say that Azure reports none, beside the advice to fix it."""
    async with site() as here:
        key = here.watch("one", seen(State.FAILED, last_action=START))._asdict()
        assert "Azure reports no error." in (await here.page()).ids["trouble"].text
        said = (await here.page("/operation", **key)).ids["said"]
        assert said.text == "Azure reports no error for this operation."


async def test_a_chosen_resource() -> None:
    """Its table names it, its health, and how many of its operations are in trouble."""
    async with site() as here:
        here.watch("one", seen(State.FAILED, last_action=START))
        page = await here.page("/", resource="r0")
        assert page.ids["operations"].text == "Operations of r0"
        assert "1 of 1 in trouble: open it to see why, and what to do" in page.ids["chosen"].text
        assert (await here.page()).ids["chosen"].text == ""
