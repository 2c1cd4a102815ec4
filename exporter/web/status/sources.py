"""The parts of the exporter from which the pages are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exporter.accounts.found import Unwatched
from exporter.azure.client import Client
from exporter.config.config import Config
from exporter.config.sections import SectionKey
from exporter.model.shard import Shard
from exporter.model.store import Store
from exporter.polling.list_watcher import ListWatcher
from exporter.polling.poller import Poller
from exporter.telemetry.activity import Activity
from exporter.telemetry.history import History
from exporter.telemetry.metrics import Telemetry
from exporter.telemetry.progress import ProgressHistory
from exporter.telemetry.today import Today


@dataclass(frozen=True)
class Sources:
    """The parts of the exporter that the pages read.

    Attributes:
        config: the running configuration.
        clients: the client of each resource, by its name.
        problems: problems with operation files, in sentences.
        unwatched: accounts that were found and cannot be watched.
        not_loaded: why the file of the configuration cannot be used; empty if it is running.
        lifecycle: whether visitors may have operations polled.
        shard: the part of the operations that this exporter polls.
        clock: Unix seconds.
    """

    store: Store
    history: History
    activity: Activity
    progress: ProgressHistory
    today: Today
    poller: Poller
    lists: Mapping[SectionKey, ListWatcher]
    telemetry: Telemetry
    config: Callable[[], Config]
    clients: Callable[[], Mapping[str, Client]]
    problems: Callable[[], Sequence[str]]
    not_loaded: Callable[[], Sequence[str]]
    unwatched: Callable[[], Sequence[Unwatched]]
    lifecycle: bool
    shard: Shard
    clock: Callable[[], float]
