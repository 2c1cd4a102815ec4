"""What Resource Manager says of an account: pure, as tables."""

import json

import pytest

from exporter.accounts.account import Account, after_round, decode, encode
from exporter.accounts.bodies import AccountBody, AccountsPage
from tests.support.manager import Json, account

SPEECH = {"avatar", "speech_synthesis", "speech_transcription", "custom_speech"}
DOCUMENTS = {"document_intelligence"}
OPENAI = {"openai_batch", "openai_fine_tuning"}


def read(body: Json) -> Account:
    return AccountBody.read(json.dumps(body).encode()).account()


@pytest.mark.parametrize(
    ("keys", "kind", "apis"),
    [
        ((), "SpeechServices", SPEECH | {"video_translation"}),
        ((), "speechservices", SPEECH | {"video_translation"}),
        ((), "OpenAI", OPENAI),
        ((), "TextTranslation", {"document_translation"}),
        (
            (),
            "AIServices",
            SPEECH | OPENAI | DOCUMENTS | {"video_translation", "document_translation", "language"},
        ),
        ((), "FormRecognizer", DOCUMENTS),
        ((), "TextAnalytics", {"language"}),
        (("FormRecognizer", "Text Analytics"), "CognitiveServices", DOCUMENTS),
        ((), "Face", set()),
        ((), "New.Kind", set()),
        (("DocumentTranslation-V1-1",), "TextTranslation", {"document_translation"}),
        (
            ("Speech Services Speech to Text 2031-01-01",),
            "AIServices",
            SPEECH - {"avatar", "speech_synthesis"},
        ),
        (("Video Translation",), "SpeechServices", {"video_translation"}),
        (("OpenAI Language Model Instance API", "OpenAI Sora API"), "AIServices", OPENAI),
        (("Content Safety", "Nothing that we know"), "OpenAI", set()),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, tuple) else None,
)
def test_what_an_account_serves(keys: tuple[str, ...], kind: str, apis: set[str]) -> None:
    """The beginnings of the names of its endpoints say it; its kind, where it shows none."""
    assert set(read(account("a", keys=keys, kind=kind)).apis) == apis


RULES = [
    {"key": "odd", "renewalPeriod": 0, "count": 9, "matchPatterns": [{"path": "*", "method": "*"}]},
    {
        "key": "put",
        "renewalPeriod": 60,
        "count": 2,
        "matchPatterns": [{"path": "avatar/batchsyntheses/*", "method": "PUT"}],
    },
    {
        "key": "speech",
        "renewalPeriod": 10,
        "count": 100,
        "matchPatterns": [{"path": "speechtotext/*", "method": "*"}],
    },
    {
        "key": "batches",
        "renewalPeriod": 60,
        "count": 120,
        "matchPatterns": [
            {"path": "openai/v1/batches", "method": "GET"},
            {"path": "openai/{part}", "method": "GET"},
        ],
    },
    {
        "key": "default",
        "renewalPeriod": 1,
        "count": 30,
        "matchPatterns": [{"path": "*", "method": "*"}],
    },
]


def test_the_limits_that_an_account_publishes() -> None:
    """The first rule that covers a GET of an API's list counts; an odd rule costs itself alone."""
    limits = read(account("a", callRateLimit={"rules": RULES})).limits
    assert limits["speech_transcription"] == 10
    assert limits["openai_batch"] == 2
    assert limits["openai_fine_tuning"] == 30
    assert limits["avatar"] == 30


@pytest.mark.parametrize(
    ("properties", "closed"),
    [
        ({}, False),
        ({"publicNetworkAccess": "Enabled"}, False),
        ({"publicNetworkAccess": "Disabled"}, True),
        ({"publicNetworkAccess": "Disabled", "privateEndpointConnections": [{"id": "x"}]}, False),
        ({"networkAcls": {"defaultAction": "Allow"}}, False),
        ({"networkAcls": {"defaultAction": "Deny"}}, True),
        (
            {"networkAcls": {"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": None}},
            True,
        ),
        ({"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "1.2.3.4"}]}}, False),
        ({"networkAcls": {"defaultAction": "Deny", "virtualNetworkRules": [{"id": "x"}]}}, False),
    ],
)
def test_accounts_that_no_network_reaches(properties: Json, closed: bool) -> None:
    """A rule for a network, or a private endpoint, may be the exporter's own way in."""
    body = account("a") | {"properties": properties}
    assert bool(read(body).closed) is closed


def test_odd_values_cost_themselves_alone() -> None:
    """Only the id is needed; an item without one leaves the others."""
    odd: Json = {
        "id": account("odd")["id"],
        "name": None,
        "kind": 7,
        "location": ["x"],
        "sku": "S0",
        "tags": {"team": 7, "env": "prod"},
        "properties": {
            "endpoint": 7,
            "endpoints": {"DocumentTranslation": {}},
            "callRateLimit": [],
        },
    }
    body = json.dumps({"value": [odd, {"id": "/subscriptions/x"}, {}, account("fine")]})
    page = AccountsPage.read(body.encode())
    assert [each.account().name for each in page.value] == ["odd", "fine"]
    assert page.broken == 2
    read_odd = page.value[0].account()
    assert (read_odd.kind, read_odd.sku, read_odd.tags) == ("", "", {"env": "prod"})


def test_an_account_stays_until_two_rounds_were_without_it() -> None:
    """One that comes back in between begins anew; ids are compared without case."""
    one, two = read(account("one")), read(account("two"))
    accounts, missing = after_round({}, (), [one, two])
    accounts, missing = after_round(accounts, missing, [two])
    assert set(accounts) == {one.key, two.key}
    again = read(account("one") | {"id": one.id.upper().replace("MICROSOFT", "Microsoft")})
    accounts, missing = after_round(accounts, missing, [two, again])
    accounts, missing = after_round(accounts, missing, [two])
    assert len(accounts) == 2
    accounts, missing = after_round(accounts, missing, [two])
    assert set(accounts) == {two.key}
    assert missing == frozenset()


@pytest.mark.parametrize(
    ("before", "now", "ready"),
    [
        ("Succeeded", "Accepted", True),
        ("Succeeded", "Moving", True),
        ("Succeeded", "Failed", True),
        ("Succeeded", "Deleting", False),
        ("Creating", "Accepted", False),
        ("Creating", "Succeeded", True),
        ("", "", True),
    ],
)
def test_an_account_that_azure_changes_stays(before: str, now: str, ready: bool) -> None:
    """What was provisioned is asked until it is deleted; what was not, once it is."""
    accounts, missing = after_round({}, (), [read(account("a", provisioningState=before))])
    accounts, _ = after_round(accounts, missing, [read(account("a", provisioningState=now))])
    assert [each.ready for each in accounts.values()] == [ready]


def test_the_checkpoint_keeps_accounts() -> None:
    """They come back as they were; what another version wrote is nothing."""
    accounts = [read(account("a", tags={"Team": "x"}, callRateLimit={"rules": RULES}))]
    assert list(decode(encode(accounts)).values()) == accounts
    assert decode(b"\x91\x01") == {}
    assert decode(b"") == {}
