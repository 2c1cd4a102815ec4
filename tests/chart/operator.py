"""What of the Prometheus Operator's objects the chart uses; nothing else is let through.

https://prometheus-operator.dev/docs/api-reference/api/

Azure Managed Prometheus has monitors of its own, with the same fields and three limits.
https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-metrics-scrape-crd
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tests.chart import Object

Duration = Annotated[str, Field(pattern=r"^([0-9]+(ms|s|m|h|d|w|y))+$")]
Scheme = Literal["http", "https"]
Labels = dict[str, str]


class Known(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class Metadata(Known):
    name: str
    namespace: str
    labels: Labels


class Selector(Known):
    matchLabels: Labels  # noqa: N815  here and below the operator's spelling


class Relabeling(Known):
    action: Literal["replace", "keep", "drop", "labelmap", "labeldrop", "labelkeep"] = "replace"
    sourceLabels: list[str] = []  # noqa: N815
    targetLabel: str | None = None  # noqa: N815
    regex: str | None = None
    replacement: str | None = None


class Key(Known):
    name: str
    key: str


class SecretOrConfigMap(Known):
    secret: Key | None = None
    configMap: Key | None = None  # noqa: N815


class Tls(Known):
    """Without files of Prometheus' own machine, which a PodMonitor may not name."""

    ca: SecretOrConfigMap | None = None
    cert: SecretOrConfigMap | None = None
    keySecret: Key | None = None  # noqa: N815
    serverName: str | None = None  # noqa: N815
    insecureSkipVerify: bool = False  # noqa: N815


class BasicAuth(Known):
    username: Key
    password: Key


class Scrape(Known):
    interval: Duration | None = None
    scrapeTimeout: Duration | None = None  # noqa: N815
    tlsConfig: Tls | None = None  # noqa: N815
    basicAuth: BasicAuth | None = None  # noqa: N815
    metricRelabelings: list[Relabeling] = []  # noqa: N815


class Endpoint(Scrape):
    port: str
    path: Annotated[str, Field(pattern="^/")]
    scheme: Scheme
    relabelings: list[Relabeling] = []


class ServiceMonitorSpec(Known):
    selector: Selector
    endpoints: Annotated[list[Endpoint], Field(min_length=1)]


class PodMonitorSpec(Known):
    selector: Selector
    podMetricsEndpoints: Annotated[list[Endpoint], Field(min_length=1)]  # noqa: N815


class Limits(Known):
    """What Azure's pipeline takes; without the limits it drops more than what is too long."""

    labelLimit: Literal[63]  # noqa: N815
    labelNameLengthLimit: Literal[511]  # noqa: N815
    labelValueLengthLimit: Literal[1023]  # noqa: N815


class AzureServiceMonitorSpec(ServiceMonitorSpec, Limits):
    pass


class AzurePodMonitorSpec(PodMonitorSpec, Limits):
    pass


class Prober(Known):
    url: Annotated[str, Field(pattern=r"^[a-z0-9.-]+:[0-9]+$")]
    scheme: Scheme
    path: str


class StaticConfig(Known):
    static: Annotated[list[str], Field(min_length=1)]
    relabelingConfigs: list[Relabeling]  # noqa: N815


class Targets(Known):
    staticConfig: StaticConfig  # noqa: N815


class ProbeSpec(Scrape):
    jobName: str  # noqa: N815
    prober: Prober
    targets: Targets


class Rule(Known):
    """An alert or a recording."""

    alert: str | None = None
    record: str | None = None
    expr: str
    for_: Annotated[Duration | None, Field(alias="for")] = None
    keep_firing_for: Duration | None = None
    labels: Labels = {}
    annotations: Labels = {}


class Group(Known):
    name: str
    interval: Duration | None = None
    limit: int | None = None
    labels: Labels = {}
    rules: list[Rule]


class PrometheusRuleSpec(Known):
    groups: list[Group]


OPERATOR = "monitoring.coreos.com/v1"
AZURE = "azmonitoring.coreos.com/v1"
SPECS: dict[tuple[str, str], type[Known]] = {
    (OPERATOR, "ServiceMonitor"): ServiceMonitorSpec,
    (OPERATOR, "PodMonitor"): PodMonitorSpec,
    (OPERATOR, "Probe"): ProbeSpec,
    (OPERATOR, "PrometheusRule"): PrometheusRuleSpec,
    (AZURE, "ServiceMonitor"): AzureServiceMonitorSpec,
    (AZURE, "PodMonitor"): AzurePodMonitorSpec,
}


def validate(manifest: Object) -> None:
    """Raises ValidationError where the object is none of the operator's, nor of Azure's."""
    assert manifest.keys() == {"apiVersion", "kind", "metadata", "spec"}
    spec = SPECS[str(manifest["apiVersion"]), str(manifest["kind"])]
    Metadata.model_validate(manifest["metadata"])
    spec.model_validate(manifest["spec"])
