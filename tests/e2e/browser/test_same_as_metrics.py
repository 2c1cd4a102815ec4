"""The page shows what `/metrics` says at the same moment."""

import asyncio
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from playwright.async_api import Browser, Page

from exporter.model.operation import OperationKey
from exporter.model.quantities import Counted
from tests.e2e.browser import in_chromium
from tests.e2e.browser.reading import MISSING, Line, lines, states
from tests.e2e.browser.sights import BATCH
from tests.e2e.browser.site import metrics
from tests.e2e.browser.visiting import Visitor, visitor
from tests.e2e.browser.work import FAILING
from tests.e2e.programs import free_port, program, ready
from tests.support.local import Samples, value, values

pytestmark = in_chromium

FIRST = "azure_ai_operation_"


async def test_everything_of_the_page(reader: Visitor) -> None:
    """Every operation, the counts by state, and the health of the resources."""
    page = await reader.open("/?per_page=500")
    samples = await metrics(reader.home)
    await _same_operations(page, samples)
    await _same_resources(page, samples)


async def test_every_document(reader: Visitor) -> None:
    """State, progress, charge and error of each document of a batch."""
    page = await reader.open(f"{BATCH}&per_page=500")
    shown = {line["id"]: line for line in await lines(page)}
    samples = await metrics(reader.home)
    batch = {"resource": "translator", "operation": FAILING}
    said = _documents(samples, "state", batch)
    assert {id_: line["State.state"] for id_, line in shown.items()} == {
        id_: state for id_, (state, _) in said.items()
    }
    for name, family in (
        ("Progress.share", "progress_ratio"),
        ("Characters", "characters_charged"),
    ):
        for id_, (_, number) in _documents(samples, family, batch).items():
            wanted = f"{int(number * 100)}%" if family == "progress_ratio" else f"{int(number):,}"
            assert shown[id_][name] == wanted, id_
    errors = _documents(samples, "error_info", batch)
    assert {id_ for id_, line in shown.items() if line["Error.code"]} == errors.keys()
    assert len(errors) == 3


def _documents(
    samples: Samples, family: str, batch: dict[str, str]
) -> dict[str, tuple[str, float]]:
    """By document: the label `state`, empty for a family without it, and the value."""
    found = {}
    for (name, labels), number in samples.items():
        said = dict(labels)
        if name == f"azure_ai_document_{family}" and batch.items() <= said.items():
            found[said["document"]] = said.get("state", ""), number
    return found


async def test_the_demo(chromium: Browser, tmp_path: Path) -> None:
    """The real program, while its work goes on."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "exporter", "demo", f"--web.listen-address={address}"]
    url = f"http://{address}"
    with program(tmp_path / "demo.log", *command):
        await ready(url)
        # Without its script the page does not refresh itself while it is compared.
        still = visitor(chromium, url, java_script_enabled=False)
        async with still as each, asyncio.timeout(120):
            samples, text = await _at_one_moment(url, "/?per_page=500")
            await each.page.route(
                "**/*per_page*", lambda route: route.fulfill(body=text, content_type="text/html")
            )
            await _same_operations(await each.open("/?per_page=500"), samples)


async def _at_one_moment(url: str, path: str) -> tuple[Samples, bytes]:
    """Samples and a page between which nothing changed; a browser would take longer to load it."""
    async with aiohttp.ClientSession(url) as session:
        while True:
            before = _lasting(await metrics(url))
            async with session.get(path) as answer:
                page = await answer.read()
            if before == _lasting(await metrics(url)):
                return before, page


def _lasting(samples: Samples) -> Samples:
    """What tells of operations; when each was read last changes with each poll."""
    families = ("azure_ai_operation_", "azure_ai_resource_")
    return {
        key: number
        for key, number in samples.items()
        if key[0].startswith(families) and "last_success" not in key[0]
    }


async def _same_operations(page: Page, samples: Samples) -> None:
    shown = {line.key: line for line in await lines(page)}
    everything = {
        OperationKey(**{name: dict(labels)[name] for name in OperationKey._fields})
        for name, labels in samples
        if name == f"{FIRST}up"
    }
    assert shown.keys() == everything
    for key, line in shown.items():
        assert _read(line) == _said(samples, key), key
    counted: Counter[str] = Counter()
    for (name, labels), number in samples.items():
        if name == "azure_ai_resource_operations":
            counted[dict(labels)["state"]] += int(number)
    assert await states(page) == counted
    assert f"{len(shown)} operations" in await page.locator("h1").inner_text()


def _read(line: Line) -> dict[str, str]:
    names = {
        "state": "State.state",
        "share": "Progress.share",
        "counts": "Progress.sub",
        "created": "Created",
        "changed": "Changed",
        "end": "Estimated end",
        "charged": "Charged.own",
    }
    said = {what: line[name].removesuffix(MISSING) for what, name in names.items()}
    # An operation that cannot be read has an error which is none of its own.
    readable = line["State.state"] != "Unknown"
    return said | {"error": line["Error.code"] if readable else ""}


def _said(samples: Samples, key: OperationKey) -> dict[str, str]:
    """The same as a row would have it."""

    def one(family: str) -> float | None:
        return value(samples, FIRST + family, **key._asdict())

    def moment(family: str) -> str:
        at = one(f"{family}_timestamp_seconds")
        return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    state = values(samples, f"{FIRST}state", **key._asdict())
    [now] = [word for word, number in state.items() if number] or ["Unknown"]
    ratio, charged = one("progress_ratio"), one("characters_charged")
    if ratio is None and now == "Succeeded":
        ratio = 1.0
    return {
        "state": now,
        "share": "" if ratio is None else f"{int(ratio * 100)}%",
        "counts": _counts(samples, key),
        "created": moment("created"),
        "changed": moment("last_change"),
        "end": moment("estimated_completion"),
        "charged": "" if charged is None else f"{int(charged):,}",
        "error": _error(samples, key),
    }


def _counts(samples: Samples, key: OperationKey) -> str:
    texts, failed = [], 0
    for counted in Counted:
        counts = values(samples, f"{FIRST}{counted}", **key._asdict())
        submitted = value(samples, f"{FIRST}{counted}_submitted", **key._asdict())
        if total := int(submitted or sum(counts.values())):
            failed += int(counts.get("Failed", 0))
            texts.append(f"{int(counts.get('Succeeded', 0)):,} of {total:,} {counted.words}")
    return ", ".join([*texts, *([f"{failed:,} failed"] if failed else [])])


def _error(samples: Samples, key: OperationKey) -> str:
    wanted = key._asdict().items()
    for name, labels in samples:
        said = dict(labels)
        if name == f"{FIRST}error_info" and wanted <= said.items():
            return said["inner_code"] or said["code"]
    return ""


async def _same_resources(page: Page, samples: Samples) -> None:
    shown = await lines(page, "#resource-rows")
    assert len(shown) == 5
    for line in shown:
        name = line["name.own"]
        up = values(samples, "azure_ai_resource_up", resource=name)
        fine = all(up.values())
        assert (line["Health.health"] == "authorised") == fine, name
        count = sum(values(samples, "azure_ai_resource_operations", resource=name).values())
        assert line["Operations.own"] == f"{int(count):,}", name
