"""Accounts of a subscription, found and watched: over real HTTP, in time that jumps."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import yaml
from aiohttp import web

from exporter.accounts.account import Account
from exporter.accounts.bodies import AccountBody
from exporter.app import credential_watch, reload
from exporter.app.checkpoint_source import CheckpointSource
from exporter.app.exporter import Exporter, build
from exporter.app.reload import Reloader
from exporter.app.serve import routes
from exporter.checkpoint.recorder import Recorder
from exporter.config.config import load
from exporter.config.sources import OneFile
from exporter.model.shard import ALONE, Shard
from exporter.telemetry import logs
from tests.support import plain_yaml
from tests.support.local import clock, operations_scraped, scraped, served, value, values
from tests.support.manager import (
    KEYS,
    OTHER,
    SUBSCRIPTION,
    DataPlane,
    Json,
    Manager,
    account,
    error,
    finding,
    managed,
)
from tests.support.secure import Login

pytestmark = pytest.mark.jumping

UP = "azure_ai_operation_up"


@pytest.fixture(autouse=True)
def _seldom_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files do not change here; a look at them takes a moment of real time."""
    monkeypatch.setattr(credential_watch, "WATCH_SECONDS", 900.0)
    monkeypatch.setattr(reload, "WATCH_SECONDS", 900.0)


async def test_one_entry_watches_every_job_of_a_subscription(tmp_path: Path) -> None:
    """An account that Resource Manager lists is a resource, with its jobs, facts and tags."""
    data = DataPlane()
    async with served(data.application()) as endpoint:
        manager = Manager([account("one", f"{endpoint}/one", tags={"Cost-Centre": "7"})])
        async with (
            managed(manager, tmp_path) as entry,
            finding(tmp_path, entry | {"tag_labels": ["cost-centre"]}) as exporter,
        ):
            await asyncio.sleep(20)
            samples = scraped(exporter)
    assert values(samples, UP, resource="one") == {"openai_batch,batch_one": 1}
    facts = {"account": "one", "subscription": SUBSCRIPTION, "resource_group": "rg-a"}
    facts |= {"location": "westeurope", "sku": "S0", "cost_centre": "7"}
    assert value(samples, "azure_ai_resource_info", resource="one", **facts) == 1
    assert list(values(samples, "azure_ai_operation_info", cost_centre="7").values()) == [1]
    assert value(samples, "azure_ai_discovery_up", subscription=SUBSCRIPTION) == 1
    assert value(samples, "azure_ai_discovery_resources", subscription=SUBSCRIPTION) == 1


def data_plane_accounts(
    endpoint: str, *names: str, subscription: str = SUBSCRIPTION, group: str = "rg-a"
) -> list[Json]:
    """Accounts on this machine, each below its name."""
    keys = ("OpenAI Language Model Instance API",)
    return [
        account(name, f"{endpoint}/{name}", keys=keys, subscription=subscription, group=group)
        for name in names
    ]


_SHORT: Json = {"interval": "60s", "apis": {"openai_fine_tuning": False}}


@asynccontextmanager
async def watched(
    folder: Path, *names: str, shard: Shard = ALONE, **settings: object
) -> AsyncIterator[tuple[Manager, DataPlane, Exporter]]:
    """An exporter that asks for accounts with these names each minute."""
    data = DataPlane()
    async with served(data.application()) as endpoint:
        manager = Manager(data_plane_accounts(endpoint, *names))
        async with (
            managed(manager, folder) as entry,
            finding(folder, entry | _SHORT | settings, shard=shard) as exporter,
        ):
            yield manager, data, exporter


def resources_in(exporter: Exporter) -> set[str]:
    return set(exporter.clients)


