"""The keys of a resource as its credential, and the choice between keys and tokens."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from aiohttp import ClientSession
from pydantic_core import PydanticCustomError

from exporter.azure.auth.secret import Credential, Secret
from exporter.azure.auth.settings import Auth, key_in
from exporter.errors import Unauthorised
from exporter.files import Stamp, stamps

CHECK_INTERVAL = 2.0  # seconds between two checks of the key files
_UNAUTHORISED = "401"


class Keys:
    """The key in use, of one or two keys. Files are read again when they change, and after a 401.

    With two keys, one is always valid while they are regenerated one by one.
    https://learn.microsoft.com/azure/ai-services/rotate-keys
    """

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._keys = auth.loaded_keys
        self._slot = 0
        self._secret = Secret(self._keys[0])
        self._stamps: Mapping[Path, Stamp | None] | None = None
        self._next_check = 0.0

    def open(self, session: ClientSession, proxy: str | None) -> None:
        """A key needs no connection."""

    async def current(self) -> Secret:
        now = asyncio.get_running_loop().time()
        if now >= self._next_check:
            self._next_check = now + CHECK_INTERVAL
            if self._stamps != stamps(self._auth.key_files):
                self.refresh()
        return self._secret

    def refused(self, secret: Secret, failure: Unauthorised) -> bool:
        if failure.status != _UNAUTHORISED:
            return False  # another key would get a 403 as well
        if secret is self._secret:
            self.refresh()
        if secret is self._secret:
            self._use((self._slot + 1) % len(self._keys))
        return secret is not self._secret

    def refresh(self) -> None:
        self._stamps = stamps(self._auth.key_files)
        first, *second = self._keys
        with contextlib.suppress(PydanticCustomError):
            first = self._auth.read_key()
        with contextlib.suppress(PydanticCustomError):
            second = [key_in(path) for path in self._auth.key_files[1:]]
        self._keys = (first, *second)
        self._use(self._slot)

    def _use(self, slot: int) -> None:
        self._slot = slot
        if self._keys[slot] != self._secret.text:
            self._secret = Secret(self._keys[slot])


def credential(auth: Auth) -> Credential:
    """The credential for these settings."""
    if auth.entra is None:
        return Keys(auth)
    from exporter.azure.auth.tokens import Tokens  # noqa: PLC0415  an extra, and slow to import

    return Tokens(auth.entra)
