"""Samples: answers in the form of recorded ones for each API, and the resulting exposition.

A sample is a pair of files in `samples/<api>/`. The `.json` has the section of a resource, as in
the configuration, and the answers by path; texts in them are invented, the rest follows Azure.
The `.prom` has the lines of the exposition.
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
from exporter.azure.body import Parse
from exporter.errors import Failure
from exporter.exposition.pages import Pages
from exporter.model.operation import OperationKey
from exporter.model.snapshot import Watch
from exporter.model.store import Store
from tests.support.local import START

SAMPLES = Path(__file__).parents[1] / "samples"
NAMES = sorted(str(path.relative_to(SAMPLES).with_suffix("")) for path in SAMPLES.rglob("*.json"))


@dataclass
class RecordedAzure:
    """Answers each path with the sample's answer, once."""

    answers: dict[str, Any]
    paths: list[str] = field(default_factory=list)

    async def get(self, path: str, parse: Parse[Shape]) -> Shape:
        self.paths.append(path)
        answer = self.answers[path]
        text = json.dumps(answer["body"]) if "body" in answer else answer.get("text", "")
        headers = CIMultiDict(answer["headers"])
        outcome = read(answer["status"], headers, text.encode(), parse, START)
        if isinstance(outcome, Answer):
            return outcome.value
        raise outcome

    async def file(self, url: str, parse: Parse[Shape]) -> Shape:
        """The answer of a sample whose path is the whole URL."""
        return await self.get(url, parse)

    async def pages(self, path: str, parse: Parse[PageShape]) -> AsyncIterator[PageShape]:
        """Each list of a sample is one page."""
        yield await self.get(path, parse)


async def exposition_of(api: str, sample: dict[str, Any]) -> str:
    """The exposition after one list round and one poll of each operation of the sample."""
    azure = RecordedAzure({answer["path"]: answer for answer in sample["answers"]})
    pages = Pages()
    store = Store([pages.update])
    (_, section) = next(Apis.model_validate({api: sample["section"]}).sections())
    lister = section.lister([])
    if lister:
        async for found in lister.found(azure, lambda _: None, START):
            store.watch(_watch(api, section, section.target(found.id), found.name))
            store.put(OperationKey("res", api, found.id), found.operation, START)
    for target in section.targets():
        key = OperationKey("res", api, target.id)
        store.watch(_watch(api, section, target))
        try:
            store.put(key, await target.poll(azure, Known()), START)
        except Failure as failure:
            store.fail(key, failure)
    assert sorted(azure.paths) == sorted(azure.answers), "each path of the sample, once"
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
