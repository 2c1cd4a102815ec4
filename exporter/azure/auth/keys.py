"""The keys of a resource as its credential, and the choice between keys and tokens."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from aiohttp import ClientSession
from pydantic_core import PydanticCustomError

from exporter.azure.auth.entra import Entra
from exporter.azure.auth.secret import Credential, Secret
from exporter.azure.auth.settings import Auth, key_in
from exporter.errors import Failure, Unauthorised
from exporter.files import threads
from exporter.files.stamps import Stamp, current_stamps
from exporter.settings.types import name_of

_UNAUTHORISED = "401"


class Keys:
    """The key in use, of one or two keys. Files are read again when they change, and after a 401.

    With two keys, one is always valid while they are regenerated one by one.
    https://learn.microsoft.com/azure/ai-services/rotate-keys
    """

    def __init__(self, auth: Auth) -> None:
        self.files = auth.key_files
        self._keys = auth.loaded_keys
        unread = (path for path, key in zip(self.files, self._keys, strict=False) if not key)
        self.fault = "; ".join(f"{name_of(path)} does not respond" for path in unread)
        self._slot = 0
        self._secret = Secret(self._keys[0])
        self._stamps: Mapping[Path, Stamp | None] | None = None
        self._is_stale = False
        self._reading = asyncio.Lock()

    def open(self, session: ClientSession, proxy: str | None) -> None:
        """A key needs no connection."""

    async def current(self) -> Secret | Failure:
        if self._is_stale:
            await self._read()
        if not self._secret.text:
            return Unauthorised("token", f"no key: {self.fault}")
        return self._secret

    async def refused(self, secret: Secret, failure: Unauthorised) -> bool:
        if failure.status != _UNAUTHORISED:
            return False  # another key would get a 403 as well
        async with self._reading:
            if secret is self._secret:
                await self._read_files()
            if secret is self._secret:
                self._use((self._slot + 1) % len(self._keys))
        return secret is not self._secret

    def refresh(self) -> None:
        self._is_stale = True

    async def watch(self) -> bool:
        if self._stamps == await current_stamps(self.files):
            return False
        before = self._keys
        await self._read()
        return self._keys != before

    async def _read(self) -> None:
        async with self._reading:
            await self._read_files()

    async def _read_files(self) -> None:
        self._is_stale = False
        if not self.files:
            return
        stamps = await current_stamps(self.files)
        work = partial(_keys_in, self.files, self._keys)
        self._keys, self.fault = await threads.run(work)
        self._stamps = None if self.fault else stamps
        self._use(self._slot)

    def _use(self, slot: int) -> None:
        """Use the key of this slot, or of the next one that has a key."""
        slots = (*range(slot, len(self._keys)), *range(slot))
        self._slot = next((slot for slot in slots if self._keys[slot]), slot)
        if self._keys[self._slot] != self._secret.text:
            self._secret = Secret(self._keys[self._slot])


def _keys_in(files: tuple[Path, ...], known: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The keys in the files, or else the known ones; and why files cannot be used."""
    keys: list[str] = []
    faults: list[str] = []
    for path, earlier in zip(files, known, strict=True):
        try:
            keys.append(key_in(path))
        except PydanticCustomError as error:
            keys.append(earlier)
            faults.append(error.message())
    return tuple(keys), "; ".join(faults)


def credential(auth: Auth, endpoint: str) -> Credential:
    """The credential for these settings, as the endpoint accepts it."""
    if auth.entra is None:
        return Keys(auth)
    return tokens(auth.entra, auth.entra.azure_cloud.scope_at(endpoint))


def tokens(entra: Entra, scope: str) -> Credential:
    """The credential with tokens of a scope."""
    from exporter.azure.auth.tokens import Tokens  # noqa: PLC0415  an extra, and slow to import

    return Tokens(entra, scope)
