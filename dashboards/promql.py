"""Common PromQL of the dashboards. `$resource` and others are variables of Grafana."""

from exporter.apis import Apis
from exporter.model.operation import State
from exporter.model.quantities import Counted
from exporter.model.snapshot import STUCK_SECONDS

_BAD = "|".join(state for state in State if state.bad)
_FINISHED = "|".join(state for state in State if state.finished)
_PARTS = "|".join(f"azure_ai_operation_{counted}" for counted in Counted)

JOB = 'job=~"$job"'
API = 'resource=~"$resource", api=~"$api"'
OPERATION = f'{API}, operation=~"$operation"'

WAITING = f'{OPERATION}, state="NotStarted"'
RUNNING = f'{OPERATION}, state=~"Running|Cancelling"'
FAILED = f'{OPERATION}, state=~"{_BAD}"'
SUCCEEDED = f'{OPERATION}, state="Succeeded"'
FINISHED = f'{OPERATION}, state=~"{_FINISHED}"'
NOT_TRANSLATIONS = 'api!~".+_translation"'  # beside the matchers above

# The operation of the batch dashboard, and its documents, whose series have no `api`.
SINGLE_OPERATION = 'resource="$resource", api="$api", operation="$operation"'
SINGLE_OPERATION_FAILED_DOCUMENTS = f'{SINGLE_OPERATION}, state="Failed"'
DOCUMENTS = 'resource="$resource", operation="$operation"'
RUNNING_DOCUMENTS = f'{DOCUMENTS}, state="Running"'

_LAST_CHANGE = "azure_ai_operation_last_change_timestamp_seconds"
_LAST_SUCCESS = "azure_ai_operation_last_success_timestamp_seconds"
_OPERATION_LABELS = ("resource", "api", "operation")
_DOCUMENT_LABELS = ("document", "language")


def by_operation(family: str, matchers: str, *labels: str) -> str:
    """One series for each operation, also while two pods have the same one during a rollout."""
    return f"max by ({', '.join((*_OPERATION_LABELS, *labels))}) ({family}{{{matchers}}})"


def by_document(family: str, matchers: str, *labels: str) -> str:
    """One series for each document of the batch that `matchers` select."""
    return f"max by ({', '.join((*_DOCUMENT_LABELS, *labels))}) ({family}{{{matchers}}})"


def state(matchers: str, *labels: str) -> str:
    """Operations by state: 1 for the current one."""
    return by_operation("azure_ai_operation_state", matchers, *labels)


def parts(matchers: str) -> str:
    """How many parts of each operation `matchers` select: documents, requests, outputs and others.

    `matchers` name the states.
    """
    family = f'{{__name__=~"{_PARTS}", {matchers}}}'
    by = ", ".join(_OPERATION_LABELS)
    return f"sum by ({by}) (max by ({by}, __name__, state) ({family}))"


def unchanged() -> str:
    """Seconds from the last change of each operation to its latest successful poll."""
    last_success = by_operation(_LAST_SUCCESS, OPERATION)
    return f"({with_operation(last_success, '-', by_operation(_LAST_CHANGE, OPERATION))})"


def ended(matchers: str) -> str:
    """When operations ended: Azure's last action, or the change that the exporter saw."""
    last_action = by_operation("azure_ai_operation_last_action_timestamp_seconds", matchers)
    return f"({with_operation(last_action, 'or', by_operation(_LAST_CHANGE, matchers))})"


def within_an_hour(series: str, matchers: str) -> str:
    """The values of `series`; 0 for operations whose last action is over an hour old."""
    return with_operation(series, "*", f"({ended(matchers)} > bool time() - 3600)")


def stuck(operator: str) -> str:
    """How long operations are unchanged, compared with the time that their API may take."""
    own_times = [
        f'group by (api) ({_LAST_CHANGE}{{{OPERATION}, api="{name}"}}) '
        f"* {settings.stuck_after:.0f} or "
        for name, settings in Apis.by_name()
        if settings.stuck_after != STUCK_SECONDS
    ]
    others = f"group by (api) ({_LAST_CHANGE}{{{OPERATION}}}) * $stuck_after"
    return f"{unchanged()} {operator} on (api) group_left () ({''.join(own_times)}{others})"


def with_operation(left: str, operator: str, right: str, grouping: str = "") -> str:
    """Two sides joined on the operation."""
    return f"{left} {operator} on ({', '.join(_OPERATION_LABELS)}) {grouping}{right}"


def with_document(left: str, operator: str, right: str) -> str:
    """Two sides joined on the document."""
    return f"{left} {operator} on ({', '.join(_DOCUMENT_LABELS)}) {right}"


def rate(counter: str, matchers: str, *by: str) -> str:
    """Events per second."""
    return f"sum by ({', '.join(by)}) (rate({counter}{{{matchers}}}[$__rate_interval]))"


def by_day(counter: str, matchers: str, *by: str) -> str:
    """The increase during the day that starts at the time of the query; for today, so far."""
    return f"sum by ({', '.join(by)}) (increase({counter}{{{matchers}}}[1d] offset -1d))"


def of_exporters(series: str) -> str:
    """Only the series of exporters, because their job may have other targets, too."""
    return f"({series} and on (job, instance) azure_ai_exporter_build_info{{{JOB}}})"


def milliseconds(seconds: str) -> str:
    """Seconds as milliseconds, which Grafana's date units need."""
    return f"{seconds} * 1000"
