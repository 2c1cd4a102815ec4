"""A token of Entra ID: asked for once for all that wait, and again before it ends."""

import asyncio

from aiohttp import ClientSession

from exporter.azure.auth import login
from exporter.azure.auth.entra import Entra
from exporter.azure.auth.secret import Secret
from exporter.errors import Failure, NoAnswer, Unauthorised

PATIENCE = 30.0  # seconds that the login may take, the CLI's included
RETRY = 10.0  # seconds from a failed attempt to the next
EARLY = 300.0  # seconds before its end at which a token is replaced
_YOUNG = 60.0  # seconds; a token refused so soon is not the one at fault


class Tokens:
    """The token in use. Time is the loop's: a clock that jumps ends no token."""

    def __init__(self, entra: Entra) -> None:
        self._entra = entra
        self._secret = Secret("", is_token=True)
        self._got = self._due = self._ends = self._not_before = 0.0
        self._why = login.NoTokenError("nothing was asked yet")
        self._turn = asyncio.Lock()
        self._session: ClientSession
        self._proxy: str | None = None

    def open(self, session: ClientSession, proxy: str | None) -> None:
        self._session, self._proxy = session, proxy

    async def current(self) -> Secret | Failure:
        """Nobody waits for a new token while the old one is good, but the one who asks for it."""
        if _now() < self._due or (_now() < self._ends and self._turn.locked()):
            return self._secret
        async with self._turn:
            if _now() >= max(self._due, self._not_before):
                await self._renew()
        if _now() < self._ends:
            return self._secret
        kind = Unauthorised if self._why.refused else NoAnswer
        return kind("token", f"no token: {self._why.reason}")

    async def _renew(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                token = await login.token(self._entra, self._session, self._proxy)
        except TimeoutError:
            self._failed(login.NoTokenError(f"the login did not answer within {PATIENCE:g} s"))
        except login.NoTokenError as error:
            self._failed(error)
        else:
            self._got = _now()
            self._ends = self._got + token.lifetime
            wish = token.refresh_in or token.lifetime - EARLY
            self._due = self._got + min(max(wish, token.lifetime / 2), token.lifetime)
            self._secret = Secret(token.value, is_token=True)

    def _failed(self, why: login.NoTokenError) -> None:
        self._why = why
        self._not_before = _now() + RETRY

    def refused(self, carried: Secret, failure: Unauthorised) -> bool:
        if carried is not self._secret:
            return True
        self._due = 0.0
        return failure.status == "401" and _now() - self._got > _YOUNG

    def refresh(self) -> None:
        """A good token stays: this comes with every change of a file of operations, too."""
        self._not_before = 0.0


def _now() -> float:
    return asyncio.get_running_loop().time()
