"""Errors of Azure Resource Manager, in its words.

https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
"""

from exporter.simulator.manager import tokens
from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.services.errors import Refusal

VERSIONS = (
    *("2021-04-30", "2021-10-01", "2022-03-01", "2022-10-01", "2022-12-01", "2023-05-01"),
    *("2024-10-01", "2025-06-01", "2025-09-01", "2026-03-01", "2026-05-01"),
)
_TOKEN_ERRORS = {
    "invalid": ("InvalidAuthenticationToken", "The access token is invalid."),
    "audience": (
        "InvalidAuthenticationTokenAudience",
        "The access token has been obtained for wrong audience or resource.",
    ),
    "expired": ("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier."),
}


def refused(refusal: Refusal) -> Answer:
    return json_answer(
        refusal.status, {"error": {"code": refusal.code, "message": refusal.message}}
    )


def unauthorised(problem: str = "") -> Answer:
    """401 for a token with this problem, or without one."""
    missing = "Authentication failed. The 'Authorization' header is missing."
    code, text = _TOKEN_ERRORS.get(problem, ("AuthenticationFailed", missing))
    login = f"https://login.microsoftonline.com/{tokens.TENANT}"
    challenge = f'Bearer authorization_uri="{login}", error="invalid_token"'
    return refused(Refusal(401, code, text)).plus(WWW_Authenticate=challenge)


def throttled(request: Request, seconds: int) -> Answer:
    """Too many reads of a subscription; the seconds stand in the text and in Retry-After."""
    subscription = request.path.split("/")[2] if request.path.count("/") > 1 else ""
    text = (
        f"Number of 'read' requests for subscription '{subscription}' actor '{tokens.PRINCIPAL}' "
        f"exceeded. Please try again after '{seconds}' seconds."
    )
    answer = refused(Refusal(429, "SubscriptionRequestsThrottled", text))
    return answer.plus(Retry_After=str(seconds))


def forbidden(request: Request) -> Answer:
    """No role that reads accounts; the scope is what was asked for."""
    scope = request.path.split("/providers/")[0] or request.path
    text = (
        f"The client '{tokens.CLIENT}' with object id '{tokens.PRINCIPAL}' does not have "
        "authorization to perform action 'Microsoft.CognitiveServices/accounts/read' over scope "
        f"'{scope}' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials."
    )
    return refused(Refusal(403, "AuthorizationFailed", text))


def check_version(request: Request, *supported: str) -> None:
    """Raise a Refusal unless the api-version is one of these."""
    version = request.argument("api-version")
    if version is None:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        raise Refusal(400, "MissingApiVersionParameter", text)
    if version not in supported:
        text = (
            "The resource type 'accounts' could not be found in the namespace "
            f"'Microsoft.CognitiveServices' for api version '{version}'. The supported "
            f"api-versions are '{','.join(supported)}'."
        )
        raise Refusal(400, "InvalidResourceType", text)
