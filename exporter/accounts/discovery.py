"""All accounts of a configuration: looked for, and joined with the resources that it names."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import product

from exporter.accounts.account import decode, encode
from exporter.accounts.found import REASONS, Unwatched, choose, joined
from exporter.accounts.watcher import AccountWatcher
from exporter.config.config import Config
from exporter.telemetry.account_metrics import AccountMetrics
from exporter.telemetry.logs import logger

_NOTHING: Mapping[str, bytes] = {}


class AccountDiscovery:
    """Looks for the accounts that the latest configuration asks for.

    Attributes:
        changed: set when there are other accounts than those that were joined.
        unwatched: the accounts that cannot be watched.

    Args:
        clock: Unix seconds.
        saved: the lists of the checkpoint.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        metrics: AccountMetrics,
        saved: Mapping[str, bytes] = _NOTHING,
    ) -> None:
        self.changed = asyncio.Event()
        self.unwatched: Sequence[Unwatched] = ()
        self._clock = clock
        self._metrics = metrics
        self._lists = {source: decode(content) for source, content in saved.items()}
        self._saved = dict(saved)
        self._watchers: list[AccountWatcher] = []
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._told: tuple[Mapping[str, int], int] | None = None

    def start(self, group: asyncio.TaskGroup) -> None:
        """Look for accounts from now on, in tasks of this group."""
        self._group = group
        for watcher in self._watchers:
            self._begin(watcher)

    def joining(self) -> Callable[[Config], Config]:
        """Joins a configuration with the accounts as they are now; a thread may call it."""
        lists = dict(self._lists)
        return lambda config: joined(config, lists)

    def saved(self) -> Mapping[str, bytes]:
        """The lists for the checkpoint."""
        return self._saved

    def arrange(self, config: Config) -> None:
        """Look for what this configuration asks for, and tell what it has of it."""
        before, self._watchers = self._watchers, []
        for entry in config.discover_resources:
            if any(watcher.entry.asks_like(entry) for watcher in self._watchers):
                continue
            same = (watcher for watcher in before if watcher.entry.asks_like(entry))
            watcher = next(same, None)
            if watcher is None:
                accounts = self._lists.get(entry.source, {})
                watcher = AccountWatcher(entry, accounts, self._looked, self._clock)
                self._begin(watcher)
            self._watchers.append(watcher)
        for watcher in before:
            if watcher not in self._watchers:
                self._end(watcher)
        sources = {entry.source for entry in config.discover_resources}
        self._lists = {source: list_ for source, list_ in self._lists.items() if source in sources}
        self._saved = {source: list_ for source, list_ in self._saved.items() if source in sources}
        self._tell(config)

    def _begin(self, watcher: AccountWatcher) -> None:
        if self._group:
            self._tasks[id(watcher)] = self._group.create_task(watcher.run())

    def _end(self, watcher: AccountWatcher) -> None:
        if task := self._tasks.pop(id(watcher), None):
            task.cancel()

    def renew(self) -> None:
        """The configuration was loaded again: a refusal may have ended."""
        for watcher in self._watchers:
            watcher.renew()

    def _looked(self, watcher: AccountWatcher) -> None:
        """A look has ended with another result than the one before."""
        source = watcher.entry.source
        if watcher.complete:
            self._lists[source] = watcher.accounts
            # A new mapping: a thread writes the earlier one.
            self._saved = {**self._saved, source: encode(list(watcher.accounts.values()))}
            self.changed.set()
        self._show_up()

    def _show_up(self) -> None:
        complete: dict[str, bool] = {}
        for watcher in self._watchers:
            if watcher.complete is not None:
                scope = watcher.entry.scope
                complete[scope] = complete.get(scope, True) and watcher.complete
        self._metrics.up(complete)

    def _tell(self, config: Config) -> None:
        chosen = choose(config, self._lists)
        self.unwatched = chosen.unwatched
        scopes = dict.fromkeys(entry.scope for entry in config.discover_resources)
        resources = Counter(watched.entry.scope for watched in chosen.watched)
        reasons = Counter((each.scope, each.reason) for each in chosen.unwatched)
        by_scope = {scope: resources[scope] for scope in scopes}
        self._metrics.found(
            by_scope, {labels: reasons[labels] for labels in product(scopes, REASONS)}
        )
        self._show_up()
        self._log(by_scope)

    def _log(self, by_scope: Mapping[str, int]) -> None:
        """One line if the numbers are others than before; an empty result is a warning."""
        looked = {watcher.entry.scope for watcher in self._watchers if watcher.complete}
        counts = {scope: count for scope, count in by_scope.items() if scope in looked}
        now = counts, len(self.unwatched)
        if not counts or now == self._told:
            return
        self._told = now
        logger().info("accounts found", watched=sum(counts.values()), unwatched=now[1])
        for scope in (scope for scope, count in counts.items() if not count):
            message = (
                "no account is polled for this entry; check filters and roles, or run check --live"
            )
            logger().warning(message, subscription=scope)
