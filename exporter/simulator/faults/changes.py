"""Good answers with one error in them. Pure. Only lists and statuses are changed."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

from exporter.simulator.messages import Answer, Request

FOREIGN_ORIGIN = "https://elsewhere.example"
_COMPACT = (",", ":")
_ITEM_KEYS = ("value", "values", "data")


def with_state(answer: Answer, word: str) -> Answer:
    """The answer with `word` as the state of each operation, document or latest iteration."""

    def change(body: dict[str, object]) -> None:
        items = _items(body) or [body]
        for item in items if isinstance(items, list) else []:
            for status in (item, item.get("latestIteration", {})):
                status |= {name: word for name in ("status", "operationState") if name in status}

    return _changed(answer, change)


def with_foreign_link(answer: Answer, request: Request, origin: str | None) -> Answer:
    """A list whose next link leads to another host, with the same path and query."""
    return _linked(
        answer, request, request.url.replace(request.origin, origin or FOREIGN_ORIGIN, 1)
    )


def with_repeated_link(answer: Answer, request: Request) -> Answer:
    """A list whose next link leads to the same page."""
    return _linked(answer, request, request.url)


def with_endless_link(answer: Answer, request: Request) -> Answer:
    """A list whose next link is new each time, but always leads to the same page."""
    address, number = re.sub(r"[?&]page=\d+$", "", request.url), request.argument("page") or "0"
    separator = "&" if "?" in address else "?"
    page = int(number) + 1 if number.isdecimal() else 1
    return _linked(answer, request, f"{address}{separator}page={page}")


def with_broken_item(answer: Answer, without: str | None) -> Answer:
    """A list whose middle item is a number, or lacks one of its fields."""

    def change(body: dict[str, object]) -> None:
        items = _items(body)
        if not isinstance(items, list) or not items:
            return
        middle = len(items) // 2
        if without is None:
            items[middle] = middle
        else:
            items[middle].pop(without, None)

    return _changed(answer, change)


def _items(body: dict[str, object]) -> object:
    """The items of a list; None for other bodies."""
    return next((body[key] for key in _ITEM_KEYS if key in body), None)


def _linked(answer: Answer, request: Request, link: str) -> Answer:
    # The last page gets a link, too, with the key of its API.
    at_key = request.path.startswith("/translator/") and "2026-03-01" not in request.url

    def change(body: dict[str, object]) -> None:
        if _items(body) is not None:
            body["@nextLink" if at_key or "values" in body else "nextLink"] = link

    return _changed(answer, change)


def _changed(answer: Answer, change: Callable[[dict[str, object]], None]) -> Answer:
    if answer.status != 200:  # noqa: PLR2004
        return answer
    body = json.loads(answer.body)
    change(body)
    return replace(answer, body=json.dumps(body, separators=_COMPACT).encode())
