"""Resources that are in trouble: Azure refuses their key, or does not answer."""

from collections.abc import Sequence
from typing import NamedTuple

from exporter.web.status.resources import resource_rows
from exporter.web.status.sources import Sources


class ResourceTrouble(NamedTuple):
    """The trouble of one resource: `paused`, `refused`, `no answer` or `file unreadable`."""

    resource: str
    kind: str
    reason: str


def resource_troubles(sources: Sources) -> Sequence[ResourceTrouble]:
    """The resources that are in trouble, as on the status page."""
    return [
        ResourceTrouble(row.name, row.word, row.reason)
        for row in resource_rows(sources, {}, {}, sources.clock())
        if row.health == "bad"
    ]
