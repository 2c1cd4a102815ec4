"""Tokens of the local login: JSON Web Tokens with the claims of Entra ID, signed with a hash. Pure.

https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

import base64
import hashlib
import hmac
import json

TENANT = "aaaaaaaa-0000-0000-0000-000000000001"
CLIENT = "bbbbbbbb-0000-0000-0000-000000000002"
PRINCIPAL = "cccccccc-0000-0000-0000-000000000003"
LIFETIME = 3599  # seconds
MANAGER = "https://management.azure.com"
DATA_PLANE = "https://cognitiveservices.azure.com"
AUDIENCES = frozenset({MANAGER, DATA_PLANE, "https://ai.azure.com"})

_SIGNED_WITH = b"the simulator"


def issue(audience: str, now: float) -> str:
    """A token for an audience, without a slash at its end."""
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": int(now),
        "nbf": int(now),
        "exp": int(now) + LIFETIME,
        "appid": CLIENT,
        "oid": PRINCIPAL,
        "tid": TENANT,
    }
    head = f"{_encoded({'typ': 'JWT', 'alg': 'HS256'})}.{_encoded(claims)}"
    return f"{head}.{_signature(head)}"


def problem_of(token: str, audiences: frozenset[str], now: float) -> str:
    """What is wrong with a token: `invalid`, `audience` or `expired`; empty if nothing is."""
    head, _, signature = token.rpartition(".")
    if not head or not hmac.compare_digest(signature.encode(), _signature(head).encode()):
        return "invalid"
    part = head.partition(".")[2]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if claims["aud"] not in audiences:
        return "audience"
    return "" if now < claims["exp"] else "expired"


def bearer(header: str | None) -> str:
    """The token in the header `Authorization`; empty if there is none."""
    kind, _, token = (header or "").partition(" ")
    return token if kind == "Bearer" else ""


def _signature(head: str) -> str:
    return _encoded_bytes(hmac.digest(_SIGNED_WITH, head.encode(), hashlib.sha256))


def _encoded(value: object) -> str:
    return _encoded_bytes(json.dumps(value, separators=(",", ":")).encode())


def _encoded_bytes(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
