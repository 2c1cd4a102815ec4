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
    "Azure refuses the key or the identity: replace the key, or assign the role. "
    "A changed key file is read at once."
)
_PARTS = "Submit those again once their errors are fixed; the others are done."

ADVICE: Mapping[str, str] = {
    PAUSED: _REFUSED,
    REFUSED: _REFUSED,
    NO_ANSWER: "Check endpoint, DNS, proxy and firewall: “check --live” tries them step by step.",
    FILE_UNREADABLE: "Make the file readable for the exporter; Azure still accepts the old key.",
    CANNOT_BE_READ: "Its state may be old. Read the reason; a deleted operation never comes back.",
    STUCK: "See whether others of its resource go on; then cancel it and submit the rest again.",
    PAST_DEADLINE: "Wait if you can; or cancel it, fetch what is done and submit the rest again.",
    QUEUED: "See what else its resource runs, and its quota; after hours, submit it elsewhere.",
    LATE: "Nothing yet: it is slower than it was. Without any change it will be stuck.",
    kind_of(State.FAILED): "It stays failed: fix what the error says and submit it again.",
    kind_of(State.VALIDATION_FAILED): (
        "Nothing was begun or charged: fix the request and submit it again."
    ),
    kind_of(State.EXPIRED): "Fetch what was done in time, and submit the rest in smaller parts.",
    kind_of(State.PARTIALLY_SUCCEEDED): "Fetch what is done, and submit the rest again.",
} | {kind_of(counted): _PARTS for counted in Counted}
