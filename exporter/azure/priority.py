"""Which requests go first when several wait for the budget of a resource."""

from enum import IntEnum


class Priority(IntEnum):
    """The priority of a request; the lowest number goes first."""

    HIGH = 0
    """Rounds of lists, and what a person asks for: `/probe`, "poll now", the doctor."""
    NORMAL = 1
    """Operations that can still change."""
    LOW = 2
    """What is over: documents of finished operations, final polls."""
