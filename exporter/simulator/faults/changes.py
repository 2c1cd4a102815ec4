"""A good answer with something wrong in it. Pure; what is no list or no status stays as it was."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

from exporter.simulator.wire import Answer, Request

ELSEWHERE = "https://elsewhere.example"
_TOGETHER = (",", ":")


def with_state(answer: Answer, word: str) -> Answer:
    """Another word for the state of each operation, document or latest iteration in it."""

    def change(body: dict[str, object]) -> None:
        items = body.get("value", [body])
        for item in items if isinstance(items, list) else []:
            for one in (item, item.get("latestIteration", {})):
                one |= {name: word for name in ("status", "operationState") if name in one}

    return _changed(answer, change)


def with_foreign_link(answer: Answer, request: Request, origin: str | None) -> Answer:
    """A list whose next page is on another host, with path and query of this one."""
    return _linked(answer, request, request.url.replace(request.origin, origin or ELSEWHERE, 1))


def with_repeated_link(answer: Answer, request: Request) -> Answer:
    """A list whose next page is itself."""
    return _linked(answer, request, request.url)


def with_endless_link(answer: Answer, request: Request) -> Answer:
    """A list whose next page has another address each time, and is the same for ever."""
    address, number = re.sub(r"[?&]page=\d+$", "", request.url), request.argument("page") or "0"
    mark = "&" if "?" in address else "?"
    page = int(number) + 1 if number.isdecimal() else 1
    return _linked(answer, request, f"{address}{mark}page={page}")


def with_broken_item(answer: Answer, without: str | None) -> Answer:
    """A list whose middle item is a number, or has lost one of its fields."""

    def change(body: dict[str, object]) -> None:
        items = body.get("value")
        if not isinstance(items, list) or not items:
            return
        middle = len(items) // 2
        if without is None:
            items[middle] = middle
        else:
            items[middle].pop(without, None)

    return _changed(answer, change)


def _linked(answer: Answer, request: Request, link: str) -> Answer:
    # Also the last page gets one, under the name that its API has for it.
    old = request.path.startswith("/translator/") and "2026-03-01" not in request.url
    name = "@nextLink" if old else "nextLink"
    return _changed(answer, lambda body: body.update({name: link}) if "value" in body else None)


def _changed(answer: Answer, change: Callable[[dict[str, object]], None]) -> Answer:
    if answer.status != 200:  # noqa: PLR2004
        return answer
    body = json.loads(answer.body)
    change(body)
    return replace(answer, body=json.dumps(body, separators=_TOGETHER).encode())
