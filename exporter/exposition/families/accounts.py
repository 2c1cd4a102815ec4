"""The families of accounts that are looked for: set by `telemetry`."""

from exporter.exposition.families.family import Family, Scope

ACCOUNT_FAMILIES = (
    Family(
        "azure_ai_discovery_up",
        "1 if the latest look at the accounts of a subscription, or managementGroups/ID, showed "
        "all of them; while 0, those of the latest complete look stay.",
        Scope.EXPORTER,
        ("subscription",),
        times="one for each entry of discover_resources",
        absent="without discover_resources, and before the first look",
    ),
    Family(
        "azure_ai_discovery_resources",
        "Accounts that were found there and are watched.",
        Scope.EXPORTER,
        ("subscription",),
        times="one for each entry of discover_resources",
        absent="without discover_resources",
    ),
    Family(
        "azure_ai_discovery_resources_unwatched",
        "Accounts that were found there and cannot be watched, by reason.",
        Scope.EXPORTER,
        ("subscription", "reason"),
        times="7 for each entry of discover_resources",
        absent="without discover_resources",
    ),
)
