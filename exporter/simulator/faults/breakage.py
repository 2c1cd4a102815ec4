"""The form of a fault in HTTP: a different answer (pure), or a failure while it is sent."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Protocol

from aiohttp import HttpVersion11, web

from exporter.simulator.faults import changes
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.messages import Answer, Request
from exporter.simulator.services.errors import Refusal, Refusals

_CODES = {500: "InternalServerError", 503: "ServiceUnavailable"}
_HTML = b"<!DOCTYPE html><html><head><title>Service</title></head><body>Back soon.</body></html>"


class Gateway(Protocol):
    """What answers requests: that of the services, or Azure Resource Manager."""

    @property
    def refusals(self) -> Refusals: ...
    def answer(
        self,
        request: Request,
        now: float,
        *,
        stale: bool = False,
        change: Callable[[Answer], Answer] | None = None,
    ) -> Answer: ...
    def refuse(self, refusal: Refusal, request: Request, now: float) -> Answer: ...
    def with_gateway_headers(self, answer: Answer, now: float) -> Answer: ...


def answer_with(fault: Fault | None, azure: Gateway, request: Request, now: float) -> Answer:
    """The answer to a request, to which a fault may apply."""
    kind = None if fault is None else fault.kind
    if fault is None or kind in {Kind.SLOW, Kind.TRUNCATED, Kind.RESET}:
        return azure.answer(request, now)
    if kind is Kind.STALE:
        return azure.answer(request, now, stale=True)
    change = _change(fault, request)
    if change is not None:
        return azure.answer(request, now, change=change)
    if kind is Kind.ERROR and fault.body:
        return _with_retry_after(fault, azure.refuse(_service_error(fault.status), request, now))
    return _with_retry_after(
        fault, azure.with_gateway_headers(_gateway_answer(fault, azure.refusals, request), now)
    )


def _change(fault: Fault, request: Request) -> Callable[[Answer], Answer] | None:
    """The change that a fault makes to a good answer; None for other kinds of faults."""
    functions: dict[Kind, Callable[[Answer], Answer]] = {
        Kind.UNKNOWN_STATE: lambda answer: changes.with_state(answer, fault.state),
        Kind.FOREIGN_LINK: lambda answer: changes.with_foreign_link(
            answer, request, fault.location
        ),
        Kind.REPEATED_LINK: lambda answer: changes.with_repeated_link(answer, request),
        Kind.ENDLESS_LINK: lambda answer: changes.with_endless_link(answer, request),
        Kind.BROKEN_ITEM: lambda answer: changes.with_broken_item(answer, fault.without),
    }
    return functions.get(fault.kind)


def _gateway_answer(fault: Fault, refusals: Refusals, request: Request) -> Answer:
    answers = {
        Kind.THROTTLED: refusals.throttled(request, fault.seconds),
        Kind.UNAUTHORISED: refusals.unauthorised(),
        Kind.FORBIDDEN: refusals.forbidden(request),
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


def _with_retry_after(fault: Fault, answer: Answer) -> Answer:
    has_header = fault.kind in {Kind.THROTTLED, Kind.ERROR} and fault.retry_after is not None
    return answer.plus(Retry_After=str(fault.retry_after)) if has_header else answer


async def send(request: web.Request, answer: Answer, fault: Fault | None) -> web.StreamResponse:
    """Send the answer, or fail while sending it as the fault demands."""
    kind = None if fault is None else fault.kind
    if kind is Kind.RESET:
        return await _reset(request)
    if fault is not None and kind in {Kind.SLOW, Kind.TRUNCATED}:
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(answer.body)
        await response.prepare(request)
        if kind is Kind.SLOW:
            await _send_slowly(response, answer.body, fault.pause)
        else:
            await response.write(answer.body[: len(answer.body) // 2])
            _close(request)
        return response
    response = web.Response(status=answer.status, headers=answer.headers, body=answer.body)
    # Fresh answers of Document Translation are chunked, those of its cache are not.
    uncached = answer.cached_by_url and "Age" not in answer.headers
    if uncached and request.version >= HttpVersion11:
        response.enable_chunked_encoding()
    return response


async def _send_slowly(response: web.StreamResponse, body: bytes, pause: float) -> None:
    for index in range(len(body)):
        try:
            await response.write(body[index : index + 1])
        except ConnectionError:  # the client has timed out
            return
        await asyncio.sleep(pause)


async def _reset(request: web.Request) -> web.Response:
    """A TCP reset, which is sent because the connection is closed with linger time 0."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    await asyncio.sleep(0)
    return web.Response()


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
