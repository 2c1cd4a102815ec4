"""Azure Resource Manager of the simulator, by the habits of recorded answers."""

import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from azure.identity.aio import DefaultAzureCredential

from exporter.simulator.azure import Azure
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.manager import tokens
from exporter.simulator.manager.account import Account
from exporter.simulator.manager.directory import Directory
from exporter.simulator.manager.login import SECRET
from exporter.simulator.manager.tenant import Tenant
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.show.accounts import demo_directory
from exporter.simulator.show.demo import openings
from tests.simulator.test_openai import batch
from tests.support.local import START
from tests.support.simulator import KEY, Answer, Local, local_azure

SUB, OTHER = (f"00000000-0000-0000-0000-00000000000{digit}" for digit in "ab")
ACCOUNTS = "/providers/Microsoft.CognitiveServices/accounts"
LIST = f"/subscriptions/{SUB}{ACCOUNTS}"
VERSION = "api-version=2024-10-01"
OPENAI = "api-version=2024-10-21"
GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
QUERY = "resources | where type =~ 'microsoft.cognitiveservices/accounts' | project id, name"
DATA = {"Authorization": f"Bearer {tokens.issue(tokens.DATA_PLANE, START)}"}
MANAGER = {"Authorization": f"Bearer {tokens.issue(tokens.MANAGER, START)}"}


def account(name: str, **more: Any) -> Account:
    return Account(**{"name": name, "subscription": SUB, "kind": "OpenAI", **more})


@asynccontextmanager
async def managed(*accounts: Account, **more: Any) -> AsyncIterator[tuple[Local, Tenant]]:
    """A simulator with these accounts, each with one batch of OpenAI."""
    tenant = Tenant(accounts=accounts, management_groups={"all": (SUB, OTHER)}, **more)
    azures = {
        each.name: Azure(
            Scenario(openai_batches=(batch(each.name),)), KEY, cache=False, seed=0, limits={}
        )
        for each in accounts
    }
    async with local_azure(directory=Directory(tenant, azures)) as local:
        yield local, tenant


async def listed(local: Local, path: str = LIST) -> Answer:
    return await local.ask(f"{path}?{VERSION}", headers=MANAGER)


def names(answer: Answer) -> list[str]:
    return [each["name"] for each in answer.json["value"]]


async def test_the_body_of_an_account() -> None:
    """What was never set is absent; the endpoints are those of its kind, with a last slash."""
    one = account("one", tags={"team": "web"}, sku="F0", location="West US")
    async with managed(one, account("two", domain=None, kind="AIServices")) as (local, _):
        first, second = (await listed(local)).json["value"]
    assert first["id"] == f"/subscriptions/{SUB}/resourceGroups/rg-ai{ACCOUNTS}/one"
    assert (first["kind"], first["sku"], first["location"]) == ("OpenAI", {"name": "F0"}, "West US")
    assert first["tags"] == {"team": "web"}
    properties = first["properties"]
    url = f"{local.origin}/accounts/one/"
    assert (properties["endpoint"], properties["customSubDomainName"]) == (url, "one")
    assert set(properties["endpoints"].values()) == {url}
    assert "OpenAI Language Model Instance API" in properties["endpoints"]
    assert {"disableLocalAuth", "networkAcls"}.isdisjoint(properties)
    assert properties["callRateLimit"]["rules"][-1]["matchPatterns"] == [
        {"path": "*", "method": "*"}
    ]
    assert "tags" not in second
    assert "customSubDomainName" not in second["properties"]
    endpoints = second["properties"]["endpoints"]
    assert set(endpoints.values()) == {"https://westeurope.api.cognitive.microsoft.com/"}
    assert {"FormRecognizer", "Video Translation", "Content Understanding"} < set(endpoints)


async def test_what_is_set_is_shown() -> None:
    """Keys that are switched off, and networks that are closed."""
    closed = account(
        "one", disable_local_auth=True, public_network_access="Disabled", network="Deny",
        provisioning_state="Creating",
    )  # fmt: skip
    async with managed(closed) as (local, _):
        properties = (await listed(local)).json["value"][0]["properties"]
    assert properties["disableLocalAuth"] is True
    assert properties["publicNetworkAccess"] == "Disabled"
    assert properties["networkAcls"]["defaultAction"] == "Deny"
    assert properties["provisioningState"] == "Creating"


