"""Two scrapers that share no code with one another store the same samples of one exporter."""

import asyncio
import json
import shutil
import sys
import time
from contextlib import ExitStack
from math import isclose
from pathlib import Path

import aiohttp
import pytest
import yaml

from exporter.simulator.play.building import batch, operation, qna_operation, synthesis
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from tests.chart.promtool import needs_prometheus
from tests.docs import DOCS, block
from tests.e2e.programs import PATIENCE, free_port, program, ready
from tests.e2e.prometheus import instant, until_up
from tests.support.local import Samples, read_series, served

pytestmark = [
    pytest.mark.e2e,
    needs_prometheus,
    pytest.mark.skipif(
        shutil.which("victoria-metrics") is None, reason="needs Debian's package victoria-metrics"
    ),
]

Series = tuple[str, frozenset[tuple[str, str]]]

JOB = "azure"
PRECISION = {"prometheus": 0.0, "victoria-metrics": 1e-12}  # the second keeps decimals
ODD_NAMES = ('größe "A"', "back\\slash\\", "二 😀", "a{b='c'},d=1")
OPERATIONS = len(ODD_NAMES) + 5
OWN = ("azure_ai_exporter_", "process_", "python_")  # only these change while Azure rests


def resting(now: float) -> Scenario:
    """Of each API what has ended, and what will not change."""
    return Scenario(
        batches=(
            *(
                batch(created=now - 900 - number, failed=1, names=(name,))
                for number, name in enumerate(ODD_NAMES)
            ),
            batch(created=now - 800, documents=4, takes=60, stuck=2, languages=("de", "fr")),
        ),
        video_translation=(operation("video-1", created=now - 900),),
        avatar=(operation("avatar-1", created=now - 900, takes=None),),
        syntheses=(synthesis("nightly", created=now - 900),),
        qna_maker=(qna_operation(created=now - 900, id="qna-1"),),
    )


def exporter_config(endpoint: str) -> dict[str, object]:
    """Each operation is polled once, and not again during the test."""
    resource = {
        "name": "translator",
        "endpoint": endpoint,
        "auth": {"key": DEFAULT_KEY},
        "document_translation": {
            "discover": True,
            "documents": "all",
            "document_names": True,
        },
        "video_translation": {"operations": ["video-1"]},
        "avatar": {"operations": ["avatar-1"], "discover": True, "requests_per_minute": 6000},
        "qna_maker": {"operations": ["qna-1"]},
    }
    return {
        "poll": {"interval": "1h", "requests_per_second": 100},
        "retention": {"stale_after": "2h"},
        "resources": [resource],
    }


async def exposed(session: aiohttp.ClientSession, url: str) -> Samples:
    """What the exporter says; a label without a value is none."""
    async with session.get(f"{url}/metrics") as answer:
        lines = [line for line in (await answer.text()).splitlines() if line[0] != "#"]
    samples = {}
    for line in lines:
        series, _, value = line.rpartition(" ")
        name, labels = read_series(series)
        samples[name, frozenset(label for label in labels if label[1])] = float(value)
    return samples


async def rested(session: aiohttp.ClientSession, url: str) -> Samples:
    """What the exporter says when it has read everything."""
    before: Samples = {}
    async with asyncio.timeout(PATIENCE):
        while True:
            after = await exposed(session, url)
            shown = sum(name == "azure_ai_operation_up" for name, _ in after)
            if shown == OPERATIONS and not foreign(changes(before, after)):
                return after
            before = after
            await asyncio.sleep(1)


def changes(before: Samples, after: Samples) -> set[Series]:
    """Series that came, left or have another value."""
    series = before.keys() | after.keys()
    return {each for each in series if before.get(each) != after.get(each)}


def foreign(series: set[Series]) -> set[Series]:
    """Those that are not about the exporter itself."""
    return {each for each in series if not each[0].startswith(OWN)}


async def stored(session: aiohttp.ClientSession) -> Samples:
    """What a scraper has of it, without its own labels and series."""
    own = {"__name__", "job", "instance"}
    return {
        (
            each.metric["__name__"],
            frozenset((name, value) for name, value in each.metric.items() if name not in own),
        ): each.number
        for each in await instant(session, f'{{job="{JOB}"}}')
        if each.metric["__name__"] != "up" and not each.metric["__name__"].startswith("scrape_")
    }


def victoria_metrics(folder: Path, address: str) -> list[str]:
    """The arguments in the documents, with this folder and address."""
    command = block(DOCS / "installation.md", "scraper").replace("\\\n", "")
    for said, here in (
        ("=prometheus.yaml", f"={folder / 'prometheus.yaml'}"),
        ("=victoria-metrics-data", f"={folder / 'data'}"),
        ("=127.0.0.1:8428", f"={address}"),
    ):
        assert said in command
        command = command.replace(said, here)
    return command.split()[1:]


async def test_scrapers_store_the_same_samples(tmp_path: Path) -> None:
    """Names and labels of all series, and each value that does not change meanwhile."""
    ports = {name: free_port() for name in ("exporter", "prometheus", "victoria-metrics")}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    scrape = {
        "job_name": JOB,
        "scrape_interval": "1s",
        "static_configs": [{"targets": [f"127.0.0.1:{ports['exporter']}"]}],
    }
    file = tmp_path / "prometheus.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [], "scrape_configs": [scrape]}))
    scrapers = {
        "prometheus": (
            f"--config.file={file}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
        ),
        "victoria-metrics": (
            *victoria_metrics(tmp_path, f"127.0.0.1:{ports['victoria-metrics']}"),
            "-search.latencyOffset=0s",
        ),
    }
    simulator = Simulator(resting(time.time()), cache=False)
    async with served(simulator.app()) as endpoint, aiohttp.ClientSession() as session:
        config = tmp_path / "config.yaml"
        config.write_text(json.dumps(exporter_config(endpoint)))
        run = (
            *(sys.executable, "-m", "exporter", "run", f"--config.file={config}"),
            f"--web.listen-address=127.0.0.1:{ports['exporter']}",
        )
        with ExitStack() as stack:
            stack.enter_context(program(tmp_path / "exporter.log", *run))
            await ready(urls["exporter"])
            before = await rested(session, urls["exporter"])
            for name, arguments in scrapers.items():
                stack.enter_context(program(tmp_path / f"{name}.log", name, *arguments))
            found = {}
            for name in scrapers:
                await ready(urls[name])
                async with aiohttp.ClientSession(urls[name]) as asking:
                    await until_up(asking, **{JOB: 1})
                    found[name] = await stored(asking)
            after = await exposed(session, urls["exporter"])
    changed = changes(before, after)
    assert foreign(changed) == set()
    for name, samples in found.items():
        assert samples.keys() == after.keys(), name
        different = [
            series
            for series in after.keys() - changed
            if not isclose(samples[series], after[series], rel_tol=PRECISION[name])
        ]
        assert different == [], name
    seen = {value for _, labels in after for _, value in labels}
    assert all(any(odd in value for value in seen) for odd in ODD_NAMES)
