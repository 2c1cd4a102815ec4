"""Where a page has its facts from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exporter.activity import Activity
from exporter.azure.client import Client
from exporter.config import Config
from exporter.history import History
from exporter.polling import Poller
from exporter.shard import Shard
from exporter.store import Store
from exporter.telemetry import Telemetry


@dataclass(frozen=True)
class Sources:
    """The parts of the exporter that are looked into.

    Attributes:
        config: the configuration in force.
        clients: who asks each resource.
        problems: what is wrong with files of operations, in sentences.
        not_loaded: why the configuration as it is now cannot be used; empty where it runs.
        lifecycle: whether visitors may let something be done.
        shard: which share of the work is done here.
        clock: Unix seconds.
    """

    store: Store
    history: History
    activity: Activity
    poller: Poller
    telemetry: Telemetry
    config: Callable[[], Config]
    clients: Callable[[], Mapping[str, Client]]
    problems: Callable[[], Sequence[str]]
    not_loaded: Callable[[], Sequence[str]]
    lifecycle: bool
    shard: Shard
    clock: Callable[[], float]
