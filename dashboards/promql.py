"""The PromQL that the dashboards share. `$resource` and the like are Grafana's variables."""

from exporter.model.operation import State

_BAD = "|".join(state for state in State if state.bad)

JOB = 'job=~"$job"'
API = 'resource=~"$resource", api=~"$api"'
OPERATION = f'{API}, operation=~"$operation"'

WAITING = f'{OPERATION}, state="NotStarted"'
RUNNING = f'{OPERATION}, state=~"Running|Cancelling"'
FAILED = f'{OPERATION}, state=~"{_BAD}"'
FAILED_DOCUMENTS = f'{OPERATION}, state="Failed"'

# The one operation of the batch dashboard, and its documents, whose series have no `api`.
ONE = 'resource="$resource", api="$api", operation="$operation"'
ONE_FAILED_DOCUMENTS = f'{ONE}, state="Failed"'
DOCUMENTS = 'resource="$resource", operation="$operation"'
RUNNING_DOCUMENTS = f'{DOCUMENTS}, state="Running"'

_KEY = ("resource", "api", "operation")
_DOCUMENT = ("document", "language")


def each(family: str, where: str, *labels: str) -> str:
    """One series an operation, also while two pods show the same one during a rollout."""
    return f"max by ({', '.join((*_KEY, *labels))}) ({family}{{{where}}})"


def each_document(family: str, where: str, *labels: str) -> str:
    """One series a document of the one batch that `where` selects."""
    return f"max by ({', '.join((*_DOCUMENT, *labels))}) ({family}{{{where}}})"


def state(where: str, *labels: str) -> str:
    """Operations by state: 1 for the current one."""
    return each("azure_ai_operation_state", where, *labels)


def unchanged() -> str:
    """Seconds since the exporter last saw each operation change."""
    return f"(time() - {each('azure_ai_operation_last_change_timestamp_seconds', OPERATION)})"


def with_operation(left: str, operator: str, right: str, grouping: str = "") -> str:
    """Two sides joined on the operation."""
    return f"{left} {operator} on ({', '.join(_KEY)}) {grouping}{right}"


def with_document(left: str, operator: str, right: str, grouping: str = "") -> str:
    """Two sides joined on the document."""
    return f"{left} {operator} on ({', '.join(_DOCUMENT)}) {grouping}{right}"


def rate(counter: str, where: str, *by: str) -> str:
    """Events a second."""
    return f"sum by ({', '.join(by)}) (rate({counter}{{{where}}}[$__rate_interval]))"


def of_exporters(series: str) -> str:
    """Only those of exporters, where their job has other targets, too."""
    return f"({series} and on (job, instance) azure_ai_exporter_build_info{{{JOB}}})"


def milliseconds(seconds: str) -> str:
    """Grafana's units of a date want milliseconds."""
    return f"{seconds} * 1000"
