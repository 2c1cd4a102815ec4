"""The examples for Azure are what those who read them take: Helm, Kubernetes, the exporter, Azure.

Grafana Alloy has no parser among the packages of Debian, PyPI and npm: of its example only what it
shares with the exporter is checked.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from exporter.commands.parser import parser
from exporter.config.config import parse_config
from tests.chart import CHART, Object, at, manifests, objects_at, of_kind, operator, pods
from tests.docs import ROOT
from tests.support import plain_yaml
from tests.support.bicep import Deployment

AZURE = ROOT / "examples/azure"
VALUES = (AZURE / "aks-values.yaml", AZURE / "key-vault/values.yaml")


class Known(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SecretProvider(Known):
    """Of https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass, for Azure."""

    apiVersion: Literal["secrets-store.csi.x-k8s.io/v1"]  # noqa: N815
    kind: Literal["SecretProviderClass"]
    metadata: dict[Literal["name", "namespace"], str]
    spec: "Spec"

    class Spec(Known):
        provider: Literal["azure"]
        parameters: dict[
            Literal["keyvaultName", "tenantID", "clientID", "usePodIdentity", "objects"], str
        ]

    class VaultObject(Known):
        objectName: str  # noqa: N815
        objectType: Literal["secret", "key", "cert"]  # noqa: N815


class App(Known):
    """Of https://learn.microsoft.com/azure/templates/microsoft.app/containerapps, what is used."""

    name: str
    location: str
    identity: dict[str, object]
    properties: "Properties"

    class Properties(Known):
        environmentId: str  # noqa: N815
        configuration: "App.Configuration"
        template: "App.Template"

    class Configuration(Known):
        activeRevisionsMode: Literal["Single"]  # noqa: N815
        ingress: dict[Literal["external", "targetPort", "transport"], object]
        secrets: list[dict[Literal["name", "value"], str]]

    class Template(Known):
        containers: Annotated[list["App.Container"], Field(min_length=1)]
        scale: dict[Literal["minReplicas", "maxReplicas"], Literal[1]]
        volumes: list["App.Volume"]

    class Container(Known):
        name: str
        image: str
        args: list[str]
        env: list[dict[Literal["name", "value"], str]]
        probes: list["App.Probe"]
        resources: dict[Literal["cpu", "memory"], float | str]
        volumeMounts: list[dict[Literal["volumeName", "mountPath"], str]]  # noqa: N815

    class Probe(Known):
        type: Literal["Liveness", "Readiness", "Startup"]
        httpGet: dict[Literal["path", "port"], str | int]  # noqa: N815

    class Volume(Known):
        name: str
        storageType: Literal["Secret"]  # noqa: N815
        secrets: list[dict[Literal["secretRef", "path"], str]]


def rendered(file: Path) -> list[Object]:
    """What the chart makes of the example."""
    return manifests(CHART, plain_yaml.load(file.read_text()), "azure-ai")


def config_text(found: list[Object]) -> str:
    """The exporter's configuration in it."""
    [text] = [str(at(each, "data", "config.yaml")) for each in of_kind(found, "ConfigMap")]
    return text


@pytest.mark.parametrize("file", VALUES, ids=lambda file: file.stem)
def test_the_chart_takes_the_values(file: Path, tmp_path: Path) -> None:
    """And the exporter what becomes of them; its pods log in as a workload."""
    found = rendered(file)
    (tmp_path / "translator-key").write_text("a-key")
    text = config_text(found).replace("/etc/keys", str(tmp_path))
    assert parse_config("config.yaml", text, tmp_path).resources
    [account] = of_kind(found, "ServiceAccount")
    client = "azure.workload.identity/client-id"
    assert at(account, "metadata", "annotations", client) == at(
        plain_yaml.load(file.read_text()), "workloadIdentity", "clientId"
    )
    for monitor in of_kind(found, "PodMonitor"):
        operator.validate(monitor)


def test_the_identity_is_that_of_the_commands() -> None:
    """What is federated is the account of the pods, in the namespace of the release."""
    [account] = of_kind(rendered(VALUES[0]), "ServiceAccount")
    [subject] = re.findall(r"--subject (\S+)", VALUES[0].read_text())
    name = at(account, "metadata", "name")
    assert subject == f"system:serviceaccount:monitoring:{name}"


def test_key_files_come_from_the_vault() -> None:
    """Each key of the configuration is a secret that the volume of the pod mounts."""
    text = (AZURE / "key-vault/secret-provider-class.yaml").read_text()
    provider = SecretProvider.model_validate(plain_yaml.load(text))
    objects = plain_yaml.load(provider.spec.parameters["objects"])["array"]
    names = [
        SecretProvider.VaultObject.model_validate(plain_yaml.load(each)).objectName
        for each in objects
    ]
    found = rendered(VALUES[1])
    pod = pods(found)[0]
    [volume] = [each for each in objects_at(pod, "spec", "volumes") if "csi" in each]
    attributes = at(volume, "csi", "volumeAttributes")
    assert attributes == {"secretProviderClass": provider.metadata["name"]}
    [mount] = [
        each
        for each in objects_at(pod, "spec", "containers", 0, "volumeMounts")
        if each["name"] == volume["name"]
    ]
    resources = plain_yaml.load(config_text(found))["resources"]
    files = [resource["auth"]["key_file"] for resource in resources]
    assert files == [f"{mount['mountPath']}/{name}" for name in names]


def test_the_container_app_runs_the_exporter() -> None:
    """Its flags, paths and port are the exporter's; it has an identity and one replica."""
    deployment = Deployment(
        AZURE / "container-app/main.bicep", environmentId="/environment", image="registry/image:1"
    )
    [resource] = deployment.resources("Microsoft.App/containerApps")
    [identity] = deployment.resources("Microsoft.ManagedIdentity/userAssignedIdentities")
    app = App.model_validate({name: resource[name] for name in resource.keys() - {"id"}})
    assert app.identity["userAssignedIdentities"] == {identity["id"]: {}}
    configured, template = app.properties.configuration, app.properties.template
    [container], [volume] = template.containers, template.volumes
    run = parser().parse_args(container.args)
    [mount], [secret], [file] = container.volumeMounts, configured.secrets, volume.secrets
    assert (mount["volumeName"], file["secretRef"]) == (volume.name, secret["name"])
    assert str(run.config_file) == f"{mount['mountPath']}/{file['path']}"
    assert parse_config("config.yaml", secret["value"], Path()).resources
    ports = {
        configured.ingress["targetPort"],
        *(probe.httpGet["port"] for probe in container.probes),
    }
    assert ports == {10058}
    assert [probe.httpGet["path"] for probe in container.probes] == ["/-/healthy", "/-/ready"]
    assert container.env == [{"name": "AZURE_CLIENT_ID", "value": "clientId of identity"}]


def test_alloy_scrapes_the_exporters_port() -> None:
    """And sends the samples to the receiver that is there."""
    text = (ROOT / "examples/alloy/config.alloy").read_text()
    assert re.findall(r'"__address__" = "[\w-]+:(\d+)"', text) == ["10058"]
    blocks = re.findall(r'^(\S+) "(\w+)" \{$', text, re.MULTILINE)
    assert [name for name, _ in blocks] == ["prometheus.scrape", "prometheus.remote_write"]
    assert re.findall(r"^  forward_to +=.*\[(\S+)\.receiver\]$", text, re.MULTILINE) == [
        ".".join(blocks[1])
    ]
