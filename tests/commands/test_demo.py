"""The demo as a whole: seven resources that differ, weather, what it prints, and no end."""

import asyncio
import gc
import re
import shutil
import subprocess
from argparse import _SubParsersAction
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import yaml

from exporter.app.exporter import Exporter
from exporter.commands import demo_guide
from exporter.commands.demo import demo_config, keep_seconds, weather
from exporter.commands.parser import parser
from exporter.config.config import parse_config
from exporter.model.operation import State
from exporter.simulator.faults.faults import faults_from_json
from exporter.simulator.play.hastening import Haste
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.simulator.show.demo import openings
from exporter.simulator.show.teams import STREAMS
from exporter.simulator.show.workday import Workday
from tests.commands.test_cli import Running, soon
from tests.support.local import START, clock, polling, read_series, scraped, served, value


async def started(stack: AsyncExitStack, speed: float, interval: float = 5.0) -> Exporter:
    """The demo's exporter on time that jumps, which looks so often, in seconds."""
    hasty = Haste(START, speed)
    opening = {team: hasty.scenario(part) for team, part in openings(START).items()}
    skies = weather(START, speed)
    endpoints = {}
    for team, part in opening.items():
        day = Workday(STREAMS[team], START, kept=keep_seconds(speed) + 60, speed=speed)
        simulator = Simulator(part, clock=clock, workdays=(day,), weather=skies[team])
        endpoints[team] = await stack.enter_async_context(served(simulator.app()))
    config = demo_config(endpoints, opening, speed)
    poll = config.poll.model_copy(update={"interval": interval})
    return await stack.enter_async_context(polling(config.model_copy(update={"poll": poll})))


def states(exporter: Exporter) -> Counter[State]:
    return Counter(each.operation.state for each in exporter.store if each.operation)


@pytest.mark.e2e
@pytest.mark.jumping
async def test_half_an_hour() -> None:
    """Always new work; a storm that says how long it lasts; a key refused for a while."""
    async with AsyncExitStack() as stack:
        exporter = await started(stack, 1.0, interval=30.0)
        await asyncio.sleep(235)
        before = len(list(exporter.store))
        assert all(each.up for each in exporter.store)
        await asyncio.sleep(20)  # it storms
        labels = {"resource": "translator", "api": "document_translation"}
        wait = value(scraped(exporter), "azure_ai_api_retry_after_seconds", **labels)
        assert wait is not None
        assert 30 <= wait <= 40
        await asyncio.sleep(45)
        assert all(each.up for each in exporter.store)
        await asyncio.sleep(1520 - 300)  # the key of one is refused
        up = scraped(exporter)
        refused = {
            name
            for name in ("translator", "manuals", "letters")
            if value(up, "azure_ai_resource_up", resource=name, api="document_translation") == 0
        }
        assert refused == {"letters"}
        await asyncio.sleep(120)
        assert all(each.up for each in exporter.store)
        assert len(list(exporter.store)) > before + 20
        found = states(exporter)
        assert {
            State.RUNNING, State.SUCCEEDED, State.FAILED, State.VALIDATION_FAILED, State.CANCELLED,
        } <= found.keys()  # fmt: skip


@pytest.mark.e2e
@pytest.mark.jumping
async def test_it_does_not_grow() -> None:
    """Three hours' work at a speed of 60: as many operations and objects in the end as half way."""
    async with AsyncExitStack() as stack:
        exporter = await started(stack, 60.0, interval=20.0)
        sizes = []
        for _ in range(2):
            await asyncio.sleep(90)
            shown = len(scraped(exporter))
            read_series.cache_clear()  # it is the test's own
            gc.collect()
            sizes.append((len(list(exporter.store)), len(gc.get_objects()), shown))
        (operations, objects, samples), later = sizes
        assert operations > 60
        assert later[0] < operations * 1.3
        assert later[1] < objects * 1.15
        assert later[2] < samples * 1.3


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Running]:
    """The program, ten times as fast."""
    running = Running(tmp_path, "demo", "--web.listen-address=127.0.0.1:0", "--speed=10")
    yield running
    running.process.kill()
    running.process.wait()


def test_what_it_prints(demo: Running) -> None:
    """Plain lines: pages that open, a probe that answers, and what goes wrong goes wrong."""
    said = soon(lambda: demo.printed if "Ctrl-C" in demo.printed else None)
    assert said.isascii()
    assert "10 times as fast" in said
    url = f"http://{demo.address}"
    assert f"azure-ai-exporter top --url={url}" in said
    urls = [found.strip("'") for found in re.findall(rf"{url}/\S*", said)]
    assert len(urls) == 5
    foretold = re.findall(r" s +(letters|speech) +(\S+) fails(?: validation)?$", said, re.MULTILINE)
    assert foretold
    for team, operation in foretold[:2]:

        def failed(team: str = team, operation: str = operation) -> str | None:
            line = rf'azure_ai_operation_state{{resource="{team}",api="\w+",operation="\S*'
            line += rf'{operation}",state="(Failed|ValidationFailed)"}} 1'
            return "yes" if re.search(line, demo.get("/metrics")) else None

        assert soon(failed, 30)
    for each in urls:
        page = demo.get(each.removeprefix(url))
        assert "/probe" not in each or "azure_ai_probe_success 1" in page


PAGE = Path(__file__).parents[2] / "docs" / "demo.md"


def test_the_page_says_what_the_demo_prints() -> None:
    """The same queries, all resources, all flags of `top`, and what is for `simulate` loads."""
    text = PAGE.read_text()
    [queries] = re.findall(r"<!-- queries:.*?-->\n```\n(.*?)```", text, re.DOTALL)
    assert queries.splitlines() == list(demo_guide.QUERIES.values())
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(STREAMS)
    [config] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    [resource] = parse_config("demo.md", config, PAGE.parent).resources
    assert resource.auth.key
    assert resource.auth.key.get_secret_value() == DEFAULT_KEY
    [faults] = re.findall(r"-d '(.*)'", text)
    assert faults_from_json(faults.encode())
    flags = set(re.findall(r"--[a-z][a-z-]+", text[text.index("## `top`") :]))
    assert flags == _flags("top") - {"-h", "--help"}


def _flags(command: str) -> set[str]:
    [commands] = [each for each in parser()._actions if isinstance(each, _SubParsersAction)]
    actions = commands.choices[command]._actions
    return {flag for action in actions for flag in action.option_strings}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs Debian's package prometheus")
def test_the_queries_are_promql(tmp_path: Path) -> None:
    """Each that is printed is understood."""
    rules = [
        {"record": f"query:{number}", "expr": query}
        for number, query in enumerate(demo_guide.QUERIES.values())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "demo", "rules": rules}]}))
    command = ["promtool", "check", "rules", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
