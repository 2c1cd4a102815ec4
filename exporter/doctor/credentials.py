"""The credentials of a resource, and whether Azure accepts them: each key, or the token."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession
from pydantic_core import from_json

from exporter.azure.auth.secret import Credential, Secret
from exporter.azure.auth.settings import Auth
from exporter.azure.exchange import Exchange
from exporter.errors import Failure, Gone, Rejected, Throttled, Unauthorised
from exporter.settings.types import name_of
from exporter.text import public

_UNAUTHORISED = "401"


@dataclass
class KeyTrials:
    """The keys of a resource, as its credential: when Azure refuses one, the next is tried.

    Attributes:
        index: of the key in use.
        accepted: the indexes of accepted keys.
        refusals: Azure's reason for each refused key, by index.
    """

    keys: tuple[str, ...]
    index: int = 0
    accepted: set[int] = field(default_factory=set)
    refusals: dict[int, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    fault: str = ""

    def open(self, session: ClientSession, proxy: str | None) -> None:
        """A key needs no connection."""

    async def current(self) -> Secret:
        return Secret(self.keys[self.index])

    async def refused(self, secret: Secret, failure: Unauthorised) -> bool:  # noqa: ARG002
        if failure.status != _UNAUTHORISED:
            return False
        self.refusals[self.index] = failure.reason
        untried = [index for index in range(len(self.keys)) if index not in self.refusals]
        self.index = untried[0] if untried else self.index
        return bool(untried)

    def refresh(self) -> None:
        """Keys are not read again."""

    async def watch(self) -> bool:
        return False

    def observe(self, exchange: Exchange) -> None:
        """Record whether an answer accepts the key in use."""
        if accepts_key(exchange.failure):
            self.accepted.add(self.index)


def accepts_key(failure: Failure | None) -> bool:
    """Whether an answer means that Azure accepted the key, even if the request failed."""
    if isinstance(failure, Rejected):
        return failure.status == "400"
    return failure is None or isinstance(failure, Gone | Throttled)


def key_names(auth: Auth) -> list[str]:
    """The name of each key in findings: its source."""
    if auth.key_files:
        return [f"the key in {name_of(path)}" for path in auth.key_files]
    if auth.key_env is not None:
        return ["the key in an environment variable"]
    return ["the key in the configuration"]


async def identity(credential: Credential) -> str | Failure:
    """A text about the identity of the token; or why there is none."""
    secret = await credential.current()
    return secret if isinstance(secret, Failure) else _identity(secret.text)


async def principal(credential: Credential) -> str:
    """The object id of the token's user; empty if the token does not tell."""
    secret = await credential.current()
    value = "" if isinstance(secret, Failure) else _claims(secret.text).get("oid")
    return public(value, 80) if isinstance(value, str) else ""


def _claims(token: str) -> Mapping[str, object]:
    """The claims of a token; they are not secret, and not verified here.

    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    try:
        part = token.split(".")[1]
        claims: object = from_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}


def _identity(token: str) -> str:
    """The claims that identify the token's user."""
    claims = _claims(token)
    claims_by_name = {
        "client id": claims.get("appid") or claims.get("azp"),
        "object id": claims.get("oid"),
        "tenant": claims.get("tid"),
        "audience": claims.get("aud"),
    }
    texts = [
        f"{name} {public(value, 80)}"
        for name, value in claims_by_name.items()
        if isinstance(value, str)
    ]
    return f"a token for {', '.join(texts)}" if texts else "a token without an identity"