async def test_pages() -> None:
    """The next link is absolute, with an encoded dollar, and absent on the last page."""
    many = [account(f"a{number:03d}") for number in range(205)]
    async with managed(*many) as (local, tenant):
        seen: list[str] = []
        pages = 0
        answer = await listed(local)
        while True:
            seen += names(answer)
            pages += 1
            link = answer.json.get("nextLink")
            if link is None:
                break
            assert link.startswith(f"{local.origin}{LIST}?{VERSION}&%24skipToken=")
            token = link.partition("%24skipToken=")[2].replace("%3D", "=")
            assert "nextMarker" in json.loads(base64.b64decode(token))
            tenant.accounts = [each for each in tenant.accounts if each.name != "a150"]
            answer = await local.ask(link, headers=MANAGER)
    assert pages == 3
    assert seen == [each.name for each in many if each.name != "a150"]


async def test_scopes() -> None:
    """A resource group in any case, one account, and what is not there."""
    async with managed(account("one", group="rg-A"), account("two")) as (local, _):
        group = f"/subscriptions/{SUB}/resourceGroups"
        assert names(await listed(local, f"{group}/RG-a{ACCOUNTS}")) == ["one"]
        assert (await listed(local, f"{group}/rg-a{ACCOUNTS}/ONE")).json["name"] == "one"
        for path, status, code in (
            (f"{group}/nowhere{ACCOUNTS}", 404, "ResourceGroupNotFound"),
            (f"{group}/rg-a{ACCOUNTS}/two", 404, "ResourceNotFound"),
            (f"/subscriptions/{SUB[:-1]}f{ACCOUNTS}", 404, "SubscriptionNotFound"),
            (f"/subscriptions/{OTHER}{ACCOUNTS}", 200, None),
        ):
            answer = await listed(local, path)
            assert answer.status == status, path
            assert answer.json.get("error", {}).get("code") == code
        versions = {
            "": "MissingApiVersionParameter",
            "?api-version=2020-01-01": "InvalidResourceType",
        }
        for query, code in versions.items():
            answer = await local.ask(LIST + query, headers=MANAGER)
            assert (answer.status, answer.json["error"]["code"]) == (400, code)


async def test_accounts_that_appear_and_go() -> None:
    """They are in a list between their times, and so are their endpoints."""
    late = account("late", from_=START + 60, until=START + 120)
    async with managed(account("one"), late) as (local, _):
        for at, there in ((0, False), (60, True), (119, True), (120, False)):
            local.clock.at(at)
            assert ("late" in names(await listed(local))) is there
            answer = await local.ask(f"/accounts/late/openai/batches?{OPENAI}", headers=DATA)
            assert (answer.status == 200) is there


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "AuthenticationFailed"),
        ("Bearer nonsense", "InvalidAuthenticationToken"),
        (DATA["Authorization"], "InvalidAuthenticationTokenAudience"),
        (f"Bearer {tokens.issue(tokens.MANAGER, START - 4000)}", "ExpiredAuthenticationToken"),
        (f"{MANAGER['Authorization']}x", "InvalidAuthenticationToken"),
    ],
)
async def test_tokens_that_are_refused(authorization: str | None, code: str) -> None:
    """401, and a challenge that names the login."""
    async with managed(account("one")) as (local, _):
        headers = {"Authorization": authorization} if authorization else {}
        answer = await local.ask(f"{LIST}?{VERSION}", headers=headers)
    assert (answer.status, answer.json["error"]["code"]) == (401, code)
    assert "login.microsoftonline.com" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("part", ["", "/resourceGroups/rg-ai"])
