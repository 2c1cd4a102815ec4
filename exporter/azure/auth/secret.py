"""The secret that authorises a request, a key or a token, and the credential that provides it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aiohttp import ClientSession

from exporter.errors import Failure, Unauthorised
from exporter.redaction.own_secrets import own_secrets


@dataclass(frozen=True, slots=True, eq=False)
class Secret:
    """A key of a resource, or a token of Entra ID.

    https://learn.microsoft.com/azure/ai-services/authentication
    """

    text: str = field(repr=False)
    is_token: bool = False

    def __post_init__(self) -> None:
        own_secrets.add(self.text)

    def headers(self, key_header: str) -> Mapping[str, str]:
        """The headers of a request; `key_header` is the header in which its API accepts keys."""
        own_secrets.add(self.text)
        if self.is_token:
            return {"Authorization": f"Bearer {self.text}"}
        return {key_header: self.text}


class Credential(Protocol):
    """The credential of one resource; provides the secret of each request."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it reads."""

    @property
    def fault(self) -> str:
        """Why a file cannot be used now, for users; empty if all can."""

    def open(self, session: ClientSession, proxy: str | None) -> None:
        """Set the session and the proxy for requests for tokens."""

    async def current(self) -> Secret | Failure:
        """The secret for the next request; the same object until it changes."""

    async def refused(self, secret: Secret, failure: Unauthorised) -> bool:
        """Note that Azure refused a secret; True if there is another to try at once."""

    def refresh(self) -> None:
        """Check for a new secret before the next request; a valid one stays."""

    async def watch(self) -> bool:
        """Look at the files; True if they changed so that a refusal may have ended."""
