"""The pages of a list, whatever they say of the next one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from exporter.azure.answer import Answer
from exporter.azure.body import Body, CursorPage, ItemsPage, Parse
from exporter.azure.priority import Priority
from exporter.azure.retry import RetryPolicy
from exporter.errors import Unreadable
from exporter.model.operation import OperationKey
from exporter.polling.request import Requests

Shape = TypeVar("Shape")

KEY = OperationKey("resource", "api", "")


class Thing(Body):
    id: str


def page(id_: str, **rest: object) -> Mapping[str, object]:
    return {"value": [{"id": id_}], "data": [{"id": id_}], **rest}


@dataclass
class Pages:
    """Answers with the bodies that it has, by path, and notes which were asked for."""

    bodies: Mapping[str, Mapping[str, object]]
    asked: list[str] = field(default_factory=list)
    endpoint: str = "https://contoso.example"

    async def get(
        self,
        key: OperationKey,  # noqa: ARG002
        path: str,
        parse: Parse[Shape],
        policy: RetryPolicy,  # noqa: ARG002
    ) -> Answer[Shape]:
        self.asked.append(path)
        return Answer(parse(json.dumps(self.bodies[path]).encode()), None, "")

    async def file(
        self, key: OperationKey, url: str, parse: Parse[Shape], policy: RetryPolicy
    ) -> Answer[Shape]:
        raise NotImplementedError


async def read(client: Pages, shape: type[ItemsPage[Thing]]) -> Sequence[str]:
    pages = Requests(client, KEY, Priority.HIGH).pages("/things?top=1", shape.read)
    return [thing.id async for page in pages for thing in page.value]


@pytest.mark.parametrize(
    ("links", "paths"),
    [
        pytest.param(
            ["https://contoso.example/things?page=2", "https://contoso.example/things?page=3"],
            ["/things?page=2", "/things?page=3"],
            id="URLs",
        ),
        pytest.param(["?page=2", "?page=3"], ["/things?page=2", "/things?page=3"], id="queries"),
        pytest.param(["more/2", "3"], ["/more/2", "/more/3"], id="relative to the latest page"),
    ],
)
async def test_links_are_followed(links: Sequence[str], paths: Sequence[str]) -> None:
    """Each is relative to the page that it stands on."""
    first, second = paths
    client = Pages(
        {
            "/things?top=1": page("a", nextLink=links[0]),
            first: page("b", nextLink=links[1]),
            second: page("c"),
        }
    )
    assert await read(client, ItemsPage[Thing]) == ["a", "b", "c"]
    assert client.asked == ["/things?top=1", *paths]


async def test_a_list_goes_on_after_an_id() -> None:
    """Each page is asked for with the last id of the page before it, said or not."""
    client = Pages(
        {
            "/things?top=1": page("a", has_more=True, last_id="a"),
            "/things?top=1&after=a": page("b", has_more=True),
            "/things?top=1&after=b": page("c", has_more=False, last_id="c"),
        }
    )
    assert await read(client, CursorPage[Thing]) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        pytest.param({"has_more": True, "last_id": "a"}, "already read", id="the same id again"),
        pytest.param({"has_more": True}, "already read", id="the same last item again"),
        pytest.param(
            {"has_more": True, "data": []}, "has no link to its next page: last_id", id="no item"
        ),
    ],
)
async def test_a_list_that_cannot_go_on(rest: Mapping[str, object], reason: str) -> None:
    """It fails: a list that is cut without a word would look complete."""
    client = Pages(
        {
            "/things?top=1": page("a", has_more=True, last_id="a"),
            "/things?top=1&after=a": page("a", **rest),
        }
    )
    with pytest.raises(Unreadable, match=reason):
        await read(client, CursorPage[Thing])
    assert len(client.asked) == 2
