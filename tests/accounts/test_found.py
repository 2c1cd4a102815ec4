"""Which accounts become resources, under which names, and why others do not: pure, as tables."""

import json
from pathlib import Path

import pytest

from exporter.accounts.account import Account
from exporter.accounts.bodies import AccountBody
from exporter.accounts.found import FoundResource, choose, joined
from exporter.accounts.naming import names
from exporter.config.config import Config, parse_config
from exporter.config.plan import plan
from exporter.redaction.own_secrets import own_secrets
from tests.support import plain_yaml
from tests.support.manager import OTHER, SUBSCRIPTION, Json, account

ENTRA: Json = {"auth": {"entra": {}}}
ENTRY: Json = {"subscription": SUBSCRIPTION, **ENTRA}


def config_of(*entries: Json, **settings: object) -> Config:
    text = plain_yaml.dump({"discover_resources": list(entries), **settings})
    return parse_config("test", text, Path())


def read(*bodies: Json) -> dict[str, Account]:
    accounts = [AccountBody.read(json.dumps(body).encode()).account() for body in bodies]
    return {each.key: each for each in accounts}


def found(config: Config, *bodies: Json) -> dict[str, FoundResource]:
    """The resources that were found, by name, where every source has these accounts."""
    lists = {entry.source: read(*bodies) for entry in config.discover_resources}
    resources = joined(config, lists).resources
    return {each.name: each for each in resources if isinstance(each, FoundResource)}


MANY = (
    account("one", group="RG-A", location="West Europe", tags={"Env": "prod"}),
    account("two", group="rg-b", location="eastus", kind="OpenAI", tags={"env": "Prod"}),
    account("three", group="rg-b", location="EASTUS", kind="SpeechServices"),
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"one", "two", "three"}),
        ({"resource_groups": ["rg-a"]}, {"one"}),
        ({"locations": ["westeurope"]}, {"one"}),
        ({"locations": ["East US"]}, {"two", "three"}),
        ({"kinds": ["openai", "SpeechServices"]}, {"two", "three"}),
        ({"tags": {"ENV": "prod"}}, {"one"}),
        ({"tags": {"env": "prod", "team": "a"}}, set()),
        ({"locations": ["eastus"], "kinds": ["OpenAI"]}, {"two"}),
    ],
)
def test_filters(filters: Json, expected: set[str]) -> None:
    """Names are compared as Azure does, without case; values of tags exactly."""
    assert set(found(config_of(ENTRY | filters), *MANY)) == expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (account("a", kind="Face", keys=()), "no_api"),
        (account("a", keys=("Content Safety",)), "no_api"),
        (account("a", provisioningState="Creating"), "not_provisioned"),
        (account("a", publicNetworkAccess="Disabled"), "no_network"),
        (account("a", networkAcls={"defaultAction": "Deny"}), "no_network"),
        (account("a", customSubDomainName=None), "no_own_domain"),
        (account("a", "https://a.evil.example/"), "foreign_domain"),
        (account("a", "http://a.cognitiveservices.azure.com/"), "foreign_domain"),
        (account("a", "https://a.cognitiveservices.azure.us/"), "foreign_domain"),
        (account("a", "https://b.cognitiveservices.azure.com/"), "foreign_domain"),
        (account("a", "http://127.0.0.1:8080/"), "foreign_domain"),
        (account("a", "https://a.cognitiveservices.azure.com@evil.example/"), "foreign_domain"),
        (account("a", "https://a.evil.example/?.cognitiveservices.azure.com"), "foreign_domain"),
        (account("a", "https://["), "foreign_domain"),
    ],
)
def test_accounts_that_cannot_be_watched(body: Json, reason: str) -> None:
    """Each has a reason, and is no resource: no token is sent to it."""
    config = config_of(ENTRY)
    assert found(config, body) == {}
    [unwatched] = choose(config, {config.discover_resources[0].source: read(body)}).unwatched
    assert unwatched.reason == reason
    assert unwatched.why


@pytest.mark.parametrize(
    ("no_keys", "says"), [(True, False), (None, True)], ids=["tokens only", "keys too"]
)
def test_without_a_domain_a_key_may_help(no_keys: bool | None, says: bool) -> None:
    """Where the account accepts keys, the advice names that way as well."""
    config = config_of(ENTRY)
    body = account("a", customSubDomainName=None, disableLocalAuth=no_keys)
    [unwatched] = choose(config, {config.discover_resources[0].source: read(body)}).unwatched
    assert "az cognitiveservices account update --name a" in unwatched.why
    assert ("with its key" in unwatched.why) is says


def test_the_endpoint_is_that_of_the_own_domain() -> None:
    """Also where the first endpoint is the regional one; a path of Azure's is left out."""
    regional = "https://westeurope.api.cognitive.microsoft.com/"
    own = "https://b.openai.azure.com/"
    resources = found(
        config_of(ENTRY),
        account("a", "https://A.cognitiveservices.azure.com/face/v1.0"),
        account("b", regional, endpoints={"OpenAI Language Model Instance API": own}),
    )
    endpoints = {name: each.endpoint for name, each in resources.items()}
    assert endpoints == {
        "a": "https://a.cognitiveservices.azure.com",
        "b": "https://b.openai.azure.com",
    }


