"""Pure: findings from the configuration alone, without requests."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from exporter.azure.auth.clouds import CLOUDS
from exporter.config.config import Resource
from exporter.config.plan import ResourceConnection
from exporter.config.sections import PlannedOperation, Section
from exporter.doctor.findings import Finding, FindingContext
from exporter.settings.hosts import leads_to_loopback

_REGIONAL_DOMAINS = tuple(cloud.regional for cloud in CLOUDS.values())
_OWN_DOMAINS = tuple(domain for cloud in CLOUDS.values() for domain in cloud.domains)
# The global endpoint of text translation, which does not serve document translation.
_GLOBAL_DOMAINS = ("api.cognitive.microsofttranslator.com", ".cognitive.microsofttranslator.com")


def config_findings(
    resource: Resource,
    connection: ResourceConnection,
    sections: Iterable[Section],
    planned: Iterable[PlannedOperation],
) -> Iterator[Finding]:
    """Errors in the configuration of a resource, and possible improvements."""
    context = FindingContext(resource.name)
    if resource.auth.key is not None:
        yield context.finding("plain-key", "key", "the key stands in the configuration")
    if connection.endpoint.startswith("http:") and not leads_to_loopback(connection.endpoint):
        yield context.finding("plain-http", "endpoint", "the key goes over the network as it is")
    sections = list(sections)
    yield from _domain_findings(context, connection.endpoint, sections)
    yield from _budget_findings(context, connection, sections, list(planned))


def _domain_findings(
    context: FindingContext, endpoint: str, sections: Iterable[Section]
) -> Iterator[Finding]:
    host = urlsplit(endpoint).hostname or ""
    shared = host.endswith((*_REGIONAL_DOMAINS, *_GLOBAL_DOMAINS))
    for section in sections:
        if shared and section.settings.needs_own_domain:
            reason = f"{host} is shared by many resources; this API needs the resource's own domain"
            yield FindingContext(context.resource, section.api).finding(
                "regional", "endpoint", reason
            )
    if not shared and not host.endswith(_OWN_DOMAINS) and not leads_to_loopback(endpoint):
        yield context.finding("foreign-domain", "endpoint", f"{host} is none of Azure's domains")


def _budget_findings(
    context: FindingContext,
    connection: ResourceConnection,
    sections: Iterable[Section],
    planned: list[PlannedOperation],
) -> Iterator[Finding]:
    """Each operation needs a request, except those whose status a list brings."""
    needed = 0.0
    for section in sections:
        operations = [operation for operation in planned if operation.watch.key.api == section.api]
        if section.settings.list_has_named and section.lister:
            continue
        rate = sum(1 / operation.interval for operation in operations)
        limit = connection.limits.get(section.api)
        needed += min(rate, limit or rate)
        if limit is not None and rate > limit:
            reason = (
                f"{len(operations)} operations need {rate * 60:.4g} requests a minute; "
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