async def test_accounts_come_go_and_change_tags(tmp_path: Path) -> None:
    """What is new is seen within an interval; what is gone leaves after two rounds without it."""
    async with watched(tmp_path, "one", "two", tag_labels=["team"]) as (manager, _, exporter):
        await asyncio.sleep(20)
        one, two = manager.accounts
        manager.accounts = [one | {"tags": {"team": "new"}}]
        manager.accounts += [json.loads(json.dumps(one).replace("one", "three"))]
        await asyncio.sleep(60)
        samples = scraped(exporter)
        assert resources_in(exporter) == {"one", "two", "three"}
        assert len(values(samples, "azure_ai_operation_info", resource="one", team="new")) == 1
        assert value(samples, UP, resource="three") == 1
        await asyncio.sleep(60)
        samples = scraped(exporter)
        assert resources_in(exporter) == {"one", "three"}
    assert not [key for key in samples if ("resource", "two") in key[1]]
    assert two["name"] == "two"


def half_of_it(request: web.Request) -> web.Response | None:
    is_later = "skipToken" in request.query_string
    return error(500, "InternalServerError", "half") if is_later else None


def throttled() -> web.Response:
    text = "Number of 'read' requests exceeded. Please try again after '10' seconds."
    return error(429, "SubscriptionRequestsThrottled", text)


def always(answer: Callable[[], web.Response]) -> Callable[[web.Request], web.Response]:
    return lambda _: answer()


