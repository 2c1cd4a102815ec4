"""Azure Resource Manager: accounts of a subscription or resource group, and Resource Graph.

https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts
"""

import random
import re
import uuid
from collections.abc import Callable
from email.utils import formatdate
from math import ceil
from urllib.parse import quote

from exporter.simulator.manager import errors, graph, login, tokens
from exporter.simulator.manager.account import Account
from exporter.simulator.manager.account_bodies import account_body
from exporter.simulator.manager.tenant import Tenant, same
from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.services.errors import Refusal, Refusals

_PATH = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)(/resourceGroups/(?P<group>[^/]+))?"
    r"/providers/Microsoft\.CognitiveServices/accounts(/(?P<name>[^/]+))?",
    re.IGNORECASE,
)
_AUDIENCES = frozenset({tokens.MANAGER})
_GRAPH_QUERIES, _GRAPH_SECONDS = 15, 5.0


def is_managed(path: str) -> bool:
    """Whether a path belongs to Azure Resource Manager, or to the login for it."""
    return path.lower().startswith(("/subscriptions/", graph.PATH.lower())) or login.is_login(path)


class ResourceManager:
    """The gateway of Azure Resource Manager, for one tenant."""

    refusals = Refusals(errors.throttled, errors.unauthorised, errors.forbidden)

    def __init__(self, tenant: Tenant, seed: int) -> None:
        self.tenant = tenant
        self._reads: dict[str, tuple[float, float]] = {}  # what is left in a bucket, and since when
        self._queries: list[float] = []
        self._random = random.Random(f"manager/{seed}")

    def answer(
        self,
        request: Request,
        now: float,
        *,
        stale: bool = False,  # noqa: ARG002  its answers are not cached
        change: Callable[[Answer], Answer] | None = None,
    ) -> Answer:
        """The answer, changed by `change`."""
        if login.is_login(request.path):
            return login.answer(request, now)
        token = tokens.bearer(request.headers.get("Authorization"))
        problem = tokens.problem_of(token, _AUDIENCES, now) if token else "missing"
        if problem:
            return self.with_gateway_headers(errors.unauthorised(problem), now)
        try:
            answer = self._answer(request, now)
        except Refusal as refusal:
            answer = errors.refused(refusal)
        return self.with_gateway_headers(change(answer) if change else answer, now)

    def refuse(self, refusal: Refusal, request: Request, now: float) -> Answer:  # noqa: ARG002
        return self.with_gateway_headers(errors.refused(refusal), now)

    def with_gateway_headers(self, answer: Answer, now: float) -> Answer:
        """The answer with the headers of each answer."""
        id_ = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        return answer.plus(
            x_ms_request_id=id_,
            x_ms_correlation_request_id=id_,
            x_ms_routing_request_id=f"WESTEUROPE:{int(now)}:{id_}",
            Strict_Transport_Security="max-age=31536000; includeSubDomains",
            X_Content_Type_Options="nosniff",
            Cache_Control="no-cache",
            Date=formatdate(now, usegmt=True),
        )

    def _answer(self, request: Request, now: float) -> Answer:
        if same(request.path, graph.PATH):
            return self._graph_answer(request, now)
        match = _PATH.fullmatch(request.path)
        if match is None or request.method != "GET":
            text = f"No HTTP resource was found that matches the request '{request.path}'."
            raise Refusal(404, "InvalidResourceType", text)
        subscription, group = match["subscription"], match["group"]
        wait, left = self._take_read(subscription.lower(), now)
        if wait:
            return errors.throttled(request, wait)
        errors.check_version(request, *errors.VERSIONS)
        if not self.tenant.may_read(subscription, group):
            return errors.forbidden(request)
        self._check_scope(subscription, group)
        accounts = self.tenant.listed(subscription, group, now)
        body = _one(accounts, match["name"], request) if match["name"] else None
        answer = json_answer(200, body or self._page(accounts, request))
        return answer.plus(x_ms_ratelimit_remaining_subscription_global_reads=str(int(left)))

    def _graph_answer(self, request: Request, now: float) -> Answer:
        recent = [at for at in self._queries if 0 <= now - at < _GRAPH_SECONDS]
        is_over = len(recent) >= _GRAPH_QUERIES
        self._queries = recent if is_over else [*recent, now]
        left = _GRAPH_QUERIES - len(self._queries)
        answer = graph.quota_exceeded() if is_over else graph.answer(self.tenant, request, now)
        resets = f"00:00:{int(_GRAPH_SECONDS):02d}"
        return answer.plus(x_ms_user_quota_remaining=str(left), x_ms_user_quota_resets_after=resets)

    def _take_read(self, subscription: str, now: float) -> tuple[int, float]:
        """Seconds to wait for a read, 0 if it is granted; and how many are left."""
        most, refill = self.tenant.reads, self.tenant.refill
        left, since = self._reads.get(subscription, (most, now))
        left = min(most, left + max(0.0, now - since) * refill)
        granted = left >= 1
        self._reads[subscription] = (left - 1 if granted else left, now)
        return (0, left - 1) if granted else (max(1, ceil((1 - left) / refill)), 0.0)

    def _check_scope(self, subscription: str, group: str | None) -> None:
        if not self.tenant.has_subscription(subscription):
            text = f"The subscription '{subscription}' could not be found."
            raise Refusal(404, "SubscriptionNotFound", text)
        if group is not None and not self.tenant.has_group(subscription, group):
            text = f"Resource group '{group}' could not be found."
            raise Refusal(404, "ResourceGroupNotFound", text)

    def _page(self, accounts: list[Account], request: Request) -> dict[str, object]:
        after = graph.read_marker(request.argument("$skipToken"))
        rest = [account for account in accounts if account.id.lower() > after]
        page = rest[: self.tenant.page]
        body: dict[str, object] = {
            "value": [account_body(account, request.origin) for account in page]
        }
        if len(page) < len(rest):
            token = quote(graph.marker(page[-1].id), safe="")
            version = request.argument("api-version")
            query = f"api-version={version}&%24skipToken={token}"
            body["nextLink"] = f"{request.origin}{request.path}?{query}"
        return body


def _one(accounts: list[Account], name: str, request: Request) -> dict[str, object]:
    for account in accounts:
        if same(account.name, name):
            return account_body(account, request.origin)
    resource = f"Microsoft.CognitiveServices/accounts/{name}"
    text = f"The Resource '{resource}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    raise Refusal(404, "ResourceNotFound", text)
