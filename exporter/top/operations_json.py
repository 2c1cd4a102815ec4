"""The body of `/api/v1/operations`, as far as `top` uses it, and its text made safe to print."""

from collections.abc import Mapping, Sequence

from msgspec import Struct


class ErrorJson(Struct):
    """The error of an operation."""

    code: str = ""
    inner_code: str = ""
    message: str = ""


class TroubleJson(Struct):
    """What is wrong with an operation, in the words of the status page."""

    kind: str


class ResourceTroubleJson(Struct):
    """Why a resource cannot be polled: `paused`, for example, and the reason."""

    resource: str
    kind: str
    reason: str = ""


class CountJson(Struct):
    """Counts of one noun (documents, images …): by state, finished, and finished badly."""

    by_state: Mapping[str, int]
    finished: int = 0
    bad: int = 0
    submitted: int | None = None


class OperationJson(Struct):
    """One operation. A field that an older exporter does not have is None.

    Times are Unix seconds.
    """

    resource: str
    api: str
    operation: str
    name: str | None = None
    state: str | None = None
    finished: bool = False
    bad: bool = False
    up: bool | None = None
    troubles: Sequence[TroubleJson] = ()
    failure: str | None = None
    last_success: float | None = None
    last_change: float | None = None
    created: float | None = None
    progress: float | None = None
    estimated_completion: float | None = None
    counts: Mapping[str, CountJson] = {}
    amounts: Mapping[str, float] = {}
    error: ErrorJson | None = None


class OperationsJson(Struct):
    """The body of `/api/v1/operations`. Fields that only a newer exporter has are ignored.

    `resources` has the configured APIs of each resource; None: an older exporter.
    """

    operations: list[OperationJson]
    problems: Sequence[str] = ()
    resources: Mapping[str, Sequence[str]] | None = None
    resource_troubles: Sequence[ResourceTroubleJson] = ()


def plain(text: str) -> str:
    """Foreign text on one line, without characters that move the cursor or reverse the text."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
