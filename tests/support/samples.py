"""Recorded-style answers: a table for every API, and what the exporter makes of them.

A sample is a pair of files in `samples/<api>/`. The `.json` holds the section of a resource as
the configuration has it, and the answers by path; the wording in them is ours, the facts are
Azure's. The `.prom` holds the lines that they make.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multidict import CIMultiDict

from exporter.apis import Apis
from exporter.apis.base import Known, PageShape, Settings, Shape, Target
from exporter.azure.answer import Answer, read
from exporter.errors import Failure
from exporter.exposition.pages import Pages
from exporter.model.operation import OperationKey
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
        """Every list of a sample is one page."""
        yield await self.get(path, shape)


async def shown(api: str, sample: dict[str, Any]) -> str:
    """The exposition after a round of the lists and one poll of every operation of the sample."""
    azure = RecordedAzure({answer["path"]: answer for answer in sample["answers"]})
    pages = Pages()
    store = Store([pages.update])
    (_, section) = next(Apis.model_validate({api: sample["section"]}).sections())
    lister = section.lister([])
    if lister:
        async for found in lister.found(azure, lambda _: None, NOW):
            store.watch(_watch(api, section, found.target, found.name))
            store.put(OperationKey("res", api, found.target.id), found.operation, NOW)
    for target in section.targets():
        key = OperationKey("res", api, target.id)
        store.watch(_watch(api, section, target))
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


def _watch(api: str, section: Settings, target: Target, name: str = "") -> Watch:
    key = OperationKey("res", api, target.id)
    return Watch(key, target.kind, section.states, name, target.labels, target.shows)


def load(name: str) -> tuple[str, dict[str, Any]]:
    sample = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return name.partition("/")[0], sample
