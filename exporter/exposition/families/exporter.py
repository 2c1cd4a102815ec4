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
    "1; constant properties of the resource, with the labels of the configuration. A discovered "
    "resource has account, subscription, resource_group, location, sku, and its tags.",
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
        "Changes of state that the exporter has seen.",
        Scope.API,
        ("from", "to"),
        type="counter",
        times="one for each change that was seen",
        absent="before the first change",
    ),
    Family(
        "azure_ai_operation_duration_seconds",
        "Duration of finished operations from creation to Azure's last action, or to the time "
        "when the exporter saw the end if Azure reports none.",
        Scope.API,
        ("state",),
        type="histogram",
        buckets=_DURATION_BOUNDS,
        times="23 for each final state that was seen",
        absent="before the first operation with this final state",
    ),
    Family(
        "azure_ai_api_requests_total",
        "Requests to Azure by HTTP status, or other, timeout, connection, tls, token, unreadable.",
        Scope.API,
        ("status",),
        type="counter",
        times="8 from the start, and one for each other status that was seen",
    ),
    Family(
        "azure_ai_api_errors_total",
        "Error responses of Azure, by Azure's error code.",
        Scope.API,
        ("code",),
        type="counter",
        times="the documented codes and others, at most 64, and `other`",
        absent="before the first error, if the API documents no codes",
    ),
    Family(
        "azure_ai_api_request_duration_seconds",
        "Duration of requests to Azure in seconds, including the body.",
        Scope.API,
        type="histogram",
        buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        times="13",
    ),
    Family(
        "azure_ai_api_retry_after_seconds",
        "The last time to wait that Azure sent, in seconds.",
        Scope.API,
        absent="before Azure sent one",
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
        "How late the latest poll started, compared with its interval, in seconds; includes the "
        "wait for the budget.",
        Scope.API,
        absent="before the first poll",
    ),
    Family(
        "azure_ai_exporter_unknown_states_total",
        "States in responses that Azure does not document.",
        Scope.API,
        type="counter",
    ),
    Family(
        "azure_ai_exporter_list_up",
        "1 if the latest round of lists of this API was read completely.",
        Scope.API,
        absent="without lists, and before the first round",
    ),
    Family(
        "azure_ai_exporter_list_truncated",
        "1 if there are more operations than max_operations.",
        Scope.API,
        absent="without lists, and before the first round",
    ),
    Family(
        "azure_ai_exporter_list_items_unreadable_total",
        "Items of lists that could not be read.",
        Scope.API,
        type="counter",
        absent="without lists, and before the first round",
    ),
    Family(
        "azure_ai_resource_operations",
        "Operations by state; Unknown includes operations that cannot be read.",
        Scope.API,
        ("state",),
        times="5 to 8: the states of the API, and Unknown",
    ),
    Family(
        "azure_ai_resource_operations_folded",
        "Discovered operations without series of their own, because of operation_series.",
        Scope.API,
    ),
    *ACCOUNT_FAMILIES,
    Family(
        "azure_ai_exporter_resource_paused",
        "1 while a resource is paused because it refused its key.",
        Scope.EXPORTER,
        ("resource",),
        times="one for each resource",
    ),
    Family(
        "azure_ai_exporter_credential_readable",
        "1 if the files with the key, secret or certificate of the resource can be used; while 0, "
        "their previous content stays in use.",
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
        "Duration of the latest scrape in seconds.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_config_last_reload_successful",
        "1 if the last attempt to load the configuration was successful.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_config_last_reload_success_timestamp_seconds",
        "When the configuration in use was loaded.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_checkpoint_last_write_successful",
        "1 if the latest write of the checkpoint was successful; also 1 without a state_file.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_checkpoint_last_write_success_timestamp_seconds",
        "When the checkpoint was last written.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_shard",
        "Number of this shard, from 0.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_shards",
        "Number of shards; 1 without sharding.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_operation_files_broken",
        "Operation files with errors; their last valid content is used.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_web_config_last_reload_successful",
        "1 if the last attempt to load the web configuration was successful; also 1 without one.",
        Scope.EXPORTER,
    ),
    Family(
        "azure_ai_exporter_web_refused_total",
        "Clients of the exporter's port that were refused or disconnected, by reason.",
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
        "1; the version of the exporter.",
        Scope.EXPORTER,
        ("version", "python_version"),
    ),
    Family(
        "azure_ai_exporter_series",
        "Exposed series of operations and documents.",
        Scope.EXPORTER,
    ),
)

PROBE_FAMILIES = (
    Family(
        "azure_ai_probe_success",
        "Only on /probe: 1 if the operation was read, else 0.",
        Scope.EXPORTER,
        absent="except on /probe",
    ),
    Family(
        "azure_ai_probe_duration_seconds",
        "Only on /probe: duration of the poll in seconds.",
        Scope.EXPORTER,
        absent="except on /probe",
    ),
)
