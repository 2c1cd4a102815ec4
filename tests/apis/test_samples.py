"""Recorded-style answers in, exposition text out: one table for every API.

A sample is a pair of files in `samples/<api>/`. The `.json` holds the section of a resource as
the configuration has it, and the answers by path; the wording in them is ours, the facts are
Azure's. The `.prom` holds the lines that they make. After a change that is meant, write the
`.prom` files anew and read what changed:

    EXPORTER_TESTS_WRITE_SAMPLES=1 pytest tests/apis/test_samples.py && git diff tests/samples
"""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from multidict import CIMultiDict

from exporter.apis import Apis
from exporter.apis.base import Known, PageShape, Shape
from exporter.azure.answer import Answer, read
from exporter.errors import Failure
from exporter.exposition.pages import Pages
from exporter.model.operation import Key, State
from exporter.model.snapshot import Watch
from exporter.model.store import Store

NOW = 1_800_000_000.0
SAMPLES = Path(__file__).parents[1] / "samples"
NAMES = sorted(str(path.relative_to(SAMPLES).with_suffix("")) for path in SAMPLES.rglob("*.json"))


@dataclass
class RecordedAzure:
    """Answers each path as the sample says, once."""

    answers: dict[str, Any]
    asked: list[str] = field(default_factory=list)

    async def get(self, path: str, shape: type[Shape]) -> Shape:
        self.asked.append(path)
        said = self.answers[path]
        text = json.dumps(said["body"]) if "body" in said else said.get("text", "")
        headers = CIMultiDict(said["headers"])
        outcome = read(said["status"], headers, text.encode(), shape, NOW)
        if isinstance(outcome, Answer):
            return outcome.value
        raise outcome

    async def pages(self, path: str, shape: type[PageShape]) -> AsyncIterator[PageShape]:
        yield await self.get(path, shape)


async def shown(api: str, sample: dict[str, Any]) -> str:
    """The exposition after one look at every operation of the sample."""
    azure = RecordedAzure({answer["path"]: answer for answer in sample["answers"]})
    pages = Pages()
    store = Store([pages.update])
    (_, section) = next(Apis.model_validate({api: sample["section"]}).sections())
    for target in section.targets():
        key = Key("res", api, target.id)
        store.watch(Watch(key, target.kind, section.states, "", target.labels, target.shows))
        try:
            store.put(key, await target.poll(azure, Known()), NOW)
        except Failure as failure:
            store.fail(key, failure)
    assert sorted(azure.asked) == sorted(azure.answers), "each path of the sample, once"
    return "".join(
        line
        for line in bytes(pages.plain(b"")).decode().splitlines(keepends=True)
        if not line.startswith("#")
    )


def load(name: str) -> tuple[str, dict[str, Any]]:
    sample = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return name.partition("/")[0], sample


@pytest.mark.parametrize("name", NAMES)
async def test_answers_become_exactly_these_lines(name: str) -> None:
    """What Azure said is shown, all of it that has a family, and nothing that it did not say."""
    expected = SAMPLES / f"{name}.prom"
    text = await shown(*load(name))
    if os.environ.get("EXPORTER_TESTS_WRITE_SAMPLES"):
        expected.write_text(text, encoding="utf-8")
    assert text.splitlines() == expected.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", NAMES)
async def test_signatures_in_answers_are_not_shown(name: str) -> None:
    """Answers hold signed URLs; no series does."""
    assert "not-to-be-shown" not in await shown(*load(name))


@pytest.mark.parametrize("api", Apis.model_fields)
def test_samples_have_every_state_of_the_page(api: str) -> None:
    """No API is without samples, and no state of an API is without one."""
    words = {
        State.read(body.get("status") or body.get("operationState") or "")
        for name in NAMES
        if name.startswith(f"{api}/")
        for answer in load(name)[1]["answers"]
        if answer["status"] == 200 and isinstance(body := answer.get("body"), dict)
    }
    section = next(Apis.model_validate({api: {}}).sections())[1]
    assert words >= {*section.states, State.UNKNOWN}
