"""The metric contract: every family, in the order of /metrics."""

from exporter.exposition.families.document import DOCUMENT_FAMILIES
from exporter.exposition.families.exporter import (
    PROBE_FAMILIES,
    RESOURCE_INFO,
    TELEMETRY_FAMILIES,
)
from exporter.exposition.families.family import Family, Scope
from exporter.exposition.families.operation import OPERATION_FAMILIES

SNAPSHOT_FAMILIES = OPERATION_FAMILIES + DOCUMENT_FAMILIES
FAMILIES = (*SNAPSHOT_FAMILIES, RESOURCE_INFO, *TELEMETRY_FAMILIES, *PROBE_FAMILIES)

__all__ = [
    "DOCUMENT_FAMILIES",
    "FAMILIES",
    "OPERATION_FAMILIES",
    "PROBE_FAMILIES",
    "RESOURCE_INFO",
    "SNAPSHOT_FAMILIES",
    "TELEMETRY_FAMILIES",
    "Family",
    "Scope",
]
