"""Errors of the services: one refusal, in three shapes, and the errors of the gateway."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from exporter.simulator.messages import Answer, Request, json_answer

Shape = Literal["translator", "azure core", "qna maker", "speech to text"]


@dataclass
class Refusal(Exception):  # noqa: N818 - not every refusal is an error
    """A request that a service refuses. The API gives the answer its shape."""

    status: int
    code: str
    message: str
    target: str | None = None
    inner_code: str | None = None
    inner_message: str | None = None


def refused(refusal: Refusal, shape: Shape) -> Answer:
    """The error answer of a service.

    "speech to text" has the error itself in place of an object with `error`.

    "translator" and "qna maker" nest `innerError`. "azure core" nests `innererror` and repeats
    the code in the header `x-ms-error-code` (Azure.Core.Foundations.ErrorResponse).
    """
    error: dict[str, object] = {"code": refusal.code, "message": refusal.message}
    if refusal.target is not None:
        error["target"] = refusal.target
    if refusal.inner_code is not None:
        inner = {"code": refusal.inner_code, "message": refusal.inner_message or refusal.message}
        error["innererror" if shape == "azure core" else "innerError"] = inner
    body = error if shape == "speech to text" else {"error": error}
    answer = json_answer(refusal.status, body)
    return answer.plus(x_ms_error_code=refusal.code) if shape == "azure core" else answer


def gateway(status: int, message: str) -> Answer:
    """The error answer of the gateway; its code is the status, as a string."""
    error = {"code": str(status), "message": message}
    return json_answer(status, {"error": error}, content_type="application/json")


class Refusals(NamedTuple):
    """How a gateway words what it refuses by itself; seconds are those to wait."""

    throttled: Callable[[Request, int], Answer]
    unauthorised: Callable[[], Answer]
    forbidden: Callable[[Request], Answer]


def unauthorised() -> Answer:
    """The answer to a wrong or missing key, as in recorded traffic."""
    return gateway(
        401,
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to "
        "provide a valid key for an active subscription and use a correct regional API endpoint "
        "for your resource.",
    )


def forbidden(_: Request | None = None) -> Answer:
    return gateway(403, "Access denied due to Virtual Network/Firewall rules.")


def throttled(seconds: int) -> Answer:
    """The answer to too many requests, as in recorded traffic, without Retry-After."""
    return gateway(
        429,
        "Requests to the Returns the status for a document translation request Operation under "
        "Batch Document Translation API v1.0 have exceeded rate limit of your current "
        f"TextTranslator S1 pricing tier. Please retry after {seconds} second. Please contact "
        "Azure support service if you would like to further increase the default rate limit.",
    ).plus(policy_id="ResourceRateLimitBy1s")


def over_limit(seconds: int) -> Answer:
    """The answer above a published request limit, with the Retry-After of API Management.

    https://github.com/MicrosoftDocs/azure-docs/issues/96103
    """
    return gateway(
        429,
        "Requests have exceeded rate limit of your current Speech S0 pricing tier. "
        f"Please retry after {seconds} seconds.",
    ).plus(Retry_After=str(seconds))


def no_such_route() -> Answer:
    return gateway(404, "Resource not found")


def check_version(version: str | None, supported: tuple[str, ...], code: str) -> str:
    """The api-version, or a Refusal in Azure's words.

    https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#api-versioning
    """
    if version in supported:
        return str(version)
    inner = "UnsupportedApiVersionValue" if version else "MissingApiVersionParameter"
    message = (
        f"Unsupported api-version '{version}'. Supported are '{', '.join(supported)}'."
        if version
        else "The api-version query parameter (?api-version=) is required for all requests."
    )
    raise Refusal(400, code, message, "api-version", inner)


GATEWAY = Refusals(lambda _, seconds: throttled(seconds), unauthorised, forbidden)
