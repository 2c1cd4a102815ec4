"""The bodies of Azure Resource Manager and Resource Graph, as accounts.

https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/list
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from exporter.accounts.account import PROVISIONED, Account
from exporter.apis import Apis, Settings
from exporter.azure.body import Body, ItemsPage
from exporter.config.discover_resources import comparable

_ID = re.compile(
    r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft\.CognitiveServices"
    r"/accounts/([^/]+)",
    re.IGNORECASE,
)


class _Sku(Body):
    name: str | None = None


class _Pattern(Body):
    path: str = ""
    method: str = ""


class _Rule(Body):
    count: Annotated[float, Field(gt=0)]
    period: Annotated[float, Field(gt=0, validation_alias="renewalPeriod")]
    patterns: tuple[_Pattern, ...] = Field((), validation_alias="matchPatterns")

    def covers(self, path: str) -> bool:
        """Whether it limits a GET of a path; `*` is any text, `{x}` a part of a path."""
        return any(
            pattern.method.upper() in {"", "*", "GET"} and _matches(pattern.path, path)
            for pattern in self.patterns
        )


@lru_cache(maxsize=4096)
def _matches(pattern: str, path: str) -> bool:
    """Whether a pattern has a path; all accounts have the same hundreds of patterns."""
    parts = re.split(r"(\*|\{[^{}/]*\})", pattern.lstrip("/"))
    text = "".join(
        (".*" if part == "*" else "[^/]+") if index % 2 else re.escape(part)
        for index, part in enumerate(parts)
    )
    return re.fullmatch(text, path, re.IGNORECASE) is not None


class _Limits(Body):
    rules: tuple[_Rule, ...] = ()


class _Networks(Body):
    default: str | None = Field(None, validation_alias="defaultAction")
    addresses: tuple[object, ...] = Field((), validation_alias="ipRules")
    networks: tuple[object, ...] = Field((), validation_alias="virtualNetworkRules")


class _Properties(Body):
    endpoint: str | None = None
    endpoints: dict[str, str | None] = Field(default_factory=dict)
    domain: str | None = Field(None, validation_alias="customSubDomainName")
    no_keys: bool | None = Field(None, validation_alias="disableLocalAuth")
    public: str | None = Field(None, validation_alias="publicNetworkAccess")
    networks: _Networks | None = Field(None, validation_alias="networkAcls")
    private: tuple[object, ...] = Field((), validation_alias="privateEndpointConnections")
    state: str | None = Field(None, validation_alias="provisioningState")
    limits: _Limits | None = Field(None, validation_alias="callRateLimit")

    def closed(self) -> str:
        """Why no network reaches it; rules and private endpoints may let the exporter in."""
        if self.private:
            return ""
        if (self.public or "").casefold() == "disabled":
            return "publicNetworkAccess is Disabled, and there is no private endpoint"
        acls = self.networks or _Networks()
        is_denied = (acls.default or "").casefold() == "deny"
        if is_denied and not acls.addresses and not acls.networks:
            return "networkAcls deny all, without a rule for an address or a network"
        return ""

    def urls(self) -> Iterator[str]:
        """Its endpoints, without path and port where they are Azure's."""
        own = (self.domain or "").casefold()
        for url in (self.endpoint, *self.endpoints.values()):
            host = _host(url or "")
            if url and host and (not own or host.split(".")[0] == own or not _is_name(host)):
                yield url.rstrip("/")


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def _is_name(host: str) -> bool:
    return "." in host and not host[-1].isdigit()


def _checked_id(id_: str) -> str:
    if not _ID.fullmatch(id_) or not id_.isprintable():
        raise ValueError("not the id of an account")
    return id_


class AccountBody(Body):
    """An account. Only the id is needed."""

    id: Annotated[str, AfterValidator(_checked_id)]
    name: str | None = None
    kind: str | None = None
    location: str | None = None
    sku: _Sku | None = None
    tags: dict[str, str | None] | None = None
    properties: _Properties | None = None

    def account(self) -> Account:
        """What the exporter uses of it."""
        properties = self.properties or _Properties()
        served = dict(_served(properties.endpoints, self.kind or ""))
        state = properties.state or ""
        return Account(
            id=self.id,
            name=self.name or self.id.rpartition("/")[2],
            kind=self.kind or "",
            location=comparable(self.location or ""),
            sku=(self.sku.name if self.sku else None) or "",
            tags={name: value or "" for name, value in (self.tags or {}).items()},
            domain=(properties.domain or "").casefold(),
            urls=tuple(dict.fromkeys(properties.urls())),
            apis=tuple(served),
            limits=dict(_limits(properties.limits or _Limits(), served)),
            state=state,
            ready=state.casefold() in {"", PROVISIONED.casefold()},
            closed=properties.closed(),
            has_keys=not properties.no_keys,
        )


def _served(endpoints: Mapping[str, object], kind: str) -> Iterator[tuple[str, type[Settings]]]:
    """The APIs that an account serves: by its endpoints, or by its kind if it shows none.

    Names of endpoints grow with each version of Azure's: only their beginnings are compared.
    """
    for api, settings in Apis.by_name():
        starts = tuple(start.casefold() for start in settings.account_endpoints)
        kinds = [of_kind.casefold() for of_kind in settings.account_kinds]
        is_shown = any(name.casefold().startswith(starts) for name in endpoints)
        if starts and (is_shown or (not endpoints and kind.casefold() in kinds)):
            yield api, settings


def _limits(
    published: _Limits, served: Mapping[str, type[Settings]]
) -> Iterator[tuple[str, float]]:
    """Requests a second for each API: of the first rule that covers its list."""
    for api, settings in served.items():
        rule = next((rule for rule in published.rules if rule.covers(settings.account_path)), None)
        if rule:
            yield api, rule.count / rule.period


class AccountsPage(ItemsPage[AccountBody]):
    """One page of the accounts of a subscription or resource group."""


class GraphPage(ItemsPage[AccountBody]):
    """One page of Azure Resource Graph; `resultTruncated` does not tell whether there is another.

    https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
    """

    value: tuple[AccountBody, ...] = Field(validation_alias="data")
    skip_token: str | None = Field(None, validation_alias="$skipToken")
