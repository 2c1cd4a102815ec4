"""The configuration: YAML to models. Problems are reported with their positions.

All settings are checked at once; whether they fit together, when each of them is valid.
The settings of an API are in the API's file under `exporter/apis/`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import (
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError

from exporter.apis import Apis
from exporter.azure.auth.settings import Auth
from exporter.azure.transport import Proxy, Tls
from exporter.config.discover_resources import DiscoverResources
from exporter.config.endpoint import ENDPOINT_PATTERN, checked_endpoint
from exporter.config.operation_urls import with_ids
from exporter.config.prices import Prices
from exporter.config.retention import Retention
from exporter.model.operation_series import OperationSeries
from exporter.settings import durations
from exporter.settings.hosts import leads_to_loopback
from exporter.settings.loading import read_yaml, settings_in
from exporter.settings.raising import raise_all
from exporter.settings.schema_hints import Check, is_set
from exporter.settings.types import (
    RESOURCE_NAME,
    Duration,
    FilePath,
    ResourceLabels,
    Strict,
    Switch,
    between,
    known_words,
    matching,
    problem,
)
from exporter.settings.yaml_file import ConfigError, YamlFile, parse


class PollSettings(Strict):
    """How a resource is polled; a missing setting has the value of the top level."""

    interval: Annotated[Duration, between(1, 86400, "1s to 24h")] = 30.0
    """Time between two polls of an unfinished operation."""
    timeout: Annotated[Duration, between(0.1, 300, "100ms to 5m")] = 10.0
    """Timeout of a request, including its body."""
    requests_per_second: Annotated[float, between(0.001, 1000, "0.001 to 1000")] = 5.0
    """Requests a second to the resource, evenly spaced; the budget of all its APIs together."""
    concurrency: Annotated[int, between(1, 256, "1 to 256")] = 8
    """Maximum number of requests to the resource at the same time."""


class Limits(Strict):
    """Maximum numbers of series; documents beyond them are counted only."""

    documents_per_batch: Annotated[int, between(0, 100000, "0 to 100000")] = 1000
    """Maximum number of documents of a batch with series of their own; failed and unfinished ones
    always have them.
    """
    series: Annotated[int, between(1000, 100000000, "1000 to 100000000")] = 1000000
    """Maximum number of series of operations and documents."""


class Resource(Apis):
    """One Azure resource: its endpoint, its key, and the APIs to poll."""

    presumed: ClassVar[bool] = False  # whether nobody said that it serves its APIs
    found: ClassVar[bool] = False  # whether Azure Resource Manager has named it
    model_config = ConfigDict(
        json_schema_extra={"anyOf": [is_set(api) for api in Apis.model_fields]}
    )

    name: Annotated[str, RESOURCE_NAME]
    """Name of the resource in the label `resource`; any name."""
    allow_http: Switch = False
    """Allows to send the key over plain http; loopback is always allowed."""
    endpoint: Annotated[str, Check(checked_endpoint, {"pattern": ENDPOINT_PATTERN})]
    """Scheme and host of the resource, as in the Azure portal; behind a gateway also the path."""
    auth: Auth
    """The key of the resource, or the identity used for Entra ID."""
    labels: ResourceLabels = Field(default_factory=dict)
    """Additional labels of azure_ai_resource_info, and of azure_ai_operation_info for all
    operations of the resource; labels of an operation take precedence.
    """
    tls: Tls | None = None
    """TLS settings."""
    proxy: Proxy | None = None
    """URL of a proxy for Azure and the login, without user and password."""
    poll: PollSettings = PollSettings()
    """How this resource is polled; a missing setting has the value of the top level."""

    _read_urls = model_validator(mode="before")(with_ids)

    @field_validator("endpoint")
    @classmethod
    def _check_allow_http(cls, endpoint: str, info: ValidationInfo) -> str:
        allowed = info.data.get("allow_http", True) or leads_to_loopback(endpoint)
        if endpoint.startswith("http:") and not allowed:
            raise problem("would send the key unencrypted; write https, or set allow_http: true")
        return endpoint

    @model_validator(mode="after")
    def _check_consistency(self) -> "Resource":
        raise_all(self._misfits())
        return self

    def _misfits(self) -> Iterator[PydanticCustomError]:
        if not any(True for _ in self.sections()):
            yield problem(f"has no API to poll; add one of {', '.join(Apis.model_fields)}")
        if self.auth.entra is None:
            return
        for api, settings in self.sections():
            if not settings.takes_tokens:
                text = "accepts no tokens of Entra ID; move it to a resource of its own, with a key"
                yield problem(text, api)
        if not leads_to_loopback(self.endpoint):
            try:
                self.auth.entra.check_endpoint(self.endpoint)
            except PydanticCustomError as error:
                yield problem(error.message(), "endpoint")

    @property
    def info_labels(self) -> Mapping[str, str]:
        """The labels on azure_ai_resource_info."""
        return self.labels

    def limits(self) -> Mapping[str, float]:
        """Requests a second of those APIs that have a limit of their own."""
        limits = {api: settings.requests_per_second for api, settings in self.sections()}
        return {api: limit for api, limit in limits.items() if limit is not None}

    def poll_with(self, defaults: PollSettings) -> PollSettings:
        """The poll settings of this resource, with `defaults` for those that it leaves out."""
        own = self.poll.model_dump(exclude_unset=True)
        return defaults.model_copy(update=own)


_HAS_ITEMS: JsonSchemaValue = {"type": "array", "minItems": 1}


class Config(Strict):
    """A whole configuration file."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: _HAS_ITEMS}}
                for name in ("resources", "discover_resources")
            ]
        }
    )

    poll: PollSettings = PollSettings()
    """How all resources are polled; a resource may have its own `poll`."""
    retention: Retention = Retention()
    """How long series are kept."""
    operation_series: Annotated[str, known_words(tuple(OperationSeries))] = "all"
    """Which discovered operations have series: all; unfinished ones, and failed ones for an hour;
    or failed ones only. The others are counted.
    """
    limits: Limits = Limits()
    """Maximum numbers of series; documents beyond them are counted only."""
    prices: Prices | None = None
    """Prices, to estimate costs; without them, there are no cost metrics."""
    state_file: FilePath | None = None
    """File that keeps states and counters across restarts; without it, they are lost."""
    operation_files: tuple[Annotated[str, matching(r"[^\0]+", "a pattern of file names")], ...] = ()
    """Patterns of files in which jobs register operations; changes are detected. `**` matches
    folders of any depth; relative patterns start at the folder of the configuration.
    """
    resources: tuple[Resource, ...] = ()
    """The resources to poll."""
    discover_resources: tuple[DiscoverResources, ...] = ()
    """Subscriptions or management groups whose accounts are discovered and polled."""

    @property
    def tls_files(self) -> tuple[Path, ...]:
        """The certificate and key files that this configuration names."""
        files = [path for resource in self.resources if resource.tls for path in resource.tls.files]
        return (*files, *(path for entry in self.discover_resources for path in entry.tls_files))

    @model_validator(mode="after")
    def _check_consistency(self) -> "Config":
        if not self.resources and not self.discover_resources:
            written = "resources" in self.model_fields_set
            text = "is empty; add a resource" if written else "is missing; add it"
            raise problem(f"{text}, or discover_resources", "resources")
        raise_all(self._misfits())
        return self

    def _misfits(self) -> Iterator[PydanticCustomError]:
        if self.prices and not self.discover_resources:
            yield from self.prices.of_unknown_resources([each.name for each in self.resources])
        slowest = max(self._intervals(), default=0.0)
        if self.retention.stale_after < 2 * slowest:
            yield problem(
                "must be at least twice the longest interval, which is "
                f"{durations.duration_text(slowest)}, or a single late poll would drop series",
                "retention",
                "stale_after",
            )

    def _intervals(self) -> Iterator[float]:
        """The time between two polls, of each API."""
        for resource in self.resources:
            for _, settings in resource.sections():
                yield settings.poll_interval(resource.poll_with(self.poll).interval)
        for entry in self.discover_resources:
            for settings in entry.settings.values():
                yield settings.poll_interval(self.poll.interval)


def load(path: Path, advice: str = "set the file with --config.file") -> Config:
    """The configuration in a file; `advice` is added to the error if it cannot be read.

    Raises:
        ConfigError: with all problems.
    """
    return _settings(read_yaml(str(path), advice), path.parent)


def parse_config(file: str, text: str, folder: Path) -> Config:
    """The configuration in a text; relative paths in it start at `folder`.

    Raises:
        ConfigError: with all problems.
    """
    return _settings(parse(file, text), folder)


def _settings(source: YamlFile, folder: Path) -> Config:
    if source.data is None:
        raise ConfigError([source.problem((), "is empty; azure-ai-exporter example prints one")])
    return settings_in(source, Config, folder)
