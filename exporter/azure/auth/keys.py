"""What a request carries so that Azure accepts it: a key, or what `tokens` asks for."""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from aiohttp import ClientSession
from pydantic_core import PydanticCustomError

from exporter.azure.auth.settings import Auth, key_in
from exporter.errors import Failure, Unauthorised

LOOK = 2.0  # seconds between two looks at the files of keys
_UNAUTHORISED = "401"


class Credential(Protocol):
    """Of one resource; every request asks it."""

    def open(self, session: ClientSession, proxy: str | None) -> None:
        """Connections over which a token may be asked for."""

    async def headers(self) -> Mapping[str, str] | Failure:
        """What the next request carries, the same object while it is the same credential."""

    def refused(self, carried: Mapping[str, str], failure: Unauthorised) -> bool:
        """Azure did not accept what a request carried; whether there is another to try at once."""

    def refresh(self) -> None:
        """There is reason to look for a new one now; the old one stays if it is good."""


class Keys:
    """The key in use, of one or two. Read again when a file changes, and after a 401.

    While keys are regenerated one by one there is always one that Azure accepts.
    https://learn.microsoft.com/azure/ai-services/rotate-keys
    """

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._keys = auth.loaded_keys
        self._slot = 0
        self._headers = header_of(self._keys[0])
        self._seen: object = None
        self._look_at = 0.0

    def open(self, session: ClientSession, proxy: str | None) -> None:
        """A key needs no connection."""

    async def headers(self) -> Mapping[str, str]:
        now = asyncio.get_running_loop().time()
        if now >= self._look_at:
            self._look_at = now + LOOK
            if self._seen != _stamps(self._auth.key_files):
                self.refresh()
        return self._headers

    def refused(self, carried: Mapping[str, str], failure: Unauthorised) -> bool:
        if failure.status != _UNAUTHORISED:
            return False  # of 403 no other key knows better
        if carried is self._headers:
            self.refresh()
        if carried is self._headers:
            self._use((self._slot + 1) % len(self._keys))
        return carried is not self._headers

    def refresh(self) -> None:
        self._seen = _stamps(self._auth.key_files)
        first, *second = self._keys
        with contextlib.suppress(PydanticCustomError):
            first = self._auth.read_key()
        with contextlib.suppress(PydanticCustomError):
            second = [key_in(path) for path in self._auth.key_files[1:]]
        self._keys = (first, *second)
        self._use(self._slot)

    def _use(self, slot: int) -> None:
        self._slot = slot
        header = header_of(self._keys[slot])
        if header != self._headers:
            self._headers = header


def credential(auth: Auth) -> Credential:
    """The credential that the settings describe."""
    if auth.entra is None:
        return Keys(auth)
    from exporter.azure.auth.tokens import Tokens  # noqa: PLC0415  an extra, and slow to import

    return Tokens(auth.entra)


def header_of(key: str) -> Mapping[str, str]:
    """https://learn.microsoft.com/azure/ai-services/authentication"""  # noqa: D415
    return {"Ocp-Apim-Subscription-Key": key}


def _stamps(paths: tuple[Path, ...]) -> list[tuple[int, int, int] | None]:
    return [_stamp(path) for path in paths]


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        seen = os.stat(path)  # noqa: PTH116  cheaper, on the way of every request
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_size
