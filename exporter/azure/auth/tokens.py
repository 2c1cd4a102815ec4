"""The token of Entra ID in use: one request for all waiters, and a new one before it ends."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aiohttp import ClientSession
from pydantic_core import PydanticCustomError

from exporter.azure.auth import login
from exporter.azure.auth.entra import Entra
from exporter.azure.auth.secret import Secret
from exporter.errors import Failure, NoAnswer, Unauthorised
from exporter.files import threads
from exporter.files.stamps import Stamp, current_stamps
from exporter.settings.file_content import content_of

LOGIN_TIMEOUT = 30.0  # seconds, also for a login through the CLI
RETRY_SECONDS = 10.0  # from a failed attempt to the next
REFRESH_MARGIN = 300.0  # seconds before its end at which a token is replaced
_NEW_SECONDS = 60.0  # if a token is refused at this age, another one would be refused as well


class Tokens:
    """The token in use, for one scope; several clients may share it.

    Times are the loop's, so that changes of the clock do not matter.
    """

    def __init__(self, entra: Entra, scope: str) -> None:
        self._entra, self._scope = entra, scope
        self.files = entra.files
        self.fault = ""
        self._stamps: Mapping[Path, Stamp | None] | None = None
        self._secret = Secret("", is_token=True)
        self._received = self._due = self._ends = self._not_before = 0.0
        self._error = login.NoTokenError("no token was requested yet")
        self._turn = asyncio.Lock()
        self._sessions: list[ClientSession] = []
        self._proxy: str | None = None

    def open(self, session: ClientSession, proxy: str | None) -> None:
        self._sessions = [each for each in self._sessions if not each.closed] + [session]
        self._proxy = proxy

    async def current(self) -> Secret | Failure:
        """Only the caller that requests a new token waits for it while the old one is valid."""
        if _now() < self._due or (_now() < self._ends and self._turn.locked()):
            return self._secret
        async with self._turn:
            if _now() >= max(self._due, self._not_before):
                await self._renew()
        if _now() < self._ends:
            return self._secret
        kind = Unauthorised if self._error.refused else NoAnswer
        return kind("token", f"no token: {self._error.reason}")

    async def _renew(self) -> None:
        session = next((each for each in self._sessions if not each.closed), self._sessions[-1])
        try:
            async with asyncio.timeout(LOGIN_TIMEOUT):
                token = await login.request_token(self._entra, self._scope, session, self._proxy)
        except TimeoutError:
            self._failed(login.NoTokenError(f"the login did not answer within {LOGIN_TIMEOUT:g} s"))
        except login.NoTokenError as error:
            if session.closed and not self._sessions[-1].closed:  # its client was replaced
                await self._renew()
            else:
                self._failed(error)
        else:
            self._received = _now()
            self._ends = self._received + token.lifetime
            refresh_in = token.refresh_in or token.lifetime - REFRESH_MARGIN
            self._due = self._received + min(max(refresh_in, token.lifetime / 2), token.lifetime)
            self._secret = Secret(token.value, is_token=True)

    def _failed(self, error: login.NoTokenError) -> None:
        self._error = error
        self._not_before = _now() + RETRY_SECONDS

    async def refused(self, secret: Secret, failure: Unauthorised) -> bool:
        if secret is not self._secret:
            return True
        # Many resources may refuse the same token at once: they ask for one other token.
        self._due = min(self._due, max(_now(), self._received + RETRY_SECONDS))
        return failure.status == "401" and _now() - self._received > _NEW_SECONDS

    def refresh(self) -> None:
        """A valid token stays: every change of an operation file calls this as well."""
        self._not_before = 0.0

    async def watch(self) -> bool:
        stamps = await current_stamps(self.files)
        if stamps == self._stamps:
            return False
        is_first = self._stamps is None and not self.fault
        self.fault = await threads.run(lambda: _fault_of(self._entra))
        self._stamps = None if self.fault else stamps
        if is_first or self.fault:
            return False
        self.refresh()
        return True


def _fault_of(entra: Entra) -> str:
    """Why a file cannot be used now, for users; empty if all can."""
    try:
        for path in entra.files:
            content_of(path)
        login.proof_of(entra)
    except PydanticCustomError as error:
        return error.message()
    return ""


def _now() -> float:
    return asyncio.get_running_loop().time()
