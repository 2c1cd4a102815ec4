"""The families of the exporter, and those that outlive an operation: set by `telemetry`."""

from exporter.exposition.families.accounts import ACCOUNT_FAMILIES
from exporter.exposition.families.charges import CHARGE_FAMILIES
from exporter.exposition.families.family import Family, Scope

# From syntheses of seconds to trainings of days.
_DURATION_BOUNDS = (
    *(1, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800),
    *(3600, 7200, 14400, 28800, 43200, 86400, 172800, 345600, 604800),
)

RESOURCE_INFO = Family(
    "azure_ai_resource_info",
    "1; what is fixed about the resource, with the labels of the configuration. One that was found "
    "by discover_resources has account, subscription, resource_group, location, sku, and its tags.",
    Scope.EXPORTER,
    ("resource",),
    times="one for each resource",
)

TELEMETRY_FAMILIES = (
    Family(
        "azure_ai_resource_up",
        "1 if the latest request to this API of this resource was answered and authorised.",
        Scope.API,
        absent="before the first request",
    ),
    *CHARGE_FAMILIES,
    Family(
        "azure_ai_state_transitions_total",
        "Changes of state that were seen.",
        Scope.API,
        ("from", "to"),
        type="counter",
        times="those that were seen",
        absent="before the first such change",
    ),
    Family(
        "azure_ai_operation_duration_seconds",
        "From creation to Azure's last action, or to when the exporter saw the end where Azure "
        "tells none; of finished operations for which both are known.",
        Scope.API,
        ("state",),
        type="histogram",
        buckets=_DURATION_BOUNDS,
        times="23 for each finished state that was seen",
        absent="before the first operation has finished so",
    ),
    Family(
        "azure_ai_api_requests_total",
        "Requests to Azure by HTTP status, or other, timeout, connection, tls, token, unreadable.",
        Scope.API,
        ("status",),
        type="counter",
        times="8 from the start, and others that were seen",
    ),
    Family(
        "azure_ai_api_errors_total",
        "Errors that Azure answered, by its own error code.",
        Scope.API,
        ("code",),
        type="counter",
        times="the documented codes, with others at most 64, and `other`",
        absent="where the API documents no codes, before the first error",
    ),
    Family(
        "azure_ai_api_request_duration_seconds",
        "Seconds that a request to Azure took, its body included.",
        Scope.API,
        type="histogram",
        buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        times="13",
    ),
    Family(
        "azure_ai_api_retry_after_seconds",
        "How long Azure last told us to wait.",
        Scope.API,
        absent="before Azure has told so",
    ),
    Family(
        "azure_ai_exporter_polls_total",
        "Polls of operations by outcome, success or failure.",
        Scope.API,
        ("outcome",),
        type="counter",
        times="2",
    ),
    Family(
        "azure_ai_exporter_poll_lag_seconds",
        "How much later than its interval asked the latest poll began, its wait included.",
        Scope.API,
        absent="before the first poll",
    ),
    Family(
        "azure_ai_exporter_unknown_states_total",
        "States that Azure gave in a word that no page of it lists.",
        Scope.API,
        type="counter",
    ),
    Family(
        "azure_ai_exporter_list_up",
        "1 if the latest round of lists of this API was read to its end.",
        Scope.API,
        absent="where no list is read, and before the first round",
    ),
    Family(
        "azure_ai_exporter_list_truncated",
        "1 if there are more operations than max_operations lets be followed.",
        Scope.API,
        absent="where no list is read, and before the first round",
    ),
    Family(
        "azure_ai_exporter_list_items_unreadable_total",
        "Items of lists that could not be read; the others count all the same.",
        Scope.API,
        type="counter",
        absent="where no list is read, and before the first round",
    ),
    Family(
        "azure_ai_resource_operations",
        "Watched operations by state; Unknown includes those that cannot be read.",
        Scope.API,
        ("state",),
        times="5 to 8: the states of the API, and Unknown",
    ),
    Family(
        "azure_ai_resource_operations_folded",
        "Discovered operations that have no series of their own, because of operation_series.",
        Scope.API,
    ),
    *ACCOUNT_FAMILIES,
    Family(
        "azure_ai_exporter_resource_paused",
        "1 while a resource is not asked because it refused its key.",
        Scope.EXPORTER,
        ("resource",),
        times="one for each resource",
    ),
    Family(
        "azure_ai_exporter_credential_readable",
        "1 if the files of the resource's key, secret or certificate can be used; while 0, what "
        "they held before stays in use.",
        Scope.EXPORTER,
        ("resource",),
        times="one for each resource",
    ),
    Family(
        "azure_ai_exporter_requests_waiting",
        "Requests that wait for the budget of their resource.",
        Scope.EXPORTER,
        ("resource",),
        times="one for each resource",
    ),
    Family(
        "azure_ai_exporter_request_wait_seconds",
        "Seconds that a request waited for the budget of its resource before it was sent.",
        Scope.EXPORTER,
        ("resource",),
        type="histogram",
        buckets=(0.1, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
        times="14 for each resource",
    ),
    Family(
        "azure_ai_exporter_scrape_duration_seconds",
        "Seconds that the latest scrape took to answer.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_config_last_reload_successful",
        "Whether the last attempt to load the configuration was successful.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_config_last_reload_success_timestamp_seconds",
        "When the configuration in use was loaded.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_checkpoint_last_write_successful",
        "Whether the latest write of the checkpoint was successful; 1 where none is kept.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_checkpoint_last_write_success_timestamp_seconds",
        "When the checkpoint was last written.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_shard",
        "Which shard of the work this exporter does, from 0.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_shards",
        "How many shards share the work; 1 where it is not shared.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_operation_files_broken",
        "Files of operations that are not right; their last good content is used.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_web_config_last_reload_successful",
        "Whether the last attempt to load the web configuration was successful; 1 without one.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_web_refused_total",
        "Clients of the exporter's own port that were turned away or cut off, by reason.",
        Scope.EXPORTER,
        ("reason",),
        type="counter",
        times="7",
    ),
    Family(
        "azure_ai_exporter_log_lines_dropped_total",
        "Log lines that could not be written to standard error.",
        Scope.EXPORTER,
        type="counter",
    ),
    Family(
        "azure_ai_exporter_build_info",
        "1; the version that runs.",
        Scope.EXPORTER,
        ("version", "python_version"),
    ),
    Family(
        "azure_ai_exporter_series",
        "Series of operations and documents that are exposed.",
        Scope.EXPORTER,
    ),
)

PROBE_FAMILIES = (
    Family(
        "azure_ai_probe_success",
        "On /probe alone: 1 if the operation was read, else 0.",
        Scope.EXPORTER,
        absent="but on /probe",
    ),
    Family(
        "azure_ai_probe_duration_seconds",
        "On /probe alone: seconds that the poll took.",
        Scope.EXPORTER,
        absent="but on /probe",
    ),
)