BROKEN: Mapping[str, Mapping[str, object]] = {
    "no rights": {"refuses": always(lambda: error(403, "AuthorizationFailed", "no"))},
    "no subscription": {"refuses": always(lambda: error(404, "SubscriptionNotFound", "no"))},
    "throttled": {"refuses": always(throttled)},
    "down": {"refuses": always(lambda: error(503, "ServiceUnavailable", "no"))},
    "no JSON": {"refuses": always(lambda: web.Response(text="<html>"))},
    "another body": {"refuses": always(lambda: web.json_response({"value": 7}))},
    "redirected": {
        "refuses": always(
            lambda: web.Response(status=302, headers={"Location": "https://evil.example/"})
        )
    },
    "half the pages": {"refuses": half_of_it},
    "the same page again": {"link": lambda link: link.split("&")[0]},
    "an endless list": {
        "link": lambda link: f"{link.split('&')[0]}&%24skipToken=0&n={random.random()}"
    },
    "a link elsewhere": {"link": lambda link: link.replace("127.0.0.1", "evil.example")},
    "another scheme": {"link": lambda link: link.replace("http:", "https:")},
    "a link with a user": {"link": lambda link: link.replace("127.0.0.1", "a@127.0.0.1")},
    "no link": {"link": lambda _: "http://["},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_the_last_good_list_stays(
    tmp_path: Path, broken: Mapping[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its accounts are watched on, the metric says so, and one line of log; then all is well."""
    logs.configure("info", "logfmt")
    async with watched(tmp_path, "one", "two", "three") as (manager, _, exporter):
        await asyncio.sleep(20)
        manager.page = 2
        good = {name: getattr(manager, name) for name in broken}
        for name, value_ in broken.items():
            setattr(manager, name, value_)
        await asyncio.sleep(150)
        samples = scraped(exporter)
        assert resources_in(exporter) == {"one", "two", "three"}
        assert value(samples, "azure_ai_discovery_up") == 0
        assert value(samples, "azure_ai_discovery_resources") == 3
        assert set(values(samples, UP).values()) == {1}
        for name, value_ in good.items():
            setattr(manager, name, value_)
        await asyncio.sleep(130)
        assert value(scraped(exporter), "azure_ai_discovery_up") == 1
    said = capsys.readouterr().err
    assert said.count("accounts cannot be listed") == 1
    assert said.count("accounts can be listed again") == 1
    assert {token.split("-")[0] for token in manager.tokens} == {"Bearer token"}


async def test_a_bug_in_a_round_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found is watched on, and the next round is as usual."""

    def broken(_body: AccountBody) -> Account:
        raise KeyError("a bug")

    async with watched(tmp_path, "one") as (manager, _, exporter):
        await asyncio.sleep(20)
        with monkeypatch.context() as patched:
            patched.setattr(AccountBody, "account", broken)
            [one] = manager.accounts
            manager.accounts += [json.loads(json.dumps(one).replace("one", "two"))]
            await asyncio.sleep(150)
            samples = scraped(exporter)
            assert resources_in(exporter) == {"one"}
            assert value(samples, "azure_ai_discovery_up") == 0
            assert set(values(samples, UP).values()) == {1}
        await asyncio.sleep(150)
        assert resources_in(exporter) == {"one", "two"}
        assert value(scraped(exporter), "azure_ai_discovery_up") == 1


@pytest.mark.e2e
async def test_many_accounts_share_requests_and_tokens(tmp_path: Path) -> None:
    """200 accounts in 4 subscriptions: their jobs within 20 s, 48 requests an hour, two tokens."""
    subscriptions = [f"00000000-0000-0000-0000-00000000000{number}" for number in range(4)]
    data, login = DataPlane(), Login(lifetime=86400)
    async with served(data.application()) as endpoint:
        manager = Manager(page=50)
        for number, subscription in enumerate(subscriptions):
            names = [f"a{number}-{index}" for index in range(50)]
            manager.accounts += data_plane_accounts(endpoint, *names, subscription=subscription)
        slow = {"discover": {"interval": "12h"}}
        apis = {"openai_fine_tuning": False, "openai_batch": slow}
        async with managed(manager, tmp_path, login) as entry:
            entries = [entry | {"subscription": each, "apis": apis} for each in subscriptions]
            async with finding(tmp_path, *entries) as exporter:
                await asyncio.sleep(20)
                assert len(values(operations_scraped(exporter), UP)) == 200
                await asyncio.sleep(3570)
    assert len(manager.requests) == 48
    assert len({path for _, path in manager.requests}) == 4
    scopes = [form["scope"] for _, form in login.requests]
    assert sorted(set(scopes)) == [
        "https://cognitiveservices.azure.com/.default",
        "https://management.azure.com/.default",
    ]
    assert len(scopes) <= 5, "one for each entry, and one for all accounts"


async def test_entries_of_one_subscription_share_its_list(tmp_path: Path) -> None:
    """Two teams, one list: their filters cost no request."""
    data = DataPlane()
    async with served(data.application()) as endpoint:
        accounts = data_plane_accounts(endpoint, "one", "two", "three")
        for each, team in zip(accounts, "aab", strict=True):
            each["tags"] = {"team": team}
        manager = Manager(accounts)
        async with managed(manager, tmp_path) as entry:
            entries = [entry | _SHORT | {"tags": {"team": team}} for team in "ab"]
            async with finding(tmp_path, *entries) as exporter:
                await asyncio.sleep(70)
                assert resources_in(exporter) == {"one", "two", "three"}
    assert len(manager.requests) == 2


async def test_a_management_group(tmp_path: Path) -> None:
    """Azure Resource Graph shows the accounts of all its subscriptions, page by page."""
    data = DataPlane()
    async with served(data.application()) as endpoint:
        accounts = data_plane_accounts(endpoint, "one", "two", "three")
        accounts += data_plane_accounts(endpoint, "four", subscription=OTHER)
        manager = Manager(accounts, page=3)
        async with managed(manager, tmp_path) as entry:
            group = {"management_group": "contoso", "subscription": None}
            async with finding(tmp_path, _SHORT | entry | group) as exporter:
                await asyncio.sleep(20)
                samples = scraped(exporter)
                assert resources_in(exporter) == {"one", "two", "three", "four"}
    scope = {"subscription": "managementGroups/contoso"}
    assert value(samples, "azure_ai_discovery_up", **scope) == 1
    assert value(samples, "azure_ai_discovery_resources", **scope) == 4
    assert len(manager.requests) == 2


async def test_a_resource_group_that_was_deleted(tmp_path: Path) -> None:
    """It has no accounts any more; those of the other group stay."""

    def refuses(request: web.Request) -> web.Response | None:
        gone = "rg-b" in request.path and len(manager.requests) > 2
        return error(404, "ResourceGroupNotFound", "no such group") if gone else None

    data = DataPlane()
    async with served(data.application()) as endpoint:
        accounts = data_plane_accounts(endpoint, "one")
        accounts += data_plane_accounts(endpoint, "two", group="rg-b")
        accounts += data_plane_accounts(endpoint, "three", group="rg-c")
        manager = Manager(accounts, refuses=refuses)
        async with managed(manager, tmp_path) as entry:
            groups = {"resource_groups": ["rg-a", "rg-b"]}
            async with finding(tmp_path, entry | _SHORT | groups) as exporter:
                await asyncio.sleep(20)
                assert resources_in(exporter) == {"one", "two"}
                await asyncio.sleep(120)
                assert resources_in(exporter) == {"one"}
                assert value(scraped(exporter), "azure_ai_discovery_up") == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_what_was_only_presumed_is_quietly_not_here(
    tmp_path: Path, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list that answers 403 or 404 has no series and no log; it is tried again in an hour."""
    refusals = dict.fromkeys(("avatar", "texttospeech", "videotranslation"), status)

    def refuses(request: web.Request) -> web.Response | None:
        is_refused = request.path.split("/")[2] in refusals
        return error(status, "Forbidden", "not in this region") if is_refused else None

    logs.configure("info", "logfmt")
    data = DataPlane(refuses=refuses)
    async with served(data.application()) as endpoint:
        keys = [key for key in KEYS if "Batch" in key or "Video" in key]
        manager = Manager([account("one", f"{endpoint}/one", keys=keys)])
        async with (
            managed(manager, tmp_path) as entry,
            finding(tmp_path, entry | {"interval": "1h"}) as exporter,
        ):
            await asyncio.sleep(600)
            samples = scraped(exporter)
            assert not [key for key in samples if ("api", "avatar") in key[1]]
            assert not [key for key in samples if ("api", "speech_synthesis") in key[1]]
            assert value(samples, "azure_ai_exporter_resource_paused") == 0
            refused = [path for _, path, _ in data.requests if path.split("/")[2] in refusals]
            assert len(refused) == 3
            refusals.clear()
            await asyncio.sleep(3600)
            samples = scraped(exporter)
    assert value(samples, "azure_ai_exporter_list_up", api="avatar") == 1
    assert value(samples, "azure_ai_resource_up", api="speech_synthesis") == 1
    assert "list cannot be read" not in capsys.readouterr().err


async def test_what_was_here_once_is_missed(tmp_path: Path) -> None:
    """A list that was read before and answers 403 now is a failure, as of any resource."""
    data = DataPlane()
    async with served(data.application()) as endpoint:
        manager = Manager(data_plane_accounts(endpoint, "one"))
        async with (
            managed(manager, tmp_path) as entry,
            finding(tmp_path, entry | _SHORT) as exporter,
        ):
            await asyncio.sleep(30)
            data.refuses = lambda _: error(403, "Forbidden", "no")
            await asyncio.sleep(120)
            assert value(scraped(exporter), "azure_ai_exporter_list_up") == 0
            assert resources_in(exporter) == {"one"}


async def test_a_restart_begins_with_the_accounts_of_the_checkpoint(tmp_path: Path) -> None:
    """Also where Resource Manager does not answer; their jobs are on /metrics at once."""
    async with watched(tmp_path, "one", "two") as (manager, _, exporter):
        await asyncio.sleep(60)
        recorder = Recorder(tmp_path / "state.sqlite", clock)
        await recorder.read()
        recorder.listen_to(exporter.store)
        source = CheckpointSource(exporter)
        recorder._changed |= set(source.keys())
        await recorder.write(source)
        await recorder._file.close()
        manager.refuses = always(lambda: error(503, "ServiceUnavailable", "no"))
        again = Recorder(tmp_path / "state.sqlite", clock)
        memory = await again.read()
        await again._file.close()
        config = load(tmp_path / "config.yaml")
        async with build(config, clock, memory=memory) as second:
            assert resources_in(second) == {"one", "two"}
            assert len(values(scraped(second), UP)) == 2


async def test_each_shard_finds_all_accounts_and_polls_its_part(tmp_path: Path) -> None:
    """An operation belongs to one of them."""
    followed = []
    for index in range(2):
        async with watched(tmp_path, *"abcdef", shard=Shard(index, 2)) as (_, _, exporter):
            await asyncio.sleep(30)
            assert resources_in(exporter) == set("abcdef")
            followed.append(set(exporter.poller.followed))
    assert not followed[0] & followed[1]
    assert len(followed[0] | followed[1]) == 6


async def test_pages_and_json_show_what_is_not_watched(tmp_path: Path) -> None:
    """Each account with its reason, and text of Azure's is escaped.

    An API that is not here is no error of its resource.
    """
    data = DataPlane(refuses=lambda _: error(403, "Forbidden", "not in this region"))
    async with served(data.application()) as endpoint:
        accounts = data_plane_accounts(endpoint, "one", "two")
        accounts += [account("<b>three", f"{endpoint}/three", customSubDomainName=None)]
        manager = Manager([*accounts, account("four", provisioningState="Creating")])
        async with (
            managed(manager, tmp_path) as entry,
            finding(tmp_path, entry | _SHORT) as exporter,
        ):
            await asyncio.sleep(20)
            app = exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))
            async with served(app) as port, aiohttp.ClientSession() as session:
                page = await (await session.get(f"{port}/")).text()
                answer = await (await session.get(f"{port}/api/v1/operations")).json()
                config = await (await session.get(f"{port}/config")).text()
    assert "Accounts that are not watched" in page
    assert "&lt;b&gt;three" in page
    assert "<b>three" not in page
    assert "its provisioning state is Creating" in page
    assert page.count(">no API found</span>") == 2
    assert [(each["account"], each["reason"]) for each in answer["unwatched"]] == [
        ("<b>three", "no_own_domain"),
        ("four", "not_provisioned"),
    ]
    assert answer["resources"] == {"one": ["openai_batch"], "two": ["openai_batch"]}
    assert "published" not in config


async def test_filters_change_without_a_request(tmp_path: Path) -> None:
    """A reload applies them to the list that is known; without the entry its resources leave."""
    async with watched(tmp_path, "one", "two", interval="1h") as (manager, _, exporter):
        await asyncio.sleep(20)
        path = tmp_path / "config.yaml"
        written = yaml.safe_load(path.read_text())
        reloader = Reloader(OneFile(path), load(path), exporter)
        written["discover_resources"][0]["kinds"] = ["OpenAI"]
        path.write_text(plain_yaml.dump(written))
        await reloader.reload()
        assert resources_in(exporter) == set()
        written["discover_resources"][0]["kinds"] = ["AIServices"]
        path.write_text(plain_yaml.dump(written))
        await reloader.reload()
        assert resources_in(exporter) == {"one", "two"}
        assert len(manager.requests) == 1
        named = {"endpoint": "https://other.openai.azure.com", "auth": {"key": "k"}}
        named |= {"name": "other", "openai_batch": {"operations": ["batch_a"]}}
        path.write_text(plain_yaml.dump({"resources": [named]}))
        await reloader.reload()
        assert resources_in(exporter) == {"other"}
        samples = scraped(exporter)
        assert not [name for name, _ in samples if name.startswith("azure_ai_discovery")]
        await asyncio.sleep(7200)
    assert len(manager.requests) == 1


async def test_an_empty_result_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silence would be taken for health; it is said once."""
    logs.configure("info", "logfmt")
    async with watched(tmp_path, "one", kinds=["OpenAI"]) as (_, _, exporter):
        await asyncio.sleep(300)
        assert value(scraped(exporter), "azure_ai_discovery_resources") == 0
    assert capsys.readouterr().err.count("no account is polled for this entry") == 1
