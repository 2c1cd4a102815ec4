"""Pure: accounts as resources, and why others cannot be watched."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple
from urllib.parse import urlsplit

from pydantic import ValidationError

from exporter.accounts.account import Account
from exporter.accounts.naming import names
from exporter.config.config import Config, Resource
from exporter.config.discover_resources import DiscoverResources, comparable, label_of
from exporter.config.endpoint import is_endpoint
from exporter.settings.hosts import leads_to_loopback
from exporter.telemetry.logs import logger
from exporter.text import LABEL_LIMIT, public

PART = 0.25  # of the requests that an account allows; its own users need the rest

REASONS = (
    "foreign_domain",
    "no_api",
    "no_network",
    "no_own_domain",
    "not_provisioned",
)


class FoundResource(Resource):
    """An account as a resource.

    Attributes:
        facts: labels on azure_ai_resource_info beside those of its tags.
        published: requests a second that the account allows, by API.
        id: of the account.
    """

    presumed: ClassVar[bool] = True
    found: ClassVar[bool] = True

    id: str
    facts: dict[str, str]
    published: dict[str, float]

    @property
    def info_labels(self) -> Mapping[str, str]:
        """The labels on azure_ai_resource_info."""
        return {**self.labels, **self.facts}

    def limits(self) -> Mapping[str, float]:
        """A part of what the account publishes, where nothing less is configured."""
        own = super().limits()
        parts = {api: limit * PART for api, limit in self.published.items()}
        return {**own, **{api: min(part, own.get(api, part)) for api, part in parts.items()}}


class Unwatched(NamedTuple):
    """An account that cannot be watched; `reason` is one of REASONS, `why` says it for people."""

    scope: str
    account: Account
    reason: str
    why: str


class Watched(NamedTuple):
    """An account that is watched, and where it takes tokens."""

    entry: DiscoverResources
    account: Account
    endpoint: str


class Chosen(NamedTuple):
    """The accounts that a configuration asks for."""

    watched: Sequence[Watched]
    unwatched: Sequence[Unwatched]


Lists = Mapping[str, Mapping[str, Account]]  # accounts by their key, by the source of an entry


def configured(config: Config) -> Sequence[Resource]:
    """The resources that the configuration names."""
    return [each for each in config.resources if not isinstance(each, FoundResource)]


def joined(config: Config, lists: Lists) -> Config:
    """The configuration with the accounts that it asks for, after the resources that it names."""
    explicit = configured(config)
    watched = choose(config, lists).watched
    taken = {resource.name for resource in explicit}
    by_key = names((account for _, account, _ in watched), taken)
    found = (_resource(each, by_key[each.account.key]) for each in watched)
    return config.model_copy(update={"resources": (*explicit, *filter(None, found))})


def choose(config: Config, lists: Lists) -> Chosen:
    """The accounts that are asked for; of several entries that ask for one, the first counts.

    An account whose endpoint a resource of the configuration has is left to that resource.
    """
    explicit = [resource.endpoint for resource in configured(config)]
    seen: set[str] = set()
    watched: list[Watched] = []
    unwatched: list[Unwatched] = []
    for entry in config.discover_resources:
        for key, account in lists.get(entry.source, {}).items():
            if key in seen or not asked_for(entry, account):
                continue
            seen.add(key)
            if any(_is_of(account, entry, url) for url in explicit):
                continue
            endpoint = endpoint_of(account, entry)
            if obstacle := _obstacle(account, entry, endpoint):
                unwatched.append(Unwatched(entry.scope, account, *obstacle))
            else:
                watched.append(Watched(entry, account, endpoint))
    return Chosen(watched, unwatched)


def asked_for(entry: DiscoverResources, account: Account) -> bool:
    """Whether the filters of an entry let an account through."""
    tags = {name.casefold(): value for name, value in account.tags.items()}
    filters = (
        (entry.resource_groups, account.resource_group),
        (entry.locations, account.location),
        (entry.kinds, account.kind),
    )
    return all(
        not chosen or comparable(value) in map(comparable, chosen) for chosen, value in filters
    ) and all(tags.get(name.casefold()) == value for name, value in entry.tags.items())


def endpoint_of(account: Account, entry: DiscoverResources) -> str:
    """Where the account takes tokens, in the cloud's domains; empty if nowhere.

    One on this machine counts where Resource Manager is on this machine, for tests.
    """
    on_this_machine = leads_to_loopback(entry.manager)
    for url in filter(is_endpoint, account.urls):
        parts = urlsplit(url)
        if leads_to_loopback(url):
            if on_this_machine:
                return url
        elif parts.scheme == "https" and (parts.hostname or "").endswith(entry.cloud.domains):
            return f"https://{parts.hostname}"
    return ""


def _is_of(account: Account, entry: DiscoverResources, endpoint: str) -> bool:
    """Whether an endpoint of the configuration is one of the account's."""
    if endpoint in account.urls:
        return True
    label, _, domain = (urlsplit(endpoint).hostname or "").partition(".")
    return bool(label) and label == account.domain and f".{domain}" in entry.cloud.domains


def _obstacle(account: Account, entry: DiscoverResources, endpoint: str) -> tuple[str, str] | None:
    """Why an account cannot be watched: the reason, and the same for people."""
    if not any(api in entry.settings for api in account.apis):
        return "no_api", f"an account of kind {account.kind} has none of the enabled APIs"
    if not account.ready:
        return "not_provisioned", f"its provisioning state is {account.state}"
    if account.closed:
        return "no_network", account.closed
    if not account.domain:
        other = "; or add it under resources, with its key" if account.has_keys else ""
        return "no_own_domain", (
            "it has no custom domain, which tokens of Entra ID need; create one with: "
            f"az cognitiveservices account update --name {account.name} "
            f"--resource-group {account.resource_group} --custom-domain {account.name}{other}"
        )
    if not endpoint:
        domains = " or ".join(entry.cloud.domains)
        return "foreign_domain", (
            f"none of its endpoints ends in {domains}; tokens are sent to no other domain"
        )
    return None


def _resource(watched: Watched, name: str) -> FoundResource | None:
    """The resource; None for what no check foresaw, which must not stop the others."""
    try:
        return _valid_resource(watched, name)
    except ValidationError as error:
        reason = public(error.errors(include_url=False, include_input=False)[0]["msg"])
        logger().error("account cannot be a resource", account=public(name), reason=reason)
        return None


def _valid_resource(watched: Watched, name: str) -> FoundResource:
    entry, account, endpoint = watched
    tags = {name.casefold(): public(value, LABEL_LIMIT) for name, value in account.tags.items()}
    labels = {label_of(tag): tags.get(tag.casefold()) for tag in entry.tag_labels}
    facts = {
        "account": account.name,
        "subscription": account.subscription,
        "resource_group": account.resource_group,
        "location": account.location,
        "sku": account.sku,
    }
    return FoundResource.model_validate(
        {
            "id": account.id,
            "name": name,
            "endpoint": endpoint,
            "auth": entry.auth,
            "tls": entry.tls,
            "proxy": entry.proxy,
            "labels": {label: value for label, value in labels.items() if value},
            "facts": {label: public(value) for label, value in facts.items() if value},
            "published": account.limits,
            **{api: section for api, section in entry.settings.items() if api in account.apis},
        }
    )
