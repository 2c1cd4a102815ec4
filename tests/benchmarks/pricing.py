"""What prices add to the CPU of an operation that a list shows."""

import time
from collections.abc import Mapping, Sequence
from statistics import median

from exporter.model.operation import Operation, OperationKey, State
from exporter.model.prices import Price, PriceTable
from exporter.model.quantities import Amount
from exporter.model.snapshot import Watch
from exporter.model.store import Store
from exporter.telemetry.metrics import Telemetry
from tests.benchmarks.table import Row

OPERATIONS = 100_000
ROUNDS = 3
_SLICE = 1000  # operations with prices, then as many without, so that both have the same minutes
_KEYS = tuple(
    OperationKey("openai", "openai_batch", f"batch_{number:06d}") for number in range(OPERATIONS)
)
_PRICES = PriceTable(
    "EUR",
    [
        Price("openai_batch", "tokens", 2e-6),
        Price("openai_batch", "tokens", 8e-6, kind="output"),
    ],
)


def rows() -> list[Row]:
    """The median difference between a store with prices and one without."""
    stores = {priced: _store(priced=priced) for priced in (False, True)}
    changed = [_added(stores, _observations(number)) for number in range(1, ROUNDS + 1)]
    last = _observations(ROUNDS)
    _added(stores, last)  # the very objects that the stores keep, as lists give them
    same = [_added(stores, last) for _ in range(ROUNDS)]
    return [
        Row("prices, for an operation with two larger amounts", "µs of CPU", changed, "1 at most"),
        Row("prices, for an operation as before", "µs of CPU", same, "0.1 at most"),
    ]


def _store(*, priced: bool) -> Store:
    store = Store([Telemetry().operations.changed])
    store.prices = _PRICES if priced else None
    for key in _KEYS:
        store.watch(Watch(key, "batch", tuple(State)))
    for key, observation in zip(_KEYS, _observations(0), strict=True):
        store.put(key, observation, 0.0)
    return store


def _observations(number: int) -> Sequence[Operation]:
    return [
        Operation(
            state=State.RUNNING,
            word="in_progress",
            amounts={
                Amount.INPUT_TOKENS: 1000 * number + place,
                Amount.OUTPUT_TOKENS: 100 * number + place,
            },
        )
        for place in range(OPERATIONS)
    ]


def _added(stores: Mapping[bool, Store], observations: Sequence[Operation]) -> float:
    """Microseconds of CPU for each operation."""
    differences = []
    for first in range(0, OPERATIONS, _SLICE):
        cpu = {}
        for priced, store in stores.items():
            began = time.process_time()
            for place in range(first, first + _SLICE):
                store.put(_KEYS[place], observations[place], 1.0)
            cpu[priced] = time.process_time() - began
        differences.append(cpu[True] - cpu[False])
    return median(differences) / _SLICE * 1e6
