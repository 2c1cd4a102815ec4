"""Looks for accounts: one task for each entry of `discover_resources`."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from exporter.accounts.account import Account, after_round
from exporter.accounts.rounds import AccountRounds
from exporter.azure.auth.keys import tokens
from exporter.azure.budget import Budget
from exporter.azure.client import Client
from exporter.config.discover_resources import DiscoverResources
from exporter.errors import Failure
from exporter.telemetry.logs import logger
from exporter.telemetry.own_fault import own_fault

_FIRST_RETRY = 15.0  # seconds after a failed look; then twice as long, up to the interval
_TIMEOUT = 30.0  # seconds for a page, which may have 4 MB
_REQUESTS_PER_SECOND = 5.0


def manager_client(entry: DiscoverResources, clock: Callable[[], float]) -> Client:
    """A client of Azure Resource Manager: its tokens go nowhere else."""
    return Client(
        entry.manager,
        tokens(entry.entra, entry.cloud.manager_scope),
        Budget(_REQUESTS_PER_SECOND, 1),
        key_headers={"": "Authorization"},
        timeout=_TIMEOUT,
        observe=lambda _: None,
        clock=clock,
        tls=entry.tls,
        proxy=entry.proxy,
    )


@dataclass(eq=False)
class AccountWatcher:
    """The accounts of one entry, as the latest complete rounds have them.

    Attributes:
        accounts: by their key, in the order of Resource Manager.
        complete: whether the latest round was; None before the first one.
        looked: called after each round that changed accounts or `complete`.
        clock: Unix seconds.
    """

    entry: DiscoverResources
    accounts: Mapping[str, Account]
    looked: Callable[["AccountWatcher"], None]
    clock: Callable[[], float]
    complete: bool | None = None
    _missing: frozenset[str] = frozenset()
    _failures: int = 0
    _client: Client | None = field(default=None, repr=False)

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        async with manager_client(self.entry, self.clock) as self._client:
            rounds = AccountRounds(self.entry, self._client)
            while True:
                started = loop.time()
                try:
                    self._take(await rounds.read())
                    pause = self.entry.interval
                except Failure as failure:
                    pause = self._failed(failure)
                except Exception as error:  # noqa: BLE001  a bug here must not stop the polls
                    pause = self._failed(own_fault(error, subscription=self.entry.scope))
                await asyncio.sleep(started + pause - loop.time())

    def renew(self) -> None:
        """The configuration was reloaded: a refusal may have ended."""
        if self._client:
            self._client.renew()

    def _take(self, read: Sequence[Account]) -> None:
        before = self.accounts, self.complete
        self.accounts, self._missing = after_round(self.accounts, self._missing, read)
        self.complete = True
        if self._failures:
            logger().info("accounts can be listed again", subscription=self.entry.scope)
        self._failures = 0
        if before != (self.accounts, self.complete):
            self.looked(self)

    def _failed(self, failure: Failure) -> float:
        """Note a failed round; the pause after it."""
        self._failures += 1
        if self._failures == 1:
            message = "accounts cannot be listed; those of the latest complete list stay"
            logger().warning(message, subscription=self.entry.scope, reason=failure.reason)
        if self.complete is not False:
            self.complete = False
            self.looked(self)
        return self._pause(failure)

    def _pause(self, failure: Failure) -> float:
        """Seconds from the beginning of a failed round to the next."""
        interval = self.entry.interval
        growing = min(_FIRST_RETRY * 2.0 ** min(self._failures - 1, 16), interval)
        return max(growing * random.uniform(0.8, 1.0), failure.details.retry_after or 0.0)
