"""What a resource's requests carry, and what Azure makes of it: keys one by one, or a token."""

import base64
import binascii
from dataclasses import dataclass, field

from aiohttp import ClientSession
from pydantic_core import from_json

from exporter.azure.auth.secret import Credential, Secret
from exporter.azure.auth.settings import Auth
from exporter.azure.client import Exchange
from exporter.errors import Failure, Gone, Rejected, Throttled, Unauthorised
from exporter.settings.types import name_of
from exporter.text import public

_UNAUTHORISED = "401"
_WORD = 5  # characters; what is no longer than this is no secret, and stands in many words


@dataclass
class Ring:
    """The keys of a resource, as its credential: when one is refused, the next is tried at once.

    Attributes:
        accepted: the places of those that Azure has answered to.
        refused: what Azure said to the others.
    """

    keys: tuple[str, ...]
    slot: int = 0
    accepted: set[int] = field(default_factory=set)
    refusals: dict[int, str] = field(default_factory=dict)

    def open(self, session: ClientSession, proxy: str | None) -> None:
        """A key needs no connection."""

    async def current(self) -> Secret:
        return Secret(self.keys[self.slot])

    def refused(self, carried: Secret, failure: Unauthorised) -> bool:  # noqa: ARG002
        if failure.status != _UNAUTHORISED:
            return False
        self.refusals[self.slot] = failure.reason
        left = [slot for slot in range(len(self.keys)) if slot not in self.refusals]
        self.slot = left[0] if left else self.slot
        return bool(left)

    def refresh(self) -> None:
        """The keys are those of the configuration."""

    def answered(self, exchange: Exchange) -> None:
        """Take note of what an answer says of the key that is in use."""
        if speaks_for_key(exchange.failure):
            self.accepted.add(self.slot)


def speaks_for_key(failure: Failure | None) -> bool:
    """Whether Azure has looked at the key and found it good, whatever else it said."""
    if isinstance(failure, Rejected):
        return failure.status == "400"
    return failure is None or isinstance(failure, Gone | Throttled)


def names_of_keys(auth: Auth) -> list[str]:
    """Each key as a finding names it: by where it comes from."""
    if auth.key_files:
        return [f"the key in {name_of(path)}" for path in auth.key_files]
    if auth.key_env is not None:
        return ["the key in an environment variable"]
    return ["the key in the configuration"]


def secrets(auth: Auth, token: str = "") -> list[str]:
    """All that no finding may repeat, should Azure or who stands in for it do so."""
    known = [*auth.loaded_keys]
    if auth.entra is not None:
        known += [auth.entra.secret]
    return [secret for secret in (*known, token) if len(secret) > _WORD]


async def token(credential: Credential) -> tuple[str, str] | Failure:
    """The token, and for whom it is, in words; or why there is none."""
    secret = await credential.current()
    if isinstance(secret, Failure):
        return secret
    return secret.text, _identity(secret.text)


def _identity(written: str) -> str:
    """The claims that say who it is: they are no secret, and are looked at, not verified.

    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    try:
        part = written.split(".")[1]
        claims: object = from_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return "a token that does not say for whom"
    if not isinstance(claims, dict):
        return "a token that does not say for whom"
    said = {
        "client id": claims.get("appid") or claims.get("azp"),
        "object id": claims.get("oid"),
        "tenant": claims.get("tid"),
        "audience": claims.get("aud"),
    }
    known = [
        f"{name} {public(value, 80)}" for name, value in said.items() if isinstance(value, str)
    ]
    return f"a token for {', '.join(known)}" if known else "a token that does not say for whom"
