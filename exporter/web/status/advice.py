"""What to do about each kind of trouble, in a sentence; the runbooks in docs/ say more."""

from collections.abc import Mapping

from exporter.model.operation import State
from exporter.model.quantities import Counted
from exporter.model.trouble import CANNOT_BE_READ, LATE, PAST_DEADLINE, QUEUED, STUCK, kind_of

PAUSED = "paused"
REFUSED = "refused"
NO_ANSWER = "no answer"
FILE_UNREADABLE = "file unreadable"

_REFUSED = (
    "Azure refuses the key or the identity: replace the key, or assign the role; if it says "
    "HTTP 403, check the resource's firewall, too. A changed key file is read at once, a changed "
    "environment variable needs a restart."
)
_PARTS = "Fix their errors and submit them again; the others are done."

ADVICE: Mapping[str, str] = {
    PAUSED: _REFUSED,
    REFUSED: _REFUSED,
    NO_ANSWER: "Check endpoint, DNS, proxy and firewall: “check --live” tries them step by step.",
    FILE_UNREADABLE: "Make the file readable for the exporter; Azure still accepts the old key.",
    CANNOT_BE_READ: "Its state may be outdated; read the reason. A deleted one stays unreadable.",
    STUCK: "If others of its resource progress, cancel it and submit the rest again.",
    PAST_DEADLINE: "Wait, or cancel it, download the finished results and submit the rest again.",
    QUEUED: "Check what else its resource runs, and its quota; after hours, use another resource.",
    LATE: "Wait: it is slower than before. Without any progress it becomes stuck.",
    kind_of(State.FAILED): "Azure does not retry it: fix the error and submit it again.",
    kind_of(State.VALIDATION_FAILED): (
        "Nothing was started or charged: fix the request and submit it again."
    ),
    kind_of(State.EXPIRED): "Download the finished results, and submit the rest in smaller parts.",
    kind_of(State.PARTIALLY_SUCCEEDED): "Download the finished results, and submit the rest again.",
} | {kind_of(counted): _PARTS for counted in Counted}
