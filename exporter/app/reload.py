"""Reloads the configuration without a restart: on demand, and when its files change."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from exporter.app.exporter import Exporter
from exporter.app.problems import Problems
from exporter.config.config import Config
from exporter.config.operation_files import OperationFiles, planned, read
from exporter.config.plan import Changes, Plan, changed_settings, changes, plan
from exporter.config.source import Source
from exporter.files import threads
from exporter.files.stamps import Stamp, current_stamps, stamps
from exporter.settings.yaml_file import ConfigError, Problem
from exporter.telemetry.logs import logger

WATCH_SECONDS = 2.0  # between two checks of the files
RETRY_SECONDS = 10.0  # until a bad configuration is tried again: files that it names may be fixed
_GATHER_SECONDS = 0.5  # for the accounts of several subscriptions, which come at the same time


class Reloader:
    """Applies changes of the configuration and of the operation files to an exporter.

    A new configuration is read and checked completely, in a thread, before it is applied. A bad
    one changes nothing; of several files, the good ones are applied.
    """

    def __init__(
        self,
        source: Source,
        config: Config,
        exporter: Exporter,
        problems: Sequence[Problem] = (),
    ) -> None:
        self._source = source
        self._config = config
        self._started_with = config.state_file
        self._exporter = exporter
        self._files = OperationFiles()
        self._problems = Problems(exporter.telemetry)
        self._first_problems = list(problems)
        self._attempted_at = 0.0  # the loop's time of the latest attempt
        self._stamps: Mapping[Path, Stamp | None] | None = source.stamps()
        self._tls = stamps(config.tls_files)
        self._lock = asyncio.Lock()

    @property
    def problems(self) -> list[Problem]:
        """The problems of the operation files."""
        return self._problems.operation_files

    @property
    def load_problems(self) -> list[Problem]:
        """Why the current configuration cannot be used; the earlier one stays in use."""
        return self._problems.config

    async def reload(self) -> tuple[Changes, Sequence[str]]:
        """Load the current configuration.

        Returns the changed operations, and the names of the changed settings.

        Raises:
            ConfigError: it is bad, and the old configuration stays in use; or some of its files
                are, whose last good content stays in use.
        """
        async with self._lock:
            self._stamps = await threads.run(self._source.stamps)
            before = self._config
            try:
                changed = await self._load()
            except ConfigError as error:
                self._problems.not_loaded(error.problems)
                if not any(problem.line for problem in error.problems):
                    self._stamps = None  # a file itself could not be read: try again
                raise
            finally:
                self._attempted_at = asyncio.get_running_loop().time()
            self._problems.config = []
            if self._config.state_file != self._started_with:
                logger().warning("the new state_file takes effect at the next start")
            self._exporter.telemetry.exporter.loaded(self._exporter.clock())
            names = list(changed_settings(before, self._config))
            logger().info(
                "configuration loaded",
                added=len(changed.added),
                removed=len(changed.removed),
                changed=len(changed.changed),
                settings=", ".join(names),
            )
            return changed, names

    async def _load(self) -> Changes:
        """Apply what can be loaded.

        Raises:
            ConfigError: something cannot.
        """
        config, problems = await threads.run(self._source.load)
        if problems and config == self._config:
            raise ConfigError(list(problems))
        files = await self._read_files(config)
        self._exporter.accounts.renew()
        changed = await self._apply(config, files)
        if problems:
            raise ConfigError(list(problems))
        return changed

    async def start(self) -> None:
        """Read the operation files for the first time; tell what was not loaded."""
        if self._first_problems:
            self._problems.not_loaded(self._first_problems)
        async with self._lock:
            await self._apply(self._config, await self._read_files(self._config))

    async def watch(self) -> None:
        """Check the files every few seconds, until cancelled.

        They are checked by name: Kubernetes replaces a link above a mounted file.
        """
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if (
                await threads.run(self._source.stamps) != self._stamps
                or await self._tls_changed()
                or self._retry_due()
            ):
                try:
                    await self.reload()
                except ConfigError:
                    continue  # already logged; the old configuration stays
            elif self._config.operation_files:
                async with self._lock:
                    files = await self._read_files(self._config)
                    if files != self._files:
                        await self._apply(self._config, files)

    async def follow_accounts(self) -> None:
        """Apply the accounts that were found, whenever they change, until cancelled."""
        changed = self._exporter.accounts.changed
        while True:
            await changed.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            changed.clear()
            async with self._lock:
                await self._apply(self._config, self._files)

    def _retry_due(self) -> bool:
        return (
            bool(self._problems.config)
            and asyncio.get_running_loop().time() - self._attempted_at > RETRY_SECONDS
        )

    async def _read_files(self, config: Config) -> OperationFiles:
        return await threads.run(lambda: read(config, self._source.folder, self._files))

    async def _tls_changed(self) -> bool:
        """Whether a certificate or key of a resource was replaced since the last check."""
        before, self._tls = self._tls, await current_stamps(self._config.tls_files)
        return any(before.get(path, now) != now for path, now in self._tls.items())

    async def _apply(self, config: Config, files: OperationFiles) -> Changes:
        before = self._exporter.plan
        join = self._exporter.accounts.joining()
        after, changed, problems = await threads.run(
            lambda: _build_plan(join(config), files, before)
        )
        await self._exporter.apply(after, changed)
        self._config, self._files = config, files
        self._problems.in_operation_files(files.problems + problems)
        return changed


def _build_plan(
    config: Config,
    files: OperationFiles,
    before: Plan,
) -> tuple[Plan, Changes, list[Problem]]:
    registered, problems = planned(config, files)
    after = plan(config, registered, before.shard)
    return after, changes(before, after), problems
