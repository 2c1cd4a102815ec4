"""How a fault looks on the wire: as another answer (pure), or as a broken way of sending one."""

import asyncio
import socket
import struct
from collections.abc import Callable

from aiohttp import HttpVersion11, web

from exporter.simulator.azure import Azure
from exporter.simulator.faults import changes
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.services import errors
from exporter.simulator.services.errors import Refusal
from exporter.simulator.wire import Answer, Request

_CODES = {500: "InternalServerError", 503: "ServiceUnavailable"}
_HTML = b"<!DOCTYPE html><html><head><title>Service</title></head><body>Back soon.</body></html>"


def answer_with(fault: Fault | None, azure: Azure, request: Request, now: float) -> Answer:
    """The answer to a request that a fault may have hit."""
    kind = None if fault is None else fault.kind
    if fault is None or kind in {Kind.SLOW, Kind.TRUNCATED, Kind.RESET}:
        return azure.answer(request, now)
    if kind is Kind.STALE:
        return azure.answer(request, now, stale=True)
    change = _change(fault, request)
    if change is not None:
        return azure.answer(request, now, change=change)
    if kind is Kind.ERROR and fault.body:
        return _retry_after(fault, azure.refuse(_service_error(fault.status), request, now))
    return _retry_after(fault, azure.stamped(_of_the_gateway(fault, request), now))


def _change(fault: Fault, request: Request) -> Callable[[Answer], Answer] | None:
    """What a fault does to a good answer, if it is of that kind."""
    done: dict[Kind, Callable[[Answer], Answer]] = {
        Kind.UNKNOWN_STATE: lambda good: changes.with_state(good, fault.state),
        Kind.FOREIGN_LINK: lambda good: changes.with_foreign_link(good, request, fault.location),
        Kind.REPEATED_LINK: lambda good: changes.with_repeated_link(good, request),
        Kind.ENDLESS_LINK: lambda good: changes.with_endless_link(good, request),
        Kind.BROKEN_ITEM: lambda good: changes.with_broken_item(good, fault.without),
    }
    return done.get(fault.kind)


def _of_the_gateway(fault: Fault, request: Request) -> Answer:
    answers = {
        Kind.THROTTLED: errors.throttled(fault.seconds),
        Kind.UNAUTHORISED: errors.unauthorised(),
        Kind.FORBIDDEN: errors.forbidden(),
        Kind.GONE: Answer(404),
        Kind.ERROR: Answer(fault.status),
        Kind.HTML: Answer(200, _HTML, {"Content-Type": "text/html; charset=utf-8"}),
        Kind.REDIRECT: Answer(302).plus(Location=fault.location or request.url),
    }
    return answers[fault.kind]


def _service_error(status: int) -> Refusal:
    code = _CODES.get(status, "InternalServerError")
    message = "Unexpected internal server error has occurred"
    if code == "ServiceUnavailable":
        message = "Service is currently unavailable.  Please try again later"
    return Refusal(status, code, message, None, code, message)


def _retry_after(fault: Fault, answer: Answer) -> Answer:
    said = fault.kind in {Kind.THROTTLED, Kind.ERROR} and fault.retry_after is not None
    return answer.plus(Retry_After=str(fault.retry_after)) if said else answer


async def send(request: web.Request, answer: Answer, fault: Fault | None) -> web.StreamResponse:
    """Sends the answer, well or as badly as the fault wants it."""
    kind = None if fault is None else fault.kind
    if kind is Kind.RESET:
        return await _reset(request)
    if fault is not None and kind in {Kind.SLOW, Kind.TRUNCATED}:
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(answer.body)
        await response.prepare(request)
        if kind is Kind.SLOW:
            await _trickle(response, answer.body, fault.pause)
        else:
            await response.write(answer.body[: len(answer.body) // 2])
            _close(request)
        return response
    whole = web.Response(status=answer.status, headers=answer.headers, body=answer.body)
    # Fresh answers of Document Translation are chunked, those of its cache are not.
    fresh = answer.cached_by_url and "Age" not in answer.headers
    if fresh and request.version >= HttpVersion11:
        whole.enable_chunked_encoding()
    return whole


async def _trickle(response: web.StreamResponse, body: bytes, pause: float) -> None:
    for number in range(len(body)):
        try:
            await response.write(body[number : number + 1])
        except ConnectionError:  # the client has lost patience
            return
        await asyncio.sleep(pause)


async def _reset(request: web.Request) -> web.Response:
    """A TCP reset: closing with unsent time to linger 0."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    await asyncio.sleep(0)
    return web.Response()


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
