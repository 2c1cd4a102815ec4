"""An Azure whose answers are written by the test, one for each path."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web

from tests.support.local import served

BATCHES = "/translator/document/batches"


class Script:
    """The answers of a scripted Azure.

    Attributes:
        answers: the JSON, or the HTTP status, at each path; 404 at all others.
        failing: an HTTP status for all paths; 0: none.
        requests: the paths of all requests, with their queries.
    """

    def __init__(self) -> None:
        self.answers: dict[str, object] = {}
        self.failing = 0
        self.requests: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request.path_qs)
        answer = self.failing or self.answers.get(request.path, 404)
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.json_response(answer)

    def list(self, path: str, *items: object) -> None:
        """Let the list at this path have these items, on one page."""
        self.answers[path] = {"value": list(items)}

    def batches(self, *batches: dict[str, object]) -> None:
        """Let the list have these batches, and each be at its own path."""
        self.list(BATCHES, *batches)
        for batch in batches:
            self.answers[f"{BATCHES}/{batch['id']}"] = batch


@asynccontextmanager
async def scripted(script: Script | None = None) -> AsyncIterator[tuple[Script, str]]:
    """A scripted Azure and its endpoint."""
    script = script or Script()
    application = web.Application()
    application.router.add_get("/{path:.*}", script.answer)
    async with served(application) as endpoint:
        yield script, endpoint


def time(at: float) -> str:
    """Unix seconds as Azure writes them."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def batch(
    id_: str,
    status: str,
    created: float,
    last_action: float | None = None,
    *,
    charged: int = 0,
    failed: int = 0,
) -> dict[str, object]:
    """The status of a batch of ten documents; `charged` characters."""
    done = 10 if status == "Succeeded" else 0
    body: dict[str, object] = {
        "id": id_,
        "status": status,
        "createdDateTimeUtc": time(created),
        "summary": {
            "total": 10,
            "failed": failed,
            "success": done - failed,
            "inProgress": 10 - done,
            "notYetStarted": 0,
            "cancelled": 0,
            "totalCharacterCharged": charged,
        },
    }
    if last_action is not None:
        body["lastActionDateTimeUtc"] = time(last_action)
    return body


def synthesis(
    id_: str, status: str, created: float, last_action: float, *, charged: int = 0
) -> dict[str, object]:
    """The status of a batch synthesis; `charged` characters."""
    return {
        "id": id_,
        "status": status,
        "createdDateTime": time(created),
        "lastActionDateTime": time(last_action),
        "properties": {"billingDetails": {"neuralCharacters": charged}},
    }
