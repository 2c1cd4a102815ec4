"""Pure: what a failed request means for who set the exporter up, and what else it spoils."""

from enum import IntEnum
from typing import NamedTuple

from exporter.errors import (
    Failure,
    Gone,
    NoAnswer,
    Rejected,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreadable,
)

_NO_ROLE = "PermissionDenied"  # of Azure's gateway, with 401 as with 403


class Reach(IntEnum):
    """What need not be tried after a failure."""

    ITSELF = 0
    API = 1
    RESOURCE = 2


class Verdict(NamedTuple):
    """The kind of the finding, its words, and how far it reaches."""

    kind: str
    what: str
    reach: Reach


def judged(failure: Failure, *, of_list: bool, entra: bool) -> Verdict:
    """The meaning of a failure of a list or an operation."""
    kind, reach = _kind(failure, of_list=of_list, entra=entra)
    details = failure.details
    what = failure.reason
    if isinstance(failure, Throttled) and details.retry_after is not None:
        what += f"; it asks to wait {details.retry_after:g} s"
    if details.request_id:
        what += f"; request id {details.request_id}"
    return Verdict(kind, what, reach)


def _kind(failure: Failure, *, of_list: bool, entra: bool) -> tuple[str, Reach]:
    match failure:
        case Unauthorised():
            return _of_the_credential(failure, entra=entra)
        case Gone():
            return ("list-not-found" if of_list else "not-found"), Reach.ITSELF
        case Rejected():
            return _of_the_request(failure)
        case Unreadable() if "instead of JSON" in failure.reason:
            return "not-azure", Reach.RESOURCE
        case _:
            return _OTHERS.get(type(failure), ("unreadable", Reach.ITSELF))


_OTHERS = {
    Throttled: ("throttled", Reach.API),
    Unavailable: ("azure-trouble", Reach.API),
    NoAnswer: ("no-answer", Reach.RESOURCE),
    Unreadable: ("unreadable", Reach.ITSELF),
}


def _of_the_credential(failure: Failure, *, entra: bool) -> tuple[str, Reach]:
    no_role = failure.status == "403" or failure.details.error_code == _NO_ROLE
    if failure.status == "token":
        return "token-none", Reach.RESOURCE
    if entra:
        return ("role-missing", Reach.API) if no_role else ("token-refused", Reach.RESOURCE)
    return ("forbidden", Reach.API) if failure.status == "403" else ("key-refused", Reach.RESOURCE)


def _of_the_request(failure: Failure) -> tuple[str, Reach]:
    if failure.status.startswith("3"):
        return "not-azure", Reach.RESOURCE
    if _is_about_the_version(failure):
        return "version-refused", Reach.API
    return "rejected", Reach.ITSELF


def _is_about_the_version(failure: Failure) -> bool:
    """https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#api-versioning"""  # noqa: D415
    said = failure.details
    codes = f"{said.code} {said.inner_code} {said.target} {said.header_code}".lower()
    words = codes + said.message.lower()
    return failure.status == "400" and ("apiversion" in codes or "api-version" in words)
