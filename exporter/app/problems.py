"""The problems of the configuration and of operation files: each is logged once, and kept."""

from collections.abc import Sequence

from exporter.settings.yaml_file import Problem
from exporter.telemetry.logs import logger
from exporter.telemetry.metrics import Telemetry

_PROBLEMS_LOGGED = 10  # new problems that are logged one by one; /api/v1/operations has all


class Problems:
    """The problems now.

    Attributes:
        config: why the configuration, or some of its files, cannot be used; the last good content
            stays in use.
        operation_files: those of the operation files.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self.config: list[Problem] = []
        self.operation_files: list[Problem] = []
        self._telemetry = telemetry

    def not_loaded(self, problems: Sequence[Problem]) -> None:
        """The configuration could not be loaded, or not all of it."""
        self._telemetry.exporter.not_loaded()
        for problem in problems:
            if problem not in self.config:
                logger().error("configuration not loaded", problem=str(problem))
        self.config = list(problems)

    def in_operation_files(self, problems: list[Problem]) -> None:
        """The operation files were read."""
        known_problems = set(self.operation_files)
        new_problems = [problem for problem in problems if problem not in known_problems]
        for problem in new_problems[:_PROBLEMS_LOGGED]:
            logger().warning("operation file has errors", problem=str(problem))
        if len(new_problems) > _PROBLEMS_LOGGED:
            logger().warning("more operation files have errors", problems=len(problems))
        if self.operation_files and not problems:
            logger().info("all operation files are valid again")
        self.operation_files = problems
        self._telemetry.exporter.operation_files(len({problem.file for problem in problems}))
