"""Every dashboard is filled by a real Prometheus that scrapes a demo, and drawn without faults."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import aiohttp
import pytest
import yaml

from tests.chart.promtool import needs_prometheus
from tests.e2e.grafana import needs_grafana
from tests.e2e.grafana.drawing import Drawing, built, drawing
from tests.e2e.panels import ALL, UNREADABLE, answered, queries
from tests.e2e.programs import free_port, program, ready
from tests.e2e.prometheus import labels
from tests.support.dashboards import texts

pytestmark = [
    pytest.mark.e2e,
    needs_prometheus,
]

DEADLINE = 120.0  # seconds; at this speed the last panel has data after 25
SPEED = 5
NEVER_FILLED = {
    # The rules of the chart are not loaded, and need twenty operations.
    "Usual duration",
    "Duration compared with the usual",
    # Between the exporter and its simulator nothing goes wrong in the first minute.
    UNREADABLE,
    "Failed polls by resource",
    "Errors by code",
    "Throttled requests",
    "Unexpected answers",
    "Refused at the exporter's port",
}
"""Panels that may be empty in the demo."""
CHOICES = (
    "azure_ai_operation_documents{state='Failed'} > 0 and on (operation) azure_ai_document_info",
    "azure_ai_operation_error_info{api='document_translation'}",
    "azure_ai_operation_progress_ratio < 1 and on (operation) azure_ai_document_progress_ratio > 0",
)
"""Operations for the dashboard of one: together they fill its panels."""
PICTURES = os.environ.get("EXPORTER_TESTS_PICTURES")
"""A folder outside the project that keeps the pictures."""


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus that scrapes a demo since its start."""
    folder = tmp_path_factory.mktemp("prometheus")
    port, at = free_port(), f"127.0.0.1:{free_port()}"
    scraped = {"job_name": "azure", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    config = folder / "prometheus.yml"
    config.write_text(
        yaml.safe_dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [scraped]})
    )
    address = f"--web.listen-address=127.0.0.1:{port}"
    demo = [sys.executable, "-m", "exporter", "demo", f"--speed={SPEED}", address]
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={at}",
    ]
    with program(folder / "demo.log", *demo), program(folder / "prometheus.log", *command):
        asyncio.run(ready(f"http://{at}"))
        yield f"http://{at}"


async def test_every_query_is_answered(prometheus: str) -> None:
    """Each but a few returns data in the demo, and has the labels of its legend."""
    waiting = queries(known_empty=False)
    deadline = time.monotonic() + DEADLINE
    async with aiohttp.ClientSession(prometheus) as session:
        while waiting and time.monotonic() < deadline:
            waiting = [each for each in waiting if not await answered(session, each[1])]
            await asyncio.sleep(1)
    assert [(name, target.expr) for name, target in waiting] == []


async def choices(session: aiohttp.ClientSession) -> list[Mapping[str, str]]:
    """Values of variables for the dashboard of one operation."""
    found = [await labels(session, promql) for promql in CHOICES]
    return [ALL | {"api": "document_translation"} | each[0] for each in found if each]


class Drawings:
    """Draws dashboards again until their panels have data; no drawing may have faults."""

    def __init__(self, drawing: Drawing, session: aiohttp.ClientSession, pictures: Path) -> None:
        self._drawing = drawing
        self._session = session
        self._pictures = pictures
        self.faults: list[tuple[str, str, str]] = []

    async def empty(self, name: str, text: str) -> set[str]:
        """Titles of a dashboard's panels without data, whichever operation is chosen."""
        chosen = await choices(self._session) if name == "batch.json" else [ALL]
        empty = []
        for number, variables in enumerate(chosen):
            picture = self._pictures / f"{Path(name).stem}-{number}.png"
            drawn = await self._drawing.draw(text, variables, picture)
            self.faults += [(name, each.title, said) for each in drawn for said in each.faults]
            empty.append({each.title for each in drawn if each.empty})
        return set.intersection(*empty) - NEVER_FILLED


@needs_grafana
async def test_every_panel_is_drawn(prometheus: str, tmp_path: Path) -> None:
    """With data, and so that a person can read it: no error, nothing cut or outside its panel."""
    pictures = Path(PICTURES) if PICTURES else tmp_path
    script = await asyncio.to_thread(built)
    # That of one operation is the last one to have all data.
    waiting = dict(sorted(texts().items(), key=lambda each: each[0] == "batch.json"))
    deadline = time.monotonic() + DEADLINE
    empty: dict[str, set[str]] = {}
    async with drawing(script, prometheus) as page, aiohttp.ClientSession(prometheus) as session:
        drawings = Drawings(page, session, pictures)
        while waiting and time.monotonic() < deadline:
            empty = {name: await drawings.empty(name, text) for name, text in waiting.items()}
            waiting = {name: text for name, text in waiting.items() if empty[name]}
            await asyncio.sleep(2)  # a drawing takes much of the machine
    assert drawings.faults == []
    assert waiting == {}, empty
