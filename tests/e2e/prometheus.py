"""A Prometheus of a test: what it is asked, and what it logs."""

import asyncio
import re
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import aiohttp
import msgspec


class Series(msgspec.Struct):
    """A series in an answer: one sample of an instant, or all samples of a range."""

    metric: dict[str, str]
    value: tuple[float, str] = (0.0, "NaN")
    values: list[tuple[float, str]] = []

    @property
    def number(self) -> float:
        """The value at the instant."""
        return float(self.value[1])

    @property
    def times(self) -> list[float]:
        """Unix seconds of the samples of a range."""
        return [at for at, _ in self.values]


class _Data(msgspec.Struct):
    result: list[Series]


class _Answer(msgspec.Struct):
    data: _Data


async def get(session: aiohttp.ClientSession, path: str, **parameters: str) -> bytes:
    """The answer of a path below `/api/v1`; the session has the address of Prometheus.

    Raises:
        aiohttp.ClientError: Prometheus is not there yet.
    """
    async with session.get(f"/api/v1/{path}", params=parameters) as answer:
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.raise_for_status()
        body = await answer.read()
    assert answer.status == 200, (parameters, body)
    return body


async def instant(
    session: aiohttp.ClientSession, promql: str, at: float | None = None
) -> list[Series]:
    """What a query returns, now or at a time."""
    time = {} if at is None else {"time": f"{at:.3f}"}
    return _series(await get(session, "query", query=promql, **time))


async def ranged(
    session: aiohttp.ClientSession, promql: str, start: float, end: float
) -> list[Series]:
    """What a query returns in each second from the start to the end."""
    times = {"start": str(start), "end": str(end), "step": "1"}
    return _series(await get(session, "query_range", query=promql, **times))


def _series(body: bytes) -> list[Series]:
    return msgspec.json.decode(body, type=_Answer).data.result


async def labels(session: aiohttp.ClientSession, promql: str) -> list[dict[str, str]]:
    """The labels of what a query returns."""
    return [each.metric for each in await instant(session, promql)]


async def numbers(
    session: aiohttp.ClientSession, promql: str, label: str, at: float | None = None
) -> dict[str, float]:
    """The values that a query returns, by one of their labels."""
    return {each.metric[label]: each.number for each in await instant(session, promql, at)}


async def until_up(session: aiohttp.ClientSession, **jobs: float) -> None:
    """Wait until of these jobs, and no others, some scrape succeeded (1) or none did (0)."""
    seen: dict[str, float] = {}
    async with asyncio.timeout(60):
        while seen != jobs:
            await asyncio.sleep(0.2)
            with suppress(aiohttp.ClientError):  # Prometheus is not there yet
                seen = await numbers(session, "max by (job) (max_over_time(up[10m]))", "job")


def complaints(log: Path) -> list[str]:
    """The warnings and errors that Prometheus logs, without the one about its end."""
    found = re.findall(r".*level=(?:warn|error).*", log.read_text())
    return [line for line in found if "Received SIGTERM" not in line]