async def test_missing_rights(part: str) -> None:
    """403 that names the action and the scope; of a whole subscription, groups are left out."""
    async with managed(account("one"), account("two", group="rg-b")) as (local, tenant):
        tenant.unreadable = {f"/subscriptions/{SUB}{part}"}
        answer = await listed(local, f"/subscriptions/{SUB}{part}{ACCOUNTS}")
        assert answer.status == 403
        error = answer.json["error"]
        assert error["code"] == "AuthorizationFailed"
        assert "'Microsoft.CognitiveServices/accounts/read'" in error["message"]
        assert f"'/subscriptions/{SUB}{part}'" in error["message"]
        if part:
            assert names(await listed(local)) == ["two"]


async def test_throttling() -> None:
    """A bucket for each subscription: 429 with the seconds in text and header, until it refills."""
    async with managed(account("one"), reads=2, refill=0.1) as (local, _):
        statuses = [(await listed(local)).status for _ in range(3)]
        assert statuses == [200, 200, 429]
        answer = await listed(local)
        assert answer.headers["Retry-After"] == "10"
        assert answer.json["error"]["code"] == "SubscriptionRequestsThrottled"
        assert answer.json["error"]["message"].endswith("Please try again after '10' seconds.")
        other = await listed(local, f"/subscriptions/{OTHER}{ACCOUNTS}")
        assert other.headers["x-ms-ratelimit-remaining-subscription-global-reads"] == "1"
        local.clock.at(10)
        assert (await listed(local)).status == 200


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault(kind=Kind.THROTTLED, retry_after="7"), 429, "SubscriptionRequestsThrottled"),
        (Fault(kind=Kind.FORBIDDEN), 403, "AuthorizationFailed"),
        (Fault(kind=Kind.ERROR, status=503), 503, "ServiceUnavailable"),
        (Fault(kind=Kind.UNAUTHORISED), 401, "AuthenticationFailed"),
    ],
)
async def test_faults_are_in_its_words(fault: Fault, status: int, code: str) -> None:
    """What is asked for at /_simulator/faults."""
    async with managed(account("one")) as (local, _):
        local.simulator.faults.add(fault)
        answer = await listed(local)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == fault.retry_after


async def test_links_that_lie() -> None:
    """A next link to another host, to the same page, or without an end."""
    async with managed(account("one")) as (local, _):
        for kind in (Kind.FOREIGN_LINK, Kind.REPEATED_LINK, Kind.ENDLESS_LINK):
            local.simulator.faults.add(Fault(kind=kind, count=1))
            assert "nextLink" in (await listed(local)).json


async def ask_graph(local: Local, **body: Any) -> Answer:
    content = {"query": QUERY, **body}
    return await local.ask(GRAPH, "POST", json=content, headers=MANAGER)


async def test_resource_graph() -> None:
    """Rows of all subscriptions below a group; only $skipToken tells of another page."""
    accounts = [account("one", location="West US"), account("two", subscription=OTHER)]
    async with managed(*accounts) as (local, _):
        options = {"$top": 1, "resultFormat": "objectArray"}
        first = await ask_graph(local, managementGroups=["all"], options=options)
        token = first.json["$skipToken"]
        last = await ask_graph(
            local, managementGroups=["all"], options={**options, "$skipToken": token}
        )
    assert [each.json["data"][0]["name"] for each in (first, last)] == ["one", "two"]
    assert first.json["data"][0]["location"] == "westus"
    assert first.json["data"][0]["type"] == "microsoft.cognitiveservices/accounts"
    assert (first.json["totalRecords"], first.json["count"]) == (2, 1)
    assert first.json["resultTruncated"] == last.json["resultTruncated"] == "false"
    assert "$skipToken" not in last.json
    assert first.headers["x-ms-user-quota-remaining"] == "14"
    assert first.headers["x-ms-user-quota-resets-after"] == "00:00:05"


async def test_resource_graph_refuses() -> None:
    """A query that it cannot read, too many queries; and it is behind by some time."""
    async with managed(account("one", from_=START + 10), graph_delay=30) as (local, _):
        bad = await ask_graph(local, query="where where")
        assert (bad.status, bad.json["error"]["details"][0]["code"]) == (400, "InvalidQuery")
        local.clock.at(20)
        assert (await ask_graph(local, subscriptions=[SUB])).json["data"] == []
        local.clock.at(40)
        assert len((await ask_graph(local, subscriptions=[SUB])).json["data"]) == 1
        statuses = [(await ask_graph(local)).status for _ in range(15)]
        assert statuses == [200] * 14 + [429]


