"""Peers: the same samples rendered by prometheus-client, and ready pieces of them joined.

Its samples are made beforehand, so that `render` counts generate_latest alone, and `gzip` what
gzip adds at its fastest level. `join` joins ready gzip members of a thousand lines each, `pack`
joins plain pieces and compresses the whole with isal. All answer in seconds of CPU.
"""

import asyncio
import gzip
import sys
import time
from collections.abc import Iterator

from isal import isal_zlib
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tests.benchmarks import filling
from tests.benchmarks.obeying import Answer, Ticker, obey

_LINES = 1000
_GZIP = 31  # window bits of a whole gzip member


class Ready(Collector):
    """Three families of documents, made once."""

    def __init__(self, batches: int, size: int) -> None:
        labels = ["resource", "operation", "document", "language"]
        state = GaugeMetricFamily("azure_ai_document_state", "State.", labels=[*labels, "state"])
        progress = GaugeMetricFamily("azure_ai_document_progress_ratio", "Progress.", labels=labels)
        name = "azure_ai_document_characters_charged"
        charged = GaugeMetricFamily(name, "Characters.", labels=labels)
        for number in range(batches):
            key = filling.key(number)
            for each in filling.documents(number, size):
                values = [key.resource, key.operation, each.id, each.language]
                state.add_metric([*values, each.state.value], 1)
                progress.add_metric(values, each.progress or 0)
                charged.add_metric(values, each.characters_charged or 0)
        self._families = state, progress, charged

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families


async def main(batches: int, size: int) -> None:
    registry = CollectorRegistry()
    registry.register(Ready(batches, size))
    lines = generate_latest(registry).splitlines(keepends=True)
    starts = range(0, len(lines), _LINES)
    plain = [b"".join(lines[start : start + _LINES]) for start in starts]
    packed = [isal_zlib.compress(each, 1, _GZIP) for each in plain]
    lines.clear()

    async def render(_: str) -> Answer:
        begun = time.process_time()
        body = generate_latest(registry)
        rendered = time.process_time()
        gzip.compress(body, 1)
        return {"render": rendered - begun, "gzip": time.process_time() - rendered}

    async def join(_: str) -> Answer:
        begun = time.process_time()
        b"".join(packed)
        return {"join": time.process_time() - begun}

    async def pack(_: str) -> Answer:
        begun = time.process_time()
        isal_zlib.compress(b"".join(plain), 1, _GZIP)
        return {"pack": time.process_time() - begun}

    await obey("", Ticker(), {"render": render, "join": join, "pack": pack})


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
