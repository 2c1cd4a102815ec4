"""The families of accounts that are looked for: set by `telemetry`."""

from exporter.exposition.families.family import Family, Scope

ACCOUNT_FAMILIES = (
    Family(
        "azure_ai_discovery_up",
        "1 if the latest list of accounts of a subscription, or of managementGroups/ID, was "
        "complete; while 0, the accounts of the last complete list stay.",
        Scope.EXPORTER,
        ("subscription",),
        times="one for each entry of discover_resources",
        absent="without discover_resources, and before the first list",
    ),
    Family(
        "azure_ai_discovery_resources",
        "Discovered accounts that are polled.",
        Scope.EXPORTER,
        ("subscription",),
        times="one for each entry of discover_resources",
        absent="without discover_resources",
    ),
    Family(
        "azure_ai_discovery_resources_unwatched",
        "Discovered accounts that cannot be polled, by reason.",
        Scope.EXPORTER,
        ("subscription", "reason"),
        times="7 for each entry of discover_resources",
        absent="without discover_resources",
    ),
)