def test_clouds_have_their_own_domains() -> None:
    """An account of China's cloud is watched by an identity of that cloud."""
    entry = ENTRY | {"auth": {"entra": {"cloud": "china"}}}
    body = account("a", "https://a.cognitiveservices.azure.cn/")
    assert set(found(config_of(entry), body)) == {"a"}


def test_a_resource_of_the_configuration_wins() -> None:
    """Under any of the account's own names; another account of its name gets a longer one."""
    resources = [
        {
            "name": "two",
            "endpoint": "https://one.openai.azure.com",
            "auth": {"key": "k"},
            "openai_batch": {"discover": True},
        }
    ]
    config = config_of(ENTRY, resources=resources)
    names_found = list(found(config, account("one"), account("two"), account("three")))
    assert names_found[1:] == ["three"]
    assert names_found[0].startswith("two-")
    again = joined(joined(config, {}), {ENTRY_SOURCE: read(account("three"))})
    assert [each.name for each in again.resources] == ["two", "three"]


ENTRY_SOURCE = config_of(ENTRY).discover_resources[0].source


def test_the_first_entry_that_asks_for_an_account_counts() -> None:
    """So that it is watched once."""
    first, second = ENTRY | {"apis": {"avatar": False}}, ENTRY
    resources = found(config_of(first, second), account("one"))
    assert list(resources) == ["one"]
    assert resources["one"].avatar is None


def test_names_are_unique_and_stay() -> None:
    """An account's own name, or with eight hex digits of its id's hash."""
    long = "a" * 64
    accounts = read(
        account("one"),
        account("shared"),
        account("shared", subscription=OTHER),
        account("taken"),
        account(long),
        account("ünder"),
    )
    by_name = list(names(accounts.values(), {"taken"}).values())
    assert by_name[0] == "one"
    hashed = by_name[1:]
    assert len(set(hashed)) == 5
    for name, start in zip(hashed, ["shared", "shared", "taken", "a" * 54, "nder"], strict=True):
        plain, _, digits = name.rpartition("-")
        assert plain == start
        assert len(digits) == 8
        assert int(digits, 16) >= 0
        assert len(name) <= 63
    assert len(read(account("shared", group="RG-A"), account("shared"))) == 1
    assert names(accounts.values(), {"taken"}) == names(reversed(accounts.values()), {"taken"})


def test_an_account_that_is_called_like_a_longer_name() -> None:
    """It gets a longer name itself."""
    shared = read(account("x"), account("x", subscription=OTHER))
    taken = next(iter(names(shared.values(), ()).values()))
    accounts = {**shared, **read(account(taken))}
    assert len(set(names(accounts.values(), ()).values())) == 3


def test_tags_become_labels() -> None:
    """Matched without case; values are bounded, and what is not there is absent."""
    tags = {"TEAM": "docs", "cost_centre": "no", "Cost-Centre": "7\n" + "x" * 300, "other": "y"}
    entry = ENTRY | {"tag_labels": ["team", "cost-centre", "owner"]}
    labels = found(config_of(entry), account("a", tags=tags))["a"].labels
    assert set(labels) == {"team", "cost_centre"}
    assert labels["team"] == "docs"
    assert labels["cost_centre"].startswith("7 x")
    assert len(labels["cost_centre"]) == 200


def test_apis_of_an_account() -> None:
    """Every API that it serves is discovered, with what the configuration says of some."""
    apis = {
        "avatar": False,
        "speech_synthesis": {"discover": False},
        "openai_batch": {"api_version": "v1"},
        "speech_transcription": {"discover": {"interval": "5m"}},
        "custom_speech": True,
    }
    resource = found(config_of(ENTRY | {"apis": apis}), account("a"))["a"]
    sections = dict(resource.sections())
    assert set(sections) == {
        *("document_translation", "video_translation", "openai_batch", "custom_speech"),
        *("speech_transcription", "openai_fine_tuning"),
    }
    intervals = {api: each.lister(()) for api, each in sections.items()}
    assert all(intervals.values())
    assert resource.openai_batch
    assert resource.openai_batch.api_version == "v1"


def test_an_account_lowers_its_budget() -> None:
    """To a quarter of what it publishes, where that is less than what is configured."""
    rules = [{"count": 4, "renewalPeriod": 1, "matchPatterns": [{"path": "*", "method": "*"}]}]
    entry = ENTRY | {"apis": {"avatar": {"requests_per_minute": 6}}}
    config = config_of(entry)
    lists = {
        config.discover_resources[0].source: read(account("a", callRateLimit={"rules": rules}))
    }
    limits = plan(joined(config, lists)).connections["a"].limits
    assert limits["openai_batch"] == 1
    assert limits["avatar"] == 0.1


def test_an_account_that_no_check_foresaw_costs_itself_alone() -> None:
    """A name that holds a key of the configuration is no name; the others are watched."""
    accounts = read(account("one"), account("with-a-planted-key"))
    own_secrets.add("a-planted-key")
    config = config_of(ENTRY)
    resources = joined(config, {ENTRY_SOURCE: accounts}).resources
    assert [each.name for each in resources] == ["one"]
