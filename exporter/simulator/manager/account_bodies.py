"""The bodies of accounts. Pure.

Names of endpoints and limits are those of recorded answers, of which the longest has 59 endpoints.
https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/list
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from exporter.simulator.manager.account import PROVIDER, Account


class Served(NamedTuple):
    """What an endpoint of a kind is called, and the first parts of the paths that it serves."""

    name: str
    paths: tuple[str, ...] = ()


_TRANSLATOR = (
    Served("TextTranslation"),
    Served("TextTranslation-V3"),
    Served("DocumentTranslation", ("translator",)),
    Served("DocumentTranslation-V1-1"),
)
_SPEECH = (
    Served("Speech Services Speech to Text", ("speechtotext",)),
    Served("Speech Services Speech to Text 2024-11-15"),
    Served("Speech Services Speech to Text 2025-10-15"),
    Served("Speech Services Batch Text to Speech", ("texttospeech",)),
    Served("Speech Services Batch Avatar", ("avatar",)),
    Served("Speech Services Custom Voice"),
    Served("Video Translation", ("videotranslation",)),
)
_OPENAI = (
    Served("OpenAI Language Model Instance API", ("openai",)),
    Served("OpenAI Whisper API"),
    Served("OpenAI Realtime API"),
    Served("Azure OpenAI Legacy API - Latest moniker"),
    Served("Token Service API"),
)
_DOCUMENTS = (Served("FormRecognizer", ("documentintelligence", "formrecognizer")),)
_LANGUAGE = (
    Served("Language", ("language",)),
    Served("Text Analytics", ("text",)),
    Served("Custom Text Authoring"),
    Served("Conversational Language Understanding Authoring"),
    Served("Custom Question Answering Authoring"),
    Served("QnA Maker V2", ("qnamaker",)),
)
_FOUNDRY = (
    Served("AI Foundry API", ("api",)),
    Served("Content Understanding", ("contentunderstanding",)),
    Served("Content Safety"),
)
_KINDS: Mapping[str, Sequence[Served]] = {
    "TextTranslation": _TRANSLATOR,
    "SpeechServices": _SPEECH,
    "OpenAI": _OPENAI,
    "FormRecognizer": _DOCUMENTS,
    "TextAnalytics": _LANGUAGE,
    "QnAMaker": (Served("QnAMaker", ("qnamaker",)),),
    "CognitiveServices": (*_TRANSLATOR, *_DOCUMENTS, *_LANGUAGE),
    "AIServices": (*_FOUNDRY, *_OPENAI, *_SPEECH, *_TRANSLATOR, *_DOCUMENTS, *_LANGUAGE),
    "Face": (Served("Face", ("face",)),),
}

# count, seconds, method, paths; in the order of the recorded answer.
_LIMITS = (
    ("documentTranslation.get", 20, 1, "GET", ("translator/text/batch/*",)),
    ("batchDocumentTranslation.get", 20, 1, "GET", ("translator/document/*",)),
    ("speech.batchavatarcreate", 2, 60, "PUT", ("avatar/batchsyntheses/*",)),
    ("speech.speechtotext", 100, 10, "*", ("speechtotext/*",)),
    ("speech.texttospeech", 100, 10, "*", ("texttospeech/*",)),
    (
        "formrecognizer.list.objects",
        10,
        1,
        "GET",
        ("documentintelligence/operations", "documentintelligence/documentModels/{modelId}"),
    ),
    ("openai.batches.get", 500, 60, "GET", ("openai/v1/batches/*", "openai/batches/*")),
    ("openai.batches.list", 100, 60, "GET", ("openai/v1/batches", "openai/batches")),
    ("openai", 30, 1, "*", ("openai/*",)),
    ("default", 30, 1, "*", ("*",)),
)


def serves(account: Account, path: str) -> bool:
    """Whether an account serves a path: its first part is one of its kind's."""
    first = path.lstrip("/").partition("/")[0]
    return any(first in served.paths for served in _KINDS.get(account.kind, ()))


def account_body(account: Account, origin: str) -> dict[str, object]:
    """An account as a list shows it; what was never set is absent."""
    url = account.url(origin)
    digest = hashlib.sha256(account.id.encode()).hexdigest()
    properties: dict[str, object | None] = {
        "endpoint": url,
        "endpoints": {served.name: url for served in _KINDS.get(account.kind, ())},
        "internalId": digest[:32],
        "dateCreated": "2026-03-02T09:15:23.0998497Z",
        "callRateLimit": {"rules": [_rule(*limit) for limit in _LIMITS]},
        "isMigrated": False,
        "customSubDomainName": account.own_domain,
        "disableLocalAuth": account.disable_local_auth,
        "networkAcls": account.network and _acls(account.network),
        "privateEndpointConnections": [],
        "publicNetworkAccess": account.public_network_access,
        "capabilities": [{"name": "VirtualNetworks"}, {"name": "Container", "value": "*"}],
        "provisioningState": account.provisioning_state,
    }
    body: dict[str, object | None] = {
        "id": account.id,
        "name": account.name,
        "type": f"{PROVIDER}/accounts",
        "etag": f'"{uuid.UUID(digest[:32])}"',
        "location": account.location,
        "sku": {"name": account.sku},
        "kind": account.kind,
        "tags": dict(account.tags) or None,
        "properties": _present(properties),
        "systemData": {
            "createdBy": "platform@contoso.example",
            "createdByType": "User",
            "createdAt": "2026-03-02T09:15:23.0201923Z",
        },
    }
    return _present(body)


def graph_row(account: Account, origin: str) -> dict[str, object]:
    """The same as Resource Graph shows it: locations in its own spelling, without an etag."""
    names = ("id", "name", "type", "kind", "sku", "tags", "properties")
    body = account_body(account, origin)
    location = account.location.replace(" ", "").lower()
    row = {name: body.get(name) for name in names}
    return {**row, "type": str(body["type"]).lower(), "location": location}


def _rule(
    key: str, count: int, seconds: int, method: str, paths: Sequence[str]
) -> dict[str, object]:
    patterns = [{"path": path, "method": method} for path in paths]
    return {"key": key, "renewalPeriod": seconds, "count": count, "matchPatterns": patterns}


def _acls(action: str) -> dict[str, object]:
    return {"defaultAction": action, "ipRules": [], "virtualNetworkRules": []}


def _present(body: Mapping[str, object | None]) -> dict[str, object]:
    return {name: value for name, value in body.items() if value is not None}
