"""Settings of `discover_resources`: which accounts Azure Resource Manager is asked for."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from exporter.apis import Apis, Settings
from exporter.apis.base import is_switch
from exporter.azure.auth.clouds import Cloud
from exporter.azure.auth.entra import Entra
from exporter.azure.auth.settings import Auth
from exporter.azure.transport import Proxy, Tls
from exporter.settings.hosts import leads_to_loopback
from exporter.settings.raising import raise_all
from exporter.settings.schema_hints import Check, is_set
from exporter.settings.types import (
    ORIGIN_PATTERN,
    SWITCH_SCHEMA,
    Duration,
    Strict,
    Uuid,
    between,
    is_origin,
    matching,
    problem,
    resource_label_name,
)

_GROUP = matching(
    r"[a-zA-Z0-9_()-]([a-zA-Z0-9_().-]{0,88}[a-zA-Z0-9_()-])?",
    "the name of a resource group, without a path",
)
_MANAGEMENT_GROUP = matching(
    r"[a-zA-Z0-9_][a-zA-Z0-9_().-]{0,89}", "the id of a management group, without a path"
)
_TAG = matching(r"[^<>%&\\?/\0]{1,512}", "the name of a tag")
Tags = Annotated[
    dict[Annotated[str, _TAG], str],
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
    ),
]


def comparable(text: str) -> str:
    """A name as Azure compares it: without case. Locations are also written with blanks."""
    return text.replace(" ", "").casefold()


def label_of(tag: str) -> str:
    """The label of a tag: `cost-centre` is `cost_centre`."""
    name = "".join(char if char.isascii() and char.isalnum() else "_" for char in tag)
    return f"_{name}" if name[:1].isdigit() else name


def _with_label(tag: str) -> str:
    resource_label_name(label_of(tag))
    return tag


def _only_account_apis(schema: JsonSchemaValue) -> None:
    """Each API that an account can show is a mapping, or a switch."""
    known = dict(ChosenApis.by_name())
    schema["properties"] = {
        name: {"anyOf": [SWITCH_SCHEMA, {"$ref": setting["$ref"]}]}
        for name, setting in schema["properties"].items()
        if known[name].account_endpoints
    }


class ChosenApis(Apis):
    """Settings of single APIs of discovered accounts; `false` disables an API."""

    model_config = ConfigDict(json_schema_extra=_only_account_apis)

    @model_validator(mode="before")
    @classmethod
    def _discover_by_default(cls, data: object) -> object:
        """A switch turns discovery of operations on or off; so it is without a word about it."""
        if not isinstance(data, dict):
            return data
        text = "is not available for discovered accounts; add its resource under resources"
        raise_all(
            problem(text, api)
            for api, settings in cls.by_name()
            if api in data and not settings.account_endpoints
        )
        return {api: _with_discovery(section) for api, section in data.items()}

    @model_validator(mode="after")
    def _check_sections(self) -> "ChosenApis":
        text = "lists operations, which belong to one account; add that account under resources"
        raise_all(
            problem(text, api)
            for api, settings in self.sections()
            if any(True for _ in settings.targets())
        )
        return self


def _with_discovery(section: object) -> object:
    if isinstance(section, Mapping):
        return {"discover": True, **section}
    return {"discover": section} if is_switch(section) else section


class DiscoverResources(Strict):
    """Accounts of a subscription or management group, each polled like a resource."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [is_set("subscription"), is_set("management_group")]}
    )

    subscription: Uuid | None = None
    """The id of the subscription whose accounts are discovered."""
    management_group: Annotated[str, _MANAGEMENT_GROUP] | None = None
    """The id of a management group, instead of a subscription: accounts of all subscriptions below
    it, from Azure Resource Graph.
    """
    resource_groups: tuple[Annotated[str, _GROUP], ...] = ()
    """Only accounts of these resource groups; empty for all."""
    locations: tuple[str, ...] = ()
    """Only accounts in these regions, like westeurope; empty for all."""
    kinds: tuple[str, ...] = ()
    """Only accounts of these kinds, like AIServices, OpenAI, SpeechServices; empty for all."""
    tags: Tags = Field(default_factory=dict)
    """Only accounts with all of these tags; names are compared without case."""
    tag_labels: tuple[Annotated[str, _TAG, AfterValidator(_with_label)], ...] = ()
    """Tags that become labels of the resource and its operations; `cost-centre` is the label
    `cost_centre`."""
    auth: Auth
    """The identity, which needs Entra ID: the role Reader to list accounts, Cognitive Services Data
    Reader to read their operations.
    """
    endpoint: Annotated[str | None, Check(lambda url: url, {"pattern": ORIGIN_PATTERN})] = None
    """URL of Azure Resource Manager, if not that of the cloud; for tests on this machine only."""
    tls: Tls | None = None
    """TLS settings, also for the accounts."""
    proxy: Proxy | None = None
    """URL of a proxy, also for the accounts."""
    interval: Annotated[Duration, between(10, 86400, "10s to 24h")] = 300.0
    """Time between two requests for the list of accounts."""
    apis: ChosenApis = ChosenApis()
    """Settings of single APIs; `false` disables an API. All other APIs of an account are
    discovered.
    """

    @property
    def entra(self) -> Entra:
        """Who asks."""
        if self.auth.entra is None:
            raise ValueError("it was checked")
        return self.auth.entra

    @property
    def cloud(self) -> Cloud:
        return self.entra.azure_cloud

    @property
    def manager(self) -> str:
        """Scheme and host of Azure Resource Manager."""
        return self.endpoint or self.cloud.manager

    @property
    def scope(self) -> str:
        """The label `subscription` of what is asked for."""
        return self.subscription or f"managementGroups/{self.management_group}"

    @property
    def source(self) -> str:
        """Which list is read: entries that differ in their filters alone have the same."""
        return " ".join((self.manager, self.scope, *sorted(map(comparable, self.resource_groups))))

    def asks_like(self, other: "DiscoverResources") -> bool:
        """Whether both read the same list, in the same way."""
        names = ("auth", "tls", "proxy", "interval")
        same = all(getattr(self, name) == getattr(other, name) for name in names)
        return self.source == other.source and same

    @property
    def tls_files(self) -> tuple[Path, ...]:
        """The certificate and key files that it names."""
        return self.tls.files if self.tls else ()

    @cached_property
    def settings(self) -> Mapping[str, Settings]:
        """The settings of each API that is discovered where an account serves it."""
        written = dict(self.apis.sections())
        settings = {
            api: written.get(api) or kind.model_validate({"discover": True})
            for api, kind in Apis.by_name()
            if kind.account_endpoints
        }
        return {api: section for api, section in settings.items() if section.lister(())}

    @field_validator("auth")
    @classmethod
    def _check_auth(cls, auth: Auth) -> Auth:
        if auth.entra is None:
            raise problem("needs entra: Azure Resource Manager takes no keys")
        return auth

    @field_validator("endpoint")
    @classmethod
    def _check_endpoint(cls, endpoint: str | None, info: ValidationInfo) -> str | None:
        auth = info.data.get("auth")
        if endpoint is None or not isinstance(auth, Auth) or auth.entra is None:
            return endpoint
        own = auth.entra.azure_cloud.manager
        endpoint = endpoint.rstrip("/").lower()
        if endpoint == own or (
            is_origin(endpoint, "http", "https") and leads_to_loopback(endpoint)
        ):
            return endpoint
        raise problem(f"must be {own}, that of cloud {auth.entra.cloud}, or on this machine")

    @field_validator("tag_labels")
    @classmethod
    def _check_tag_labels(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        by_label: dict[str, str] = {}
        for tag in tags:
            label = label_of(tag).casefold()
            if other := by_label.get(label):
                raise problem(f"{other} and {tag} become one label, {label_of(other)}; remove one")
            by_label[label] = tag
        return tags

    @model_validator(mode="after")
    def _check_scope(self) -> "DiscoverResources":
        if (self.subscription is None) == (self.management_group is None):
            raise problem("needs exactly one of subscription, management_group")
        return self
