"""Error pages for browsers."""

from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.web.status.rendering import page, wants_page

_TEXTS = {
    404: "This page does not exist.",
    405: "This page does not support the method of the request.",
}


@web.middleware
async def with_error_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Make a page of an error in plain text, if the client is a browser."""
    if not wants_page(request):
        return await handler(request)
    try:
        answer = await handler(request)
    except web.HTTPError as error:
        text = _TEXTS.get(error.status, error.reason)
        return await _page(request, error.status, text, error.headers.get("Allow"))
    if (
        isinstance(answer, web.Response)
        and answer.status >= HTTPStatus.BAD_REQUEST
        and answer.content_type == "text/plain"
    ):
        return await _page(request, answer.status, (answer.text or "").strip())
    return answer


async def _page(
    request: web.Request, status: int, text: str, allow: str | None = None
) -> web.Response:
    title = f"{status} {HTTPStatus(status).phrase}"
    answer = await page(request, "message.html", status=status, title=title, text=text)
    if allow:
        answer.headers["Allow"] = allow
    return answer
