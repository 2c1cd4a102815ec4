"""The login: the token endpoint of Entra ID, and that of a managed identity.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

import re
from urllib.parse import parse_qs

from exporter.simulator.manager import tokens
from exporter.simulator.messages import Answer, Request, json_answer

SECRET = "simulator-secret"  # noqa: S105  the simulator's own
IDENTITY_PATH = "/identity/token"
IDENTITY_HEADER = "simulator"

# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_NO_TENANT = (400, "invalid_request", 90002, "Tenant not found.")
_NO_GRANT = (400, "unsupported_grant_type", 70003, "The grant type is not supported.")
_NO_APPLICATION = (400, "unauthorized_client", 700016, "Application was not found.")
_NO_SECRET = (401, "invalid_client", 7000215, "Invalid client secret provided.")
_NO_AUDIENCE = (400, "invalid_resource", 500011, "The resource principal was not found.")
_TOKEN_PATH = re.compile(r"/([^/]+)/oauth2/v2\.0/token")


def is_login(path: str) -> bool:
    """Whether a path belongs to the login."""
    return path == IDENTITY_PATH or _TOKEN_PATH.fullmatch(path) is not None


def answer(request: Request, now: float) -> Answer:
    """A token, or why there is none."""
    if request.path == IDENTITY_PATH:
        return _managed_identity(request, now)
    match = _TOKEN_PATH.fullmatch(request.path)
    form = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
    audience = form.get("scope", "").removesuffix("/.default").rstrip("/")
    proven = form.get("client_secret") == SECRET or "client_assertion" in form
    checks = (
        (match is not None and match[1] == tokens.TENANT, _NO_TENANT),
        (form.get("grant_type") == "client_credentials", _NO_GRANT),
        (form.get("client_id") == tokens.CLIENT, _NO_APPLICATION),
        (proven, _NO_SECRET),
        (audience in tokens.AUDIENCES, _NO_AUDIENCE),
    )
    for passed, refusal in checks:
        if not passed:
            return _refused(*refusal)
    return json_answer(
        200,
        {
            "token_type": "Bearer",
            "expires_in": tokens.LIFETIME,
            "ext_expires_in": tokens.LIFETIME,
            "access_token": tokens.issue(audience, now),
        },
    )


def _managed_identity(request: Request, now: float) -> Answer:
    """The answer of App Service and Container Apps, which is reached by plain http."""
    if request.headers.get("X-IDENTITY-HEADER") != IDENTITY_HEADER:
        return json_answer(401, {"statusCode": 401, "message": "Unauthorized"})
    audience = (request.argument("resource") or "").rstrip("/")
    if audience not in tokens.AUDIENCES:
        return json_answer(400, {"statusCode": 400, "message": "Unknown resource"})
    return json_answer(
        200,
        {
            "access_token": tokens.issue(audience, now),
            "expires_on": str(int(now) + tokens.LIFETIME),
            "resource": audience,
            "token_type": "Bearer",
            "client_id": tokens.CLIENT,
        },
    )


def _refused(status: int, error: str, code: int, text: str) -> Answer:
    body = {"error": error, "error_description": f"AADSTS{code}: {text}", "error_codes": [code]}
    return json_answer(status, body)
