"""Pure: what a configuration alone shows, before anybody is asked."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from exporter.azure.auth.clouds import CLOUDS
from exporter.config.config import Resource
from exporter.config.plan import ResourceConnection
from exporter.config.sections import PlannedOperation, Section
from exporter.doctor.findings import Finding, FindingPlace
from exporter.settings.hosts import leads_to_loopback

_REGIONAL = tuple(cloud.regional for cloud in CLOUDS.values())
_OWN = tuple(domain for cloud in CLOUDS.values() for domain in cloud.domains)
# The global endpoint of text translation, which knows nothing of documents.
_GLOBAL = ("api.cognitive.microsofttranslator.com", ".cognitive.microsofttranslator.com")


def advised(
    resource: Resource,
    connection: ResourceConnection,
    sections: Iterable[Section],
    planned: Iterable[PlannedOperation],
) -> Iterator[Finding]:
    """What is wrong with a resource as it is configured, or could be better."""
    place = FindingPlace(resource.name)
    if resource.auth.key is not None:
        yield place.found("plain-key", "key", "the key stands in the configuration")
    if connection.endpoint.startswith("http:") and not leads_to_loopback(connection.endpoint):
        yield place.found("plain-http", "endpoint", "the key goes over the network as it is")
    sections = list(sections)
    yield from _of_the_domain(place, connection.endpoint, sections)
    yield from _of_the_budget(place, connection, sections, list(planned))


def _of_the_domain(
    place: FindingPlace, endpoint: str, sections: Iterable[Section]
) -> Iterator[Finding]:
    host = urlsplit(endpoint).hostname or ""
    shared = host.endswith((*_REGIONAL, *_GLOBAL))
    for section in sections:
        if shared and section.settings.needs_own_domain:
            said = f"{host} is shared by many resources; this API needs the resource's own domain"
            yield FindingPlace(place.resource, section.api).found("regional", "endpoint", said)
    if not shared and not host.endswith(_OWN) and not leads_to_loopback(endpoint):
        yield place.found("foreign-domain", "endpoint", f"{host} is none of Azure's domains")


def _of_the_budget(
    place: FindingPlace,
    connection: ResourceConnection,
    sections: Iterable[Section],
    planned: list[PlannedOperation],
) -> Iterator[Finding]:
    """Operations that a list reads cost next to nothing; each of the others costs a request."""
    needed = 0.0
    for section in sections:
        mine = [each for each in planned if each.watch.key.api == section.api]
        if section.settings.list_has_named and section.lister:
            continue
        asked = sum(1 / each.interval for each in mine)
        limit = connection.limits.get(section.api)
        needed += min(asked, limit or asked)
        if limit is not None and asked > limit:
            said = (
                f"{len(mine)} operations need {asked * 60:.4g} requests a minute; "
                f"the API allows {limit * 60:.4g}"
            )
            yield FindingPlace(place.resource, section.api).found("over-budget", "budget", said)
    if needed > connection.poll.requests_per_second:
        said = (
            f"all operations need {needed:.4g} requests a second; "
            f"the budget is {connection.poll.requests_per_second:g}"
        )
        yield place.found("over-budget", "budget", said)
