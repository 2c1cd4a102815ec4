"""The endpoint of one account: what it refuses before a service is asked."""

from collections.abc import Callable

from exporter.simulator.azure import Azure
from exporter.simulator.manager import tokens
from exporter.simulator.manager.account import Account
from exporter.simulator.manager.account_bodies import serves
from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.services.errors import GATEWAY, Refusal, gateway, no_such_route


class AccountGateway:
    """The services of an account, behind its own settings."""

    refusals = GATEWAY

    def __init__(self, account: Account, azure: Azure) -> None:
        self._account = account
        self._azure = azure

    def answer(
        self,
        request: Request,
        now: float,
        *,
        stale: bool = False,
        change: Callable[[Answer], Answer] | None = None,
    ) -> Answer:
        """The refusal of the account, or the answer of a service."""
        refusal = _refusal(self._account, request)
        if refusal is not None:
            return self._azure.with_gateway_headers(refusal, now)
        return self._azure.answer(request, now, stale=stale, change=change)

    def refuse(self, refusal: Refusal, request: Request, now: float) -> Answer:
        return self._azure.refuse(refusal, request, now)

    def with_gateway_headers(self, answer: Answer, now: float) -> Answer:
        return self._azure.with_gateway_headers(answer, now)


def _refusal(account: Account, request: Request) -> Answer | None:
    """What the account's own settings refuse.

    https://learn.microsoft.com/azure/ai-services/disable-local-auth
    https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks
    """
    has_token = bool(tokens.bearer(request.headers.get("Authorization")))
    if account.public_network_access == "Disabled":
        return gateway(403, "Public access is disabled. Please configure private endpoint.")
    if account.network == "Deny":
        return gateway(403, "Access denied due to Virtual Network/Firewall rules.")
    if account.disable_local_auth and not has_token:
        return _error(
            403,
            "AuthenticationTypeDisabled",
            "Key based authentication is disabled for this resource.",
        )
    if account.own_domain is None and has_token:
        return _error(
            400,
            "BadRequest",
            "Please provide a custom subdomain for token authentication, otherwise API key is "
            "required.",
        )
    return None if serves(account, request.path) else no_such_route()


def _error(status: int, code: str, message: str) -> Answer:
    return json_answer(status, {"error": {"code": code, "message": message}})
