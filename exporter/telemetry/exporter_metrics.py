"""Metrics of the exporter's configuration, files, port and scrapes."""

import platform
from collections.abc import Callable

from exporter import __version__
from exporter.model.shard import Shard
from exporter.telemetry.line_stream import dropped_lines
from exporter.telemetry.registry import MetricsRegistry

REFUSALS = (
    "connections",
    "malformed",
    "scrapes",
    "slow_reader",
    "slow_request",
    "tls",
    "users",
)


class ExporterMetrics:
    """The metrics of the exporter itself.

    Attributes:
        loaded_at: when the configuration in use was loaded, in Unix seconds.
    """

    def __init__(self, registry: MetricsRegistry) -> None:
        self.loaded_at: float | None = None
        self._series = registry.gauge("azure_ai_exporter_series")
        self._scrape_seconds = registry.gauge("azure_ai_exporter_scrape_duration_seconds")
        self._loaded = registry.gauge("azure_ai_exporter_config_last_reload_successful")
        self._loaded_at = registry.gauge(
            "azure_ai_exporter_config_last_reload_success_timestamp_seconds",
        )
        self._checkpoint_ok = registry.gauge("azure_ai_exporter_checkpoint_last_write_successful")
        self._checkpoint_ok.set(1)
        self._checkpoint_at = registry.gauge(
            "azure_ai_exporter_checkpoint_last_write_success_timestamp_seconds",
        )
        self._shard = registry.gauge("azure_ai_exporter_shard")
        self._shards = registry.gauge("azure_ai_exporter_shards")
        self._files_broken = registry.gauge("azure_ai_exporter_operation_files_broken")
        self._web_loaded = registry.gauge("azure_ai_exporter_web_config_last_reload_successful")
        self._web_loaded.set(1)
        self._refused = registry.counter("azure_ai_exporter_web_refused_total")
        for reason in REFUSALS:
            self._refused.labels(reason)
        self._log_lines_dropped = registry.counter("azure_ai_exporter_log_lines_dropped_total")
        self._log_lines_counted = 0
        build = registry.gauge("azure_ai_exporter_build_info")
        build.labels(__version__, platform.python_version()).set(1)

    def count_dropped_log_lines(self) -> None:
        """Count the log lines that were dropped since the last call."""
        dropped = dropped_lines()
        self._log_lines_dropped.inc(dropped - self._log_lines_counted)
        self._log_lines_counted = dropped

    def loaded(self, now: float) -> None:
        """The configuration in use was loaded at `now` (Unix seconds)."""
        self._loaded.set(1)
        self._loaded_at.set(now)
        self.loaded_at = now

    def not_loaded(self) -> None:
        """A configuration could not be loaded; the old one stays in use."""
        self._loaded.set(0)

    def sharded(self, shard: Shard) -> None:
        """Set the shard of this exporter."""
        self._shard.set(shard.index)
        self._shards.set(shard.total)

    def web_loaded(self, *, successful: bool) -> None:
        """The web configuration was read again."""
        self._web_loaded.set(successful)

    def refused(self, reason: str) -> None:
        """A client was refused or disconnected, for one of REFUSALS."""
        self._refused.labels(reason).inc()

    def checkpointed(self, *, successful: bool, now: float) -> None:
        """The checkpoint was written, or could not be."""
        self._checkpoint_ok.set(successful)
        if successful:
            self._checkpoint_at.set(now)

    def operation_files(self, broken: int) -> None:
        """Set the number of broken operation files."""
        self._files_broken.set(broken)

    def scraped(self, seconds: float) -> None:
        """A scrape was answered."""
        self._scrape_seconds.set(seconds)

    def count_series(self, count: Callable[[], float]) -> None:
        """Set the function that counts the series."""
        self._series.set_function(count)
