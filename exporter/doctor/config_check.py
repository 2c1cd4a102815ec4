"""Pure: findings from the configuration alone, without requests."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from urllib.parse import urlsplit

from exporter.azure.auth.clouds import CLOUDS, is_project
from exporter.config.config import Config, Resource
from exporter.config.plan import Plan, ResourceConnection
from exporter.config.sections import PlannedOperation, Section
from exporter.doctor.findings import Finding, FindingContext
from exporter.settings.hosts import leads_to_loopback
from exporter.settings.placeholders import is_placeholder

_REGIONAL_DOMAINS = tuple(cloud.regional for cloud in CLOUDS.values())
_OWN_DOMAINS = tuple(domain for cloud in CLOUDS.values() for domain in cloud.domains)
# The global endpoint of text translation, which does not serve document translation.
_GLOBAL_DOMAINS = ("api.cognitive.microsofttranslator.com", ".cognitive.microsofttranslator.com")


def config_findings(resource: Resource, plan: Plan) -> Iterator[Finding]:
    """Errors in the configuration of a resource, and possible improvements."""
    context = FindingContext(resource.name)
    connection = plan.connections[resource.name]
    sections = [section for section in plan.sections.values() if section.resource == resource.name]
    operations = [
        operation for key, operation in plan.operations.items() if key.resource == resource.name
    ]
    if resource.auth.key is not None:
        yield context.finding("plain-key", "key", "the key is in the configuration")
    if resource.auth.entra is None and is_project(connection.endpoint):
        reason = f"{urlsplit(connection.endpoint).path} is a Foundry project, and auth has a key"
        yield context.finding("project-key", "key", reason)
    if connection.endpoint.startswith("http:") and not leads_to_loopback(connection.endpoint):
        yield context.finding("plain-http", "endpoint", "the key is sent unencrypted")
    yield from _domain_findings(context, connection.endpoint, sections)
    yield from _idle_findings(context, plan.config, sections, operations)
    yield from _label_findings(context, operations)
    yield from _budget_findings(context, connection, sections, operations)


def shared_findings(config: Config) -> Iterator[Finding]:
    """Endpoints that several resources poll for the same API."""
    watched = sorted(
        (resource.endpoint, api, resource.name)
        for resource in config.resources
        for api, _ in resource.sections()
        if not leads_to_loopback(resource.endpoint)
    )
    for (endpoint, api), group in groupby(watched, lambda row: row[:2]):
        names = [name for _, _, name in group]
        if len(names) > 1:
            reason = f"{', '.join(names)} have the same endpoint, {endpoint}"
            yield FindingContext("", api).finding("same-endpoint", "endpoint", reason)


def _idle_findings(
    context: FindingContext,
    config: Config,
    sections: Iterable[Section],
    operations: Iterable[PlannedOperation],
) -> Iterator[Finding]:
    """APIs of which nothing is polled; with operation files, jobs may register operations later."""
    busy = {operation.watch.key.api for operation in operations}
    busy |= {section.api for section in sections if section.lister}
    idle = [section.api for section in sections if section.api not in busy]
    reason = "no operations and no discovery"
    if idle and not busy and not config.operation_files:
        yield context.finding("nothing-to-poll", "operation", f"{reason} in {', '.join(idle)}")
        return
    for api in idle:
        yield FindingContext(context.resource, api).finding("nothing-to-read", "operation", reason)


def _label_findings(
    context: FindingContext, operations: Iterable[PlannedOperation]
) -> Iterator[Finding]:
    for operation in operations:
        key = operation.watch.key
        for name, value in operation.watch.labels.items():
            if is_placeholder(value):
                reason = f"label {name} is {value}, which is not replaced"
                yield FindingContext(context.resource, key.api).finding(
                    "placeholder", key.operation, reason
                )


def _domain_findings(
    context: FindingContext, endpoint: str, sections: Iterable[Section]
) -> Iterator[Finding]:
    host, path = urlsplit(endpoint).hostname or "", urlsplit(endpoint).path
    shared = host.endswith((*_REGIONAL_DOMAINS, *_GLOBAL_DOMAINS))
    for section in sections:
        if shared and section.settings.needs_own_domain:
            reason = f"{host} is shared by many resources; this API needs the resource's own domain"
            yield FindingContext(context.resource, section.api).finding(
                "regional", "endpoint", reason
            )
    if shared or host.endswith(_OWN_DOMAINS):
        if path and not is_project(endpoint):
            reason = f"{path} is below {host}, and the exporter adds the path of each API"
            yield context.finding("endpoint-path", "endpoint", reason)
    elif not leads_to_loopback(endpoint):
        yield context.finding(
            "foreign-domain", "endpoint", f"{host} is not in one of Azure's domains"
        )


def _budget_findings(
    context: FindingContext,
    connection: ResourceConnection,
    sections: Iterable[Section],
    operations: list[PlannedOperation],
) -> Iterator[Finding]:
    """Each operation needs a request, except those whose status is in a list."""
    needed = 0.0
    for section in sections:
        of_api = [operation for operation in operations if operation.watch.key.api == section.api]
        if section.settings.list_has_named and section.lister:
            continue
        rate = sum(1 / operation.interval for operation in of_api)
        limit = connection.limits.get(section.api)
        needed += min(rate, limit or rate)
        if limit is not None and rate > limit:
            reason = (
                f"{len(of_api)} operations need {rate * 60:.4g} requests a minute; "
                f"the API allows {limit * 60:.4g}"
            )
            yield FindingContext(context.resource, section.api).finding(
                "over-budget", "budget", reason
            )
    if needed > connection.poll.requests_per_second:
        reason = (
            f"all operations need {needed:.4g} requests a second; "
            f"the budget is {connection.poll.requests_per_second:g}"
        )
        yield context.finding("over-budget", "budget", reason)
