"""Where a page has its facts from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exporter.azure.client import Client
from exporter.config.config import Config
from exporter.model.shard import Shard
from exporter.model.store import Store
from exporter.polling.poller import Poller
from exporter.telemetry.activity import Activity
from exporter.telemetry.history import History
from exporter.telemetry.metrics import Telemetry


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
