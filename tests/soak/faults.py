"""The faults of the soak: in half of all answers, and for one resource in more of them."""

from collections.abc import Sequence

Faults = Sequence[dict[str, object]]

# Of the answers that no fault before changed; half are left as they are.
ALWAYS: Faults = (
    {"kind": "stale", "chance": 0.1},
    {"kind": "gone", "chance": 0.1},
    {"kind": "error", "status": 503, "chance": 0.15},
    {"kind": "html", "chance": 0.15},
    {"kind": "truncated", "chance": 0.15},
)

# For one resource of the two: another kind with each note, before those that are always there.
KINDS: dict[str, Faults] = {
    "none": (),
    "throttled": ({"kind": "throttled", "chance": 0.5},),
    "wait": ({"kind": "throttled", "retry_after": "20", "chance": 0.2},),
    "errors": (
        {"kind": "error", "chance": 0.5},
        {"kind": "error", "status": 503, "body": False, "retry_after": "-1", "chance": 0.5},
    ),
    "slow": ({"kind": "slow", "pause": 0.5, "chance": 0.05},),
    "truncated": ({"kind": "truncated", "chance": 0.5},),
    "html": ({"kind": "html", "chance": 0.5},),
    "reset": ({"kind": "reset", "chance": 0.5},),
    "redirect": ({"kind": "redirect", "location": "http://127.0.0.2:1/", "chance": 0.5},),
    "unknown": ({"kind": "unknown_state", "chance": 0.5},),
    "gone": ({"kind": "gone", "chance": 0.05},),
    "foreign": ({"kind": "foreign_link", "location": "http://127.0.0.2:1"},),
    "repeated": ({"kind": "repeated_link"},),
    "endless": ({"kind": "endless_link"},),
    "broken": ({"kind": "broken_item"}, {"kind": "broken_item", "without": "id"}),
    "refused": ({"kind": "unauthorised", "count": 20},),
    "forbidden": ({"kind": "forbidden", "chance": 0.5, "count": 20},),
}
