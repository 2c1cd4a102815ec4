"""The failures of requests to Azure.

Failure
├── NoAnswer        no complete answer: timeout, connection, tls, or no token
├── Unauthorised    401, 403: the key or token is not accepted; or the login refused a token
├── Throttled       429: too many requests
├── Unavailable     408, 5xx: a failure of Azure's own
├── Gone            204, 404, 410: there is no such operation
├── Rejected        any other status, redirects included
└── Unreadable      an answer with another shape than documented

The class is chosen in one place, `exporter.azure.answer`.
"""

from typing import ClassVar

from msgspec import Struct

FREE_TIER_CODE = "InvalidSubscription"  # from a service that the free tier (F0) does not have


class Details(Struct, frozen=True):
    """Details of a failure from Azure's answer; empty or None if Azure did not say it.

    `waited`: seconds that the request waited for the budget, in all of its attempts.

    Shape: `{"error": {"code", "message", "target", "innererror": {"code"}}}`, also with
    `innerError`, and the header `x-ms-error-code`.
    https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#handling-errors
    """

    code: str = ""
    inner_code: str = ""
    target: str = ""
    message: str = ""
    header_code: str = ""
    request_id: str = ""
    retry_after: float | None = None
    waited: float = 0.0

    @property
    def error_code(self) -> str:
        """The code to count: that of the header if the body has only a number."""
        if self.header_code and (not self.code or self.code.isdigit()):
            return self.header_code
        return self.code


_NO_DETAILS = Details()


class Failure(Exception):  # noqa: N818  an error is what Azure reports
    """A request to Azure gave no readable answer.

    Args:
        status: HTTP status, or `timeout`, `connection`, `tls`, `token`, `unreadable`.
        reason: one sentence for the log, without secrets.
        details: details from Azure's answer.
    """

    passing: ClassVar[bool] = False  # whether it may be tried again within the same poll

    def __init__(self, status: str, reason: str, details: Details = _NO_DETAILS) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.details = details


class NoAnswer(Failure):
    passing = True


class Unauthorised(Failure):
    pass


class Throttled(Failure):
    passing = True


class Unavailable(Failure):
    passing = True


class Gone(Failure):
    pass


class Rejected(Failure):
    pass


class Unreadable(Failure):
    pass


def means_absent(failure: Failure | None) -> bool:
    """Whether a resource whose endpoint is right does not have the API, or not in its region."""
    return isinstance(failure, Gone) or (
        isinstance(failure, Unauthorised) and failure.status == "403"
    )


def may_mean_absent(failure: Failure | None) -> bool:
    """Whether a list failed as that of an API does which the resource does not serve.

    A single-service resource answers 401, 403 or 404 for other services, the free tier 400 for
    those that it does not have. Without a token nothing was asked.
    """
    if isinstance(failure, Unauthorised):
        return failure.status != "token"
    is_free_tier = failure is not None and failure.details.inner_code == FREE_TIER_CODE
    return is_free_tier or isinstance(failure, Gone)
