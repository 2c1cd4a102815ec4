"""The configuration: YAML to models. All problems are reported at once, with their positions.

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
    """How a resource is asked. What a resource leaves out is taken from the top level."""

    interval: Annotated[Duration, between(1, 86400, "1s to 24h")] = 30.0
    """Time between two looks at an unfinished operation."""
    timeout: Annotated[Duration, between(0.1, 300, "100ms to 5m")] = 10.0
    """Time that one request may take, its body included."""
    requests_per_second: Annotated[float, between(0.001, 1000, "0.001 to 1000")] = 5.0
    """Requests a second to the resource, evenly spaced; whatever is asked of it shares them."""
    concurrency: Annotated[int, between(1, 256, "1 to 256")] = 8
    """Requests to the resource that may be under way at once."""


class Limits(Strict):
    """How many series there may be; documents beyond are folded into a count."""

    documents_per_batch: Annotated[int, between(0, 100000, "0 to 100000")] = 1000
    """Documents of a batch that have series of their own; failed and unfinished ones always do."""
    series: Annotated[int, between(1000, 100000000, "1000 to 100000000")] = 1000000
    """Series of operations and documents in all."""


class Resource(Apis):
    """One Azure resource: where it is, its key, and what of it is watched."""

    presumed: ClassVar[bool] = False  # whether nobody said that it serves its APIs
    found: ClassVar[bool] = False  # whether Azure Resource Manager has named it
    model_config = ConfigDict(
        json_schema_extra={"anyOf": [is_set(api) for api in Apis.model_fields]}
    )

    name: Annotated[str, RESOURCE_NAME]
    """The label `resource`, of your choosing."""
    allow_http: Switch = False
    """Whether the key may travel over plain http; on loopback it always may."""
    endpoint: Annotated[str, Check(checked_endpoint, {"pattern": ENDPOINT_PATTERN})]
    """Scheme and host of the resource, as Azure's portal shows it; behind a gateway with the path
    below which it serves the resource."""
    auth: Auth
    """The resource's key, or who asks Entra ID for tokens."""
    labels: ResourceLabels = Field(default_factory=dict)
    """Labels of your own, on azure_ai_resource_info and on azure_ai_operation_info of all its
    operations; a label of an operation wins."""
    tls: Tls | None = None
    """What TLS needs beside the system's authorities."""
    proxy: Proxy | None = None
    """Scheme, host and port of a proxy for Azure and for the login, without user and password."""
    poll: PollSettings = PollSettings()
    """How this resource is asked; what is left out is taken from the top level."""

    _read_urls = model_validator(mode="before")(with_ids)

    @field_validator("endpoint")
    @classmethod
    def _check_allow_http(cls, endpoint: str, info: ValidationInfo) -> str:
        allowed = info.data.get("allow_http", True) or leads_to_loopback(endpoint)
        if endpoint.startswith("http:") and not allowed:
            raise problem("would send the key unencrypted; write https, or set allow_http: true")
        return endpoint

    @model_validator(mode="after")
    def _check_apis(self) -> "Resource":
        if not any(True for _ in self.sections()):
            raise problem(f"has no API to poll; add one of {', '.join(Apis.model_fields)}")
        return self

    @model_validator(mode="after")
    def _check_tokens(self) -> "Resource":
        if self.auth.entra is None:
            return self
        for api, settings in self.sections():
            if not settings.takes_tokens:
                raise problem(
                    "accepts no tokens of Entra ID; move it to a resource of its own, with a key",
                    api,
                )
        if not leads_to_loopback(self.endpoint):
            try:
                self.auth.entra.check_endpoint(self.endpoint)
            except PydanticCustomError as error:
                raise problem(error.message(), "endpoint") from None
        return self

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
    """How every resource is asked; a resource may differ under its own `poll`."""
    retention: Retention = Retention()
    """How long series stay."""
    operation_series: Annotated[str, known_words(tuple(OperationSeries))] = "all"
    """Which discovered operations have series: all, the unfinished ones with, for an hour, those
    that ended badly, or only those that ended badly. The others are counted."""
    limits: Limits = Limits()
    """How many series there may be; documents beyond are folded into a count."""
    prices: Prices | None = None
    """What is paid, for an estimate of what operations cost; without it nothing is estimated."""
    state_file: FilePath | None = None
    """Keeps what is known across restarts, relative to the configuration; without it, nothing."""
    operation_files: tuple[Annotated[str, matching(r"[^\0]+", "a pattern of file names")], ...] = ()
    """Patterns of files in which operations register themselves, watched; `**` is any depth, and a
    relative one starts at the folder of the configuration."""
    resources: tuple[Resource, ...] = ()
    """The resources that are watched."""
    discover_resources: tuple[DiscoverResources, ...] = ()
    """Resources that are found through Azure Resource Manager, and watched with those above."""

    @property
    def tls_files(self) -> tuple[Path, ...]:
        """The certificate and key files that this configuration names."""
        files = [path for resource in self.resources if resource.tls for path in resource.tls.files]
        return (*files, *(path for entry in self.discover_resources for path in entry.tls_files))

    @model_validator(mode="after")
    def _check_consistency(self) -> "Config":
        slowest = max(self._intervals(), default=0.0)
        if not self.resources and not self.discover_resources:
            written = "resources" in self.model_fields_set
            text = "is empty; add a resource" if written else "is missing; add it"
            raise problem(f"{text}, or discover_resources", "resources")
        if self.retention.stale_after < 2 * slowest:
            raise problem(
                "must be at least twice the longest interval, which is "
                f"{durations.duration_text(slowest)}, or a single late poll would drop series",
                "retention",
                "stale_after",
            )
        return self

    def _intervals(self) -> Iterator[float]:
        """The time between two polls, of each API."""
        for resource in self.resources:
            for _, settings in resource.sections():
                yield settings.poll_interval(resource.poll_with(self.poll).interval)
        for entry in self.discover_resources:
            for settings in entry.settings.values():
                yield settings.poll_interval(self.poll.interval)


def load(path: Path, advice: str = "give the file with --config.file") -> Config:
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
