"""The configuration again, without a restart: on demand, and when its files have changed."""

import asyncio
from pathlib import Path

from exporter.app.exporter import Exporter
from exporter.config.config import Config, load
from exporter.config.operation_files import OperationFiles, planned, read
from exporter.config.plan import Changes, Plan, changes, plan
from exporter.files import stamp, stamps
from exporter.settings.yaml_file import ConfigError, Problem
from exporter.telemetry.logs import logger

WATCH = 2.0  # seconds between two looks at the files
AGAIN = 10.0  # seconds until a bad one is tried again: what it names may be right by then
_SAID = 10  # new problems of files that are logged one by one; all are in /api/v1/operations


class Reloader:
    """Keeps an exporter in step with its configuration file and the files of operations.

    A new configuration is built whole, off the event loop, before anything of it is applied; a
    bad one changes nothing.
    """

    def __init__(self, path: Path, config: Config, exporter: Exporter) -> None:
        self._path = path
        self._config = config
        self._started_with = config.state_file
        self._exporter = exporter
        self._files = OperationFiles()
        self._problems: list[Problem] = []
        self._bad: list[Problem] = []
        self._tried = 0.0  # the loop's time of the latest try
        self._stamp = stamp(path)
        self._tls = stamps(config.tls_files)
        self._turn = asyncio.Lock()

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the files of operations."""
        return self._problems

    @property
    def bad(self) -> list[Problem]:
        """Why the configuration as it is now cannot be used; the one before it runs."""
        return self._bad

    async def reload(self) -> Changes:
        """Take the configuration as it is now.

        Raises:
            ConfigError: it is bad; the old one stays.
        """
        async with self._turn:
            self._stamp = stamp(self._path)
            try:
                config = await asyncio.to_thread(load, self._path)
                files = await asyncio.to_thread(read, config, self._path.parent, self._files)
                changed = await self._apply(config, files)
            except ConfigError as error:
                self._exporter.telemetry.exporter.not_loaded()
                for problem in error.problems:
                    if problem not in self._bad:
                        logger().error("configuration not loaded", problem=str(problem))
                self._bad = error.problems
                if not any(problem.line for problem in error.problems):
                    self._stamp = None  # the file itself could not be read: to be tried again
                raise
            finally:
                self._tried = asyncio.get_running_loop().time()
            self._bad = []
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
        async with self._turn:
            files = await asyncio.to_thread(read, self._config, self._path.parent, self._files)
            await self._apply(self._config, files)

    async def watch(self) -> None:
        """Look at the files now and then, until cancelled.

        They are looked at by name: Kubernetes swaps a link above a mounted file.
        """
        while True:
            await asyncio.sleep(WATCH)
            if stamp(self._path) != self._stamp or self._tls_changed() or self._tries_again():
                try:
                    await self.reload()
                except ConfigError:
                    continue  # it was said, and the old one stays
            elif self._config.operation_files:
                async with self._turn:
                    folder = self._path.parent
                    files = await asyncio.to_thread(read, self._config, folder, self._files)
                    if files != self._files:
                        await self._apply(self._config, files)

    def _tries_again(self) -> bool:
        return bool(self._bad) and asyncio.get_running_loop().time() - self._tried > AGAIN

    def _tls_changed(self) -> bool:
        """Whether a certificate or key of a resource was replaced since the last look."""
        before, self._tls = self._tls, stamps(self._config.tls_files)
        return any(before.get(path, now) != now for path, now in self._tls.items())

    async def _apply(self, config: Config, files: OperationFiles) -> Changes:
        before = self._exporter.plan
        after, changed, problems = await asyncio.to_thread(_built, config, files, before)
        await self._exporter.apply(after, changed)
        self._config, self._files = config, files
        self._say(files.problems + problems)
        return changed

    def _say(self, problems: list[Problem]) -> None:
        known = set(self._problems)
        new = [problem for problem in problems if problem not in known]
        for problem in new[:_SAID]:
            logger().warning("file of operations is not right", problem=str(problem))
        if len(new) > _SAID:
            logger().warning("more files of operations are not right", problems=len(problems))
        if self._problems and not problems:
            logger().info("files of operations are all right again")
        self._problems = problems
        self._exporter.telemetry.exporter.operation_files(
            len({problem.file for problem in problems})
        )


def _built(
    config: Config,
    files: OperationFiles,
    before: Plan,
) -> tuple[Plan, Changes, list[Problem]]:
    registered, problems = planned(config, files)
    after = plan(config, registered, before.shard)
    return after, changes(before, after), problems
