"""What is observed of a request."""

from msgspec import Struct

from exporter.errors import Failure
from exporter.model.operation import OperationKey


class Exchange(Struct, frozen=True):
    """One request and its outcome; `status` as in `Failure`, durations in seconds.

    Attributes:
        at: Unix seconds of its end.
        waited: time before it was sent, for the budget; 0 if it repeats one with another key.
    """

    key: OperationKey
    path: str
    status: str
    seconds: float
    waited: float
    retry_after: float | None
    failure: Failure | None
    at: float = 0.0
    request_id: str = ""
