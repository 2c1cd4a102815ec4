"""Reloads the configuration without a restart: on demand, and when its files change."""

import asyncio
from pathlib import Path

from exporter.app.exporter import Exporter
from exporter.config.config import Config, load
from exporter.config.operation_files import OperationFiles, planned, read
from exporter.config.plan import Changes, Plan, changes, plan
from exporter.files import threads
from exporter.files.stamps import Stamp, current_stamps, stamps
from exporter.settings.yaml_file import ConfigError, Problem
from exporter.telemetry.logs import logger

WATCH_SECONDS = 2.0  # between two checks of the files
RETRY_SECONDS = 10.0  # until a bad configuration is tried again: files that it names may be fixed
_GATHER_SECONDS = 0.5  # for the accounts of several subscriptions, which come at the same time
_PROBLEMS_LOGGED = 10  # new problems that are logged one by one; /api/v1/operations has all


class Reloader:
    """Applies changes of the configuration file and of the files of operations to an exporter.

    A new configuration is read and checked completely, in a thread, before it is applied. A bad
    one changes nothing.
    """

    def __init__(self, path: Path, config: Config, exporter: Exporter) -> None:
        self._path = path
        self._config = config
        self._started_with = config.state_file
        self._exporter = exporter
        self._files = OperationFiles()
        self._problems: list[Problem] = []
        self._load_problems: list[Problem] = []
        self._attempted_at = 0.0  # the loop's time of the latest attempt
        self._stamp = stamps((path,))[path]
        self._tls = stamps(config.tls_files)
        self._lock = asyncio.Lock()

    @property
    def problems(self) -> list[Problem]:
        """The problems of the files of operations."""
        return self._problems

    @property
    def load_problems(self) -> list[Problem]:
        """Why the current configuration file cannot be used; the earlier one stays in use."""
        return self._load_problems

    async def reload(self) -> Changes:
        """Load the current configuration file.

        Raises:
            ConfigError: it is bad; the old configuration stays in use.
        """
        async with self._lock:
            self._stamp = await _stamp_of(self._path)
            try:
                config = await threads.run(lambda: load(self._path))
                files = await self._read_files(config)
                self._exporter.accounts.renew()
                changed = await self._apply(config, files)
            except ConfigError as error:
                self._exporter.telemetry.exporter.not_loaded()
                for problem in error.problems:
                    if problem not in self._load_problems:
                        logger().error("configuration not loaded", problem=str(problem))
                self._load_problems = error.problems
                if not any(problem.line for problem in error.problems):
                    self._stamp = None  # the file itself could not be read: try again
                raise
            finally:
                self._attempted_at = asyncio.get_running_loop().time()
            self._load_problems = []
            if config.state_file != self._started_with:
                logger().warning("another state_file takes effect at the next start")
            self._exporter.telemetry.exporter.loaded(self._exporter.clock())
            logger().info(
                "configuration loaded",
                added=len(changed.added),
                removed=len(changed.removed),
                changed=len(changed.changed),
            )
            return changed

    async def start(self) -> None:
        """Read the files of operations for the first time."""
        async with self._lock:
            await self._apply(self._config, await self._read_files(self._config))

    async def watch(self) -> None:
        """Check the files every few seconds, until cancelled.

        They are checked by name: Kubernetes replaces a link above a mounted file.
        """
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if (
                await _stamp_of(self._path) != self._stamp
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
            bool(self._load_problems)
            and asyncio.get_running_loop().time() - self._attempted_at > RETRY_SECONDS
        )

    async def _read_files(self, config: Config) -> OperationFiles:
        return await threads.run(lambda: read(config, self._path.parent, self._files))

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
        self._report(files.problems + problems)
        return changed

    def _report(self, problems: list[Problem]) -> None:
        """Log new problems, and store all."""
        known_problems = set(self._problems)
        new_problems = [problem for problem in problems if problem not in known_problems]
        for problem in new_problems[:_PROBLEMS_LOGGED]:
            logger().warning("file of operations is not right", problem=str(problem))
        if len(new_problems) > _PROBLEMS_LOGGED:
            logger().warning("more files of operations are not right", problems=len(problems))
        if self._problems and not problems:
            logger().info("files of operations are all right again")
        self._problems = problems
        self._exporter.telemetry.exporter.operation_files(
            len({problem.file for problem in problems})
        )


async def _stamp_of(path: Path) -> Stamp | None:
    return (await current_stamps((path,)))[path]


def _build_plan(
    config: Config,
    files: OperationFiles,
    before: Plan,
) -> tuple[Plan, Changes, list[Problem]]:
    registered, problems = planned(config, files)
    after = plan(config, registered, before.shard)
    return after, changes(before, after), problems
