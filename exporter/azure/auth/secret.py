"""What proves to Azure who asks: a key or a token, and where requests get one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import ClientSession

from exporter.errors import Failure, Unauthorised


@dataclass(frozen=True, slots=True, eq=False)
class Secret:
    """A key of a resource, or a token of Entra ID.

    https://learn.microsoft.com/azure/ai-services/authentication
    """

    text: str = field(repr=False)
    is_token: bool = False

    def headers(self, key_header: str) -> Mapping[str, str]:
        """What a request carries; `key_header` is the header in which its API takes keys."""
        if self.is_token:
            return {"Authorization": f"Bearer {self.text}"}
        return {key_header: self.text}


class Credential(Protocol):
    """Of one resource; every request asks it."""

    def open(self, session: ClientSession, proxy: str | None) -> None:
        """Connections over which a token may be asked for."""

    async def current(self) -> Secret | Failure:
        """What the next request carries: the same object until there is another secret."""

    def refused(self, carried: Secret, failure: Unauthorised) -> bool:
        """Azure did not accept what a request carried; whether there is another to try at once."""

    def refresh(self) -> None:
        """There is reason to look for a new one now; the old one stays if it is good."""