@pytest.mark.parametrize(
    ("change", "headers", "status"),
    [
        ({}, DATA, 200),
        ({}, {"api-key": KEY}, 200),
        ({"disable_local_auth": True}, {"api-key": KEY}, 403),
        ({"disable_local_auth": True}, DATA, 200),
        ({"domain": None}, DATA, 400),
        ({"public_network_access": "Disabled"}, DATA, 403),
        ({"network": "Deny"}, DATA, 403),
        ({"kind": "SpeechServices"}, DATA, 404),
        ({}, MANAGER, 401),
    ],
)
async def test_the_endpoint_of_an_account(
    change: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    """Its settings hold there as Resource Manager shows them; links stay below its path."""
    async with managed(replace(account("one"), **change), account("two")) as (local, _):
        answer = await local.ask(f"/accounts/one/openai/batches?{OPENAI}", headers=headers)
        assert answer.status == status
        if status == 200:
            assert [each["id"] for each in answer.json["data"]] == ["batch_one"]


def token_form(**change: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": tokens.CLIENT,
        "client_secret": SECRET,
        "scope": f"{tokens.MANAGER}/.default",
        **change,
    }


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({}, 200, None),
        ({"client_secret": "no"}, 401, 7000215),
        ({"client_id": "no"}, 400, 700016),
        ({"scope": "https://elsewhere.example/.default"}, 400, 500011),
        ({"grant_type": "password"}, 400, 70003),
    ],
)
async def test_the_login(change: dict[str, str], status: int, code: int | None) -> None:
    """A token that Resource Manager takes; or an error with Entra ID's number."""
    async with managed(account("one")) as (local, _):
        path = f"/{tokens.TENANT}/oauth2/v2.0/token"
        answer = await local.ask(path, "POST", data=token_form(**change), headers={})
        assert answer.status == status
        assert answer.json.get("error_codes", [None])[0] == code
        if status == 200:
            headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
            assert (await local.ask(f"{LIST}?{VERSION}", headers=headers)).status == 200


async def test_a_managed_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """azure-identity's default chain gets a token there with two variables, by plain http."""
    async with managed(account("one")) as (local, _):
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{local.origin}/identity/token")
        monkeypatch.setenv("IDENTITY_HEADER", "simulator")
        local.clock.now = time.time()
        async with DefaultAzureCredential() as credential:
            token = await credential.get_token(f"{tokens.MANAGER}/.default")
        headers = {"Authorization": f"Bearer {token.token}"}
        assert (await local.ask(f"{LIST}?{VERSION}", headers=headers)).status == 200
        refused = await local.ask("/identity/token?resource=x", headers={})
        assert refused.status == 401


async def test_the_accounts_of_the_demo() -> None:
    """Each of the demo's resources with its team; their work is theirs, and links stay below."""
    async with local_azure(directory=demo_directory(START, {}, KEY)) as local:
        teams = {
            each["name"]: each.get("tags", {}).get("team")
            for subscription in (SUB, OTHER)
            for each in (await listed(local, f"/subscriptions/{subscription}{ACCOUNTS}")).json[
                "value"
            ]
        }
        path = "/accounts/translator/translator/document/batches?api-version=2024-05-01"
        page = await local.ask(f"{path}&maxpagesize=1", headers=DATA)
        below = f"{local.origin}/accounts/translator/translator/"
        assert page.json["@nextLink"].startswith(below)
        following = await local.ask(page.json["@nextLink"], headers=DATA)
        assert following.json["value"][0]["id"] != page.json["value"][0]["id"]
        missing = await local.ask("/accounts/campaign/avatar/batchsyntheses", headers=DATA)
        assert missing.status == 404
    assert teams.keys() >= openings(START).keys()
    assert teams["letters"] == teams["qna"] == "care"
    assert teams["private"] is None
