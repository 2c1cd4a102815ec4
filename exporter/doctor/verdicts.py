"""Pure: the finding for a failed request, and which other requests would fail as well."""

from enum import IntEnum
from typing import NamedTuple

from exporter.errors import (
    FREE_TIER_CODE,
    Failure,
    Gone,
    NoAnswer,
    Rejected,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreadable,
)

_NO_ROLE_CODE = "PermissionDenied"  # from Azure's gateway, with 401 or 403


class FailureScope(IntEnum):
    """What fails as well, so that it is not tried after a failure."""

    ITEM = 0
    API = 1
    RESOURCE = 2


class Verdict(NamedTuple):
    """The kind of the finding, its text, and its scope."""

    kind: str
    what: str
    scope: FailureScope


def verdict_of(failure: Failure, *, of_list: bool, entra: bool) -> Verdict:
    """The verdict on a failure of a list or an operation."""
    kind, scope = _kind(failure, of_list=of_list, entra=entra)
    details = failure.details
    what = failure.reason
    if isinstance(failure, Throttled) and details.retry_after is not None:
        what += f"; Retry-After is {details.retry_after:g} s"
    if details.request_id:
        what += f"; request id {details.request_id}"
    return Verdict(kind, what, scope)


def _kind(failure: Failure, *, of_list: bool, entra: bool) -> tuple[str, FailureScope]:
    match failure:
        case Unauthorised():
            return _credential_verdict(failure, entra=entra)
        case Gone():
            return ("list-not-found" if of_list else "not-found"), FailureScope.ITEM
        case Rejected():
            return _request_verdict(failure)
        case Unreadable() if "instead of JSON" in failure.reason:
            return "not-azure", FailureScope.RESOURCE
        case _:
            return _VERDICTS_BY_TYPE.get(type(failure), ("unreadable", FailureScope.ITEM))


_VERDICTS_BY_TYPE = {
    Throttled: ("throttled", FailureScope.API),
    Unavailable: ("azure-trouble", FailureScope.API),
    NoAnswer: ("no-answer", FailureScope.RESOURCE),
    Unreadable: ("unreadable", FailureScope.ITEM),
}


def _credential_verdict(failure: Failure, *, entra: bool) -> tuple[str, FailureScope]:
    no_role = failure.status == "403" or failure.details.error_code == _NO_ROLE_CODE
    if failure.status == "token":
        return "token-none", FailureScope.RESOURCE
    if entra:
        return (
            ("role-missing", FailureScope.API)
            if no_role
            else ("token-refused", FailureScope.RESOURCE)
        )
    return (
        ("forbidden", FailureScope.API)
        if failure.status == "403"
        else ("key-refused", FailureScope.RESOURCE)
    )


def _request_verdict(failure: Failure) -> tuple[str, FailureScope]:
    if failure.status.startswith("3"):
        return "not-azure", FailureScope.RESOURCE
    if failure.details.inner_code == FREE_TIER_CODE:
        return "free-tier", FailureScope.API
    if _is_about_the_version(failure):
        return "version-refused", FailureScope.API
    return "rejected", FailureScope.ITEM


def _is_about_the_version(failure: Failure) -> bool:
    """https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#api-versioning"""  # noqa: D415
    details = failure.details
    codes = f"{details.code} {details.inner_code} {details.target} {details.header_code}".lower()
    words = codes + details.message.lower()
    return failure.status == "400" and ("apiversion" in codes or "api-version" in words)
