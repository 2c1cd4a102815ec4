"""Azure Resource Graph, as far as it is asked for accounts.

https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
"""

import base64
import json
from collections.abc import Iterable, Mapping

from exporter.simulator.manager.account_bodies import graph_row
from exporter.simulator.manager.errors import check_version
from exporter.simulator.manager.tenant import Tenant
from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.services.errors import Refusal

PATH = "/providers/Microsoft.ResourceGraph/resources"
_VERSIONS = ("2021-03-01", "2022-10-01", "2024-04-01")
_LARGEST_PAGE = 1000


def answer(tenant: Tenant, request: Request, now: float) -> Answer:
    """A page of accounts; only `$skipToken` says that there is another."""
    if request.method != "POST":
        raise Refusal(405, "MethodNotAllowed", "The requested resource does not support GET.")
    check_version(request, *_VERSIONS)
    body = _mapping(_json(request.body))
    if "microsoft.cognitiveservices/accounts" not in str(body.get("query", "")).lower():
        return _bad_query()
    options = _mapping(body.get("options", {}))
    top = options.get("$top", 100)
    if not isinstance(top, int) or not 1 <= top <= _LARGEST_PAGE:
        raise Refusal(400, "BadRequest", "Options $top must be from 1 to 1000.")
    accounts = tenant.in_graph(_subscriptions(tenant, body), now)
    after = read_marker(options.get("$skipToken"))
    rest = [account for account in accounts if account.id.lower() > after]
    page = rest[: min(top, tenant.page)]
    content: dict[str, object] = {
        "totalRecords": len(accounts),
        "count": len(page),
        "data": [graph_row(account, request.origin) for account in page],
        "facets": [],
        "resultTruncated": "false",
    }
    if len(page) < len(rest):
        content["$skipToken"] = marker(page[-1].id)
    return json_answer(200, content)


def quota_exceeded() -> Answer:
    """https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests"""  # noqa: D415
    text = "Please provide below info when asking for support: throttled."
    details = [{"code": "RateLimiting", "message": "Client application has been throttled."}]
    error = {"code": "RateLimiting", "message": text, "details": details}
    return json_answer(429, {"error": error})


def marker(id_: str) -> str:
    """The token of the page after this account, as Azure encodes it."""
    return base64.b64encode(json.dumps({"nextMarker": id_.lower()}).encode()).decode()


def read_marker(token: object) -> str:
    """The account after which a page begins; Refusal if the token is not one of `marker`."""
    if token is None:
        return ""
    try:
        return str(json.loads(base64.b64decode(str(token), validate=True))["nextMarker"])
    except (ValueError, KeyError, TypeError):
        raise Refusal(400, "InvalidSkipToken", "The skip token is not valid.") from None


def _subscriptions(tenant: Tenant, body: Mapping[str, object]) -> Iterable[str]:
    groups = body.get("managementGroups")
    if isinstance(groups, list):
        unknown = [group for group in groups if group not in tenant.management_groups]
        if unknown:
            raise Refusal(400, "BadRequest", f"Unknown management groups: {', '.join(unknown)}.")
        return [each for group in groups for each in tenant.management_groups[group]]
    subscriptions = body.get("subscriptions")
    if isinstance(subscriptions, list):
        return [str(each) for each in subscriptions]
    return tenant.subscriptions()


def _bad_query() -> Answer:
    details = [
        {"code": "InvalidQuery", "message": "Query is invalid."},
        {"code": "ParserFailure", "message": "ParserFailure", "line": 1},
    ]
    text = "Please provide below info when asking for support: a timestamp."
    error = {"code": "BadRequest", "message": text, "details": details}
    return json_answer(400, {"error": error})


def _json(body: bytes) -> object:
    try:
        content: object = json.loads(body)
    except ValueError:
        raise Refusal(400, "InvalidRequestContent", "The request content is invalid.") from None
    return content


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
