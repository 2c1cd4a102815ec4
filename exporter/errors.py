"""What can go wrong when Azure is asked.

Failure
├── NoAnswer        nothing came: timeout, connection, tls, or no token to ask with
├── Unauthorised    401, 403: the key or token is not accepted; or none is given to us
├── Throttled       429: too fast
├── Unavailable     408, 5xx: Azure has trouble of its own
├── Gone            204, 404, 410: Azure knows no such operation
├── Rejected        any other status, redirects included
└── Unreadable      an answer that is not what the page promises

The class is chosen in one place, `exporter.azure.answer`.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Details:
    """What Azure said of a failure, as far as it said it.

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

    @property
    def error_code(self) -> str:
        """The one code to count: the header's word where the body has only a number."""
        if self.header_code and (not self.code or self.code.isdigit()):
            return self.header_code
        return self.code


class Failure(Exception):  # noqa: N818  the field says failure; an error is what Azure reports
    """Asking Azure gave nothing readable.

    Args:
        status: HTTP status, or `timeout`, `connection`, `tls`, `token`, `unreadable`.
        reason: one sentence for the log; holds no secret.
        details: what Azure said of it.
    """

    passing: ClassVar[bool] = False  # worth trying again within the same poll

    def __init__(self, status: str, reason: str, details: Details = Details()) -> None:
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
