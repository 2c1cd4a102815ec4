"""The chart renders what Kubernetes and the exporter understand, whatever is turned on."""

import base64
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import helm_python
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import trustme

from exporter import __version__
from exporter.config.config import parse_config
from exporter.model.shard import Shard
from exporter.web.port.web_config import load_web
from tests.chart import (
    CHART,
    TABLE,
    Json,
    Object,
    at,
    manifests,
    objects_at,
    of_kind,
    operator,
    pods,
    texts,
    values,
    with_samples,
)
from tests.chart.pod_security import violations
from tests.commands.test_cli import Running, soon
from tests.model.test_shard import flags_read
from tests.support import plain_yaml
from tools.docs.chart_values import thresholds

MAJOR, NEWEST, _ = kubernetes_validate.latest_version().split(".")
KUBERNETES = [f"{MAJOR}.{int(NEWEST) - back}" for back in range(3)]
# It reads the schemas of a version, a megabyte, for every object.
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)

every = pytest.mark.parametrize("name", TABLE)


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart, with one known rule file and one known dashboard more."""
    return with_samples(tmp_path_factory.mktemp("chart"))


def container_of(found: list[Object]) -> Object:
    """The exporter's own container."""
    container = at(pods(found)[0], "spec", "containers", 0)
    assert isinstance(container, dict)
    return container


def mounted(folder: Path, given: Object, found: list[Object]) -> None:
    """What the pod sees under /etc/exporter, with keys and certificates of other Secrets."""
    for kind in ("ConfigMap", "Secret"):
        for each in of_kind(found, kind):
            data = each["data"]
            assert isinstance(data, dict)
            for file, text in data.items():
                content = base64.b64decode(str(text)) if kind == "Secret" else str(text).encode()
                (folder / file).write_bytes(content)
    if given.get("existingSecret"):
        (folder / "translator-key").write_text("a-key")
    if at(given, "web", "existingSecret"):
        ca = trustme.CA()
        server = ca.issue_cert("localhost")
        ca.cert_pem.write_to_path(folder / "ca.crt")
        server.cert_chain_pems[0].write_to_path(folder / "tls.crt")
        server.private_key_pem.write_to_path(folder / "tls.key")


@every
def test_lint_finds_nothing(chart: Path, name: str) -> None:
    """Helm's own lint, warnings included."""
    report = helm_python.lint(chart, values(name), strict=True)
    assert not report["errors"]
    assert {each["error"] for each in report["messages"]} <= {"icon is recommended"}


def test_the_chart_is_of_this_exporter() -> None:
    """Its image is of the version of the code beside it."""
    metadata = plain_yaml.load((CHART / "Chart.yaml").read_text())
    assert metadata["appVersion"] == __version__


@pytest.mark.parametrize("version", KUBERNETES)
@every
def test_every_object_is_valid(chart: Path, name: str, version: str) -> None:
    """Strictly, to the newest three minor versions of Kubernetes and to the Prometheus Operator."""
    found = manifests(chart, values(name))
    for manifest in found:
        if "coreos.com" in str(manifest["apiVersion"]):
            operator.validate(manifest)
        else:
            kubernetes_validate.validate(manifest, version, strict=True)
    named = [(each["kind"], at(each, "metadata", "name")) for each in found]
    assert len(named) == len(set(named))


def test_everything_is_on(chart: Path) -> None:
    """The values file that turns all on leaves no template out but the Deployment's."""
    rendered = texts(chart, values("everything"))
    assert {file for file, text in rendered.items() if not text.strip()} == {"deployment.yaml"}


@every
def test_pods_are_restricted(chart: Path, name: str) -> None:
    """Every pod, that of `helm test` included, meets the strictest Pod Security Standard."""
    found = pods(manifests(chart, values(name)))
    assert len(found) == 2
    assert [violations(pod) for pod in found] == [[], []]


@pytest.mark.parametrize("name", ["minimal", "shards", "checkpoint"])
def test_pods_write_nowhere_but_to_the_checkpoint(chart: Path, name: str) -> None:
    """The root file system is read-only and the user is nobody's, by default."""
    found = manifests(chart, values(name))
    for pod in pods(found):
        assert at(pod, "spec", "securityContext", "runAsUser") == 65532
        for container in objects_at(pod, "spec", "containers"):
            assert at(container, "securityContext", "readOnlyRootFilesystem") is True
    mounts = objects_at(container_of(found), "volumeMounts")
    writable = [each["name"] for each in mounts if not each.get("readOnly")]
    assert writable == (["state"] if name == "checkpoint" else [])


@every
def test_the_configuration_loads(
    chart: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both files are accepted by the exporter, beside the files that they name."""
    monkeypatch.setenv("SPEECH_KEY", "a-key")
    given = values(name)
    found = manifests(chart, given)
    mounted(tmp_path, given, found)
    text = (tmp_path / "config.yaml").read_text()
    config = parse_config("config.yaml", text, tmp_path)
    assert [each.name for each in config.resources] == [
        each["name"] for each in objects_at(given, "config", "resources")
    ]
    arguments = container_of(found)["args"]
    assert isinstance(arguments, list)
    has_file = "--web.config.file=/etc/exporter/web.yaml" in arguments
    assert has_file == bool(at(given, "web", "config")) == (tmp_path / "web.yaml").exists()
    if has_file:
        load_web(tmp_path / "web.yaml")
    kept = [each.get("mountPath") for each in objects_at(container_of(found), "volumeMounts")]
    assert ("state_file: /var/lib/exporter/" in text) == ("/var/lib/exporter" in kept)


@every
def test_the_flags_are_the_exporters(
    chart: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each pod's arguments are accepted, and each pod finds its own share of the work."""
    found = manifests(chart, values(name))
    arguments = container_of(found)["args"]
    assert isinstance(arguments, list)
    (workload,) = of_kind(found, "Deployment", "StatefulSet")
    pod, total = at(workload, "metadata", "name"), at(workload, "spec", "replicas")
    assert isinstance(total, int)
    for number in range(total):
        monkeypatch.setenv("POD_NAME", f"{pod}-{number}")
        assert flags_read(monkeypatch, *map(str, arguments)) == Shard(number, total)


@pytest.mark.e2e
@pytest.mark.parametrize("name", ["minimal", "secured"])
def test_the_pod_runs_and_helm_test_passes(chart: Path, name: str, tmp_path: Path) -> None:
    """The arguments start the real program; what `helm test` does finds it ready."""
    web: dict[str, Json] = {}
    if name == "secured":
        web = {"web": at(values("everything"), "web")}
    given = values("minimal", **web)
    given["config"] = {
        "resources": [
            {
                "name": "translator",
                "endpoint": "http://127.0.0.1:1",
                "auth": {"key_file": "translator-key"},
                "document_translation": {"discover": True},
            },
        ],
    }
    found = manifests(chart, given)
    mounted(tmp_path, given, found)
    arguments = container_of(found)["args"]
    script = at(pods(found)[1], "spec", "containers", 0, "args", 0)
    assert isinstance(arguments, list)
    assert isinstance(script, str)
    running = Running(
        tmp_path,
        *(
            re.sub("=:[0-9]+$", "=127.0.0.1:0", str(each).replace("/etc/exporter", str(tmp_path)))
            for each in arguments
        ),
    )
    try:
        assert "watch-azure-ai-exporter" in script
        asked = re.sub("watch-azure-ai-exporter:[0-9]+", running.address, script)

        def passes() -> str | None:
            command = [sys.executable, "-c", asked]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            return done.stdout if done.returncode == 0 else None

        assert soon(passes)
    finally:
        assert running.end() == 0


def test_who_runs_the_pods(chart: Path) -> None:
    """A Deployment, or a StatefulSet when there are several or something is kept."""
    for changes, kind, replicas, claims in (
        ({}, "Deployment", 1, 0),
        ({"shards": 2}, "StatefulSet", 2, 0),
        ({"checkpoint__enabled": True}, "StatefulSet", 1, 1),
        ({"checkpoint__enabled": True, "shards": 3}, "StatefulSet", 3, 1),
    ):
        found = manifests(chart, values("minimal", **changes))
        (workload,) = of_kind(found, "Deployment", "StatefulSet")
        assert workload["kind"] == kind
        assert at(workload, "spec", "replicas") == replicas
        assert len(objects_at(workload, "spec", "volumeClaimTemplates")) == claims
        if kind == "StatefulSet":
            (service,) = of_kind(found, "Service")
            assert at(workload, "spec", "serviceName") == at(service, "metadata", "name")
            assert at(service, "spec", "clusterIP") == "None"


IMMUTABLE = {
    "Deployment": {"selector"},
    "Service": {"clusterIP"},
    # All but these: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
    "StatefulSet": {"serviceName", "selector", "podManagementPolicy", "volumeClaimTemplates"},
}


def frozen(found: list[Object]) -> dict[tuple[Json, Json], dict[str, Json]]:
    """What may not change of the objects, by kind and name."""
    return {
        (each["kind"], at(each, "metadata", "name")): {
            field: at(each, "spec", field) for field in IMMUTABLE[str(each["kind"])]
        }
        for each in of_kind(found, *IMMUTABLE)
    }


def newer(chart: Path, folder: Path) -> Path:
    """The chart, and the exporter in it, in a version to come."""
    copy = shutil.copytree(chart, folder / chart.name)
    file = copy / "Chart.yaml"
    file.write_text(re.sub(r"(?m)^(version|appVersion): .*$", r'\1: "99.0.0"', file.read_text()))
    return copy


def test_an_upgrade_changes_nothing_immutable(chart: Path, tmp_path: Path) -> None:
    """From any values to any others in a newer version; name, size and class of claims aside."""
    same: dict[str, Json] = {
        "nameOverride": "",
        "fullnameOverride": "",
        "checkpoint__size": "1Gi",
        "checkpoint__storageClassName": "",
    }
    now, later = (
        {name: frozen(manifests(which, values(name, **same))) for name in TABLE}
        for which in (chart, newer(chart, tmp_path))
    )
    for (before, old), (after, new) in product(now.items(), later.items()):
        for key in old.keys() & new:
            assert old[key] == new[key], (before, after, key)


def test_a_new_configuration_needs_no_new_pod(chart: Path) -> None:
    """Configuration, keys and users change; what is said of the pods does not."""
    first, second = (
        manifests(
            chart,
            values(
                "checkpoint",
                config__poll={"interval": interval},
                secrets={"translator-key": interval},
                web__config={"basic_auth_users": {interval: "$2b$10$hash"}},
            ),
        )
        for interval in ("30s", "60s")
    )
    assert first != second
    assert pods(first) == pods(second)


def selects(selector: Json, pod: Object) -> bool:
    """Whether matchLabels, or the plain labels of a Service, fit a pod."""
    wanted = at(selector, "matchLabels") or selector
    labels = at(pod, "metadata", "labels")
    assert isinstance(wanted, dict)
    assert isinstance(labels, dict)
    return wanted.items() <= labels.items()


@every
def test_selectors_find_the_exporter_alone(chart: Path, name: str) -> None:
    """Whoever selects pods gets the exporter's, and not the one of `helm test`."""
    found = manifests(chart, values(name))
    exporter, test = pods(found)
    for each in found:
        for field in ("selector", "podSelector"):
            selector = at(each, "spec", field)
            if selector and each["kind"] != "ServiceMonitor":
                assert selects(selector, exporter)
                assert not selects(selector, test)
    (service,) = of_kind(found, "Service")
    for monitor in of_kind(found, "ServiceMonitor"):
        assert selects(at(monitor, "spec", "selector"), service)


@pytest.mark.parametrize("peers", [[], [{"namespaceSelector": {}}]])
def test_the_network_is_closed_but_for_this(chart: Path, peers: list[Json]) -> None:
    """In to the port for whoever is named and for `helm test`; out to DNS, 443 and what is said."""
    more: Json = {"ports": [{"port": 3128, "protocol": "TCP"}]}
    changes: Object = {"enabled": True, "from": peers, "egress": [more]}
    found = manifests(chart, values("minimal", networkPolicy=changes))
    (policy,) = of_kind(found, "NetworkPolicy")
    assert at(policy, "spec", "policyTypes") == ["Ingress", "Egress"]
    (ingress,) = objects_at(policy, "spec", "ingress")
    *named, test = objects_at(ingress, "from")
    assert named == peers
    assert selects(test["podSelector"], pods(found)[1])
    (port,) = objects_at(ingress, "ports")
    assert port["port"] in [each["name"] for each in objects_at(container_of(found), "ports")]
    *out, last = objects_at(policy, "spec", "egress")
    assert [
        (each["port"], each["protocol"]) for one in out for each in objects_at(one, "ports")
    ] == [
        (53, "UDP"),
        (53, "TCP"),
        (443, "TCP"),
    ]
    assert last == more


def test_secrets_stay_in_the_secret(chart: Path) -> None:
    """Neither a key nor the hash of a password stands in any other object, or in the notes."""
    rendered = dict(texts(chart, values("everything")))
    secret = rendered.pop("secret.yaml")
    for hidden in (b"a-key-of-translator", b"$2b$10$"):
        assert not any(hidden.decode() in text for text in rendered.values())
        assert hidden in b"".join(
            base64.b64decode(str(text)) for text in plain_yaml.load(secret)["data"].values()
        )


@pytest.mark.parametrize(
    ("web", "probe"),
    [
        ({}, {"httpGet": {"path": "/-/ready", "port": "http", "scheme": "HTTP"}}),
        (
            {"tls_server_config": {"cert_file": "tls.crt", "key_file": "tls.key"}},
            {"httpGet": {"path": "/-/ready", "port": "http", "scheme": "HTTPS"}},
        ),
        (
            {"tls_server_config": {"client_auth_type": "RequireAndVerifyClientCert"}},
            {"tcpSocket": {"port": "http"}},
        ),
        (
            {"basic_auth_users": {"prometheus": "$2b$10$hash"}},
            {"httpGet": {"path": "/-/ready", "port": "http", "scheme": "HTTP"}},
        ),
    ],
)
def test_the_kubelet_can_ask(chart: Path, web: Object, probe: Object) -> None:
    """By http or https, without a user; where it would need a certificate, by the port alone."""
    container = container_of(manifests(chart, values("minimal", web__config=web)))
    ready, alive = container["readinessProbe"], container["livenessProbe"]
    assert isinstance(ready, dict)
    assert isinstance(alive, dict)
    assert probe.items() <= ready.items()
    if "httpGet" in probe:
        assert at(alive, "httpGet", "path") == "/-/healthy"
    assert ("--web.open-health" in (container["args"] or [])) == bool(web)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("external_url", "route_prefix", "prefix"),
    [
        ("", "", ""),
        ("https://monitoring.example", "", ""),
        ("https://monitoring.example/azure/", "", "/azure"),
        ("https://monitoring.example/azure", "/", ""),
        ("https://monitoring.example/azure", "/a/b/", "/a/b"),
        ("", "/a", "/a"),
    ],
)
def test_whoever_asks_knows_the_prefix(
    chart: Path, external_url: str, route_prefix: str, prefix: str
) -> None:
    """Probes of the kubelet, monitors and the test of the release ask below it."""
    web = {"web__externalUrl": external_url, "web__routePrefix": route_prefix}
    found = manifests(chart, values("everything", **web))
    ready = at(container_of(found), "readinessProbe", "httpGet", "path")
    (probe,), (service,) = of_kind(found, "Probe"), of_kind(found, "ServiceMonitor")
    (endpoint,) = objects_at(service, "spec", "endpoints")
    paths = (ready, at(probe, "spec", "prober", "path"), endpoint["path"])
    assert paths == (f"{prefix}/-/ready", f"{prefix}/probe", f"{prefix}/metrics")
    assert f"{prefix}/-/ready" in texts(chart, values("everything", **web))["tests/answers.yaml"]


def relabelled(target: str, relabelings: list[Object]) -> Iterator[tuple[str, str]]:
    """The parameters that Prometheus makes of a Probe's target."""
    for each in relabelings:
        if each.get("action", "replace") == "replace":
            found = re.fullmatch(str(each["regex"]), target)
            assert found
            text = re.sub(r"\$(\d)", r"\\\1", str(each["replacement"]))
            yield str(each["targetLabel"]).removeprefix("__param_"), found.expand(text)


def test_a_probe_asks_for_one_operation(chart: Path) -> None:
    """Resource, API and operation, which may hold a slash, become the parameters of `/probe`."""
    target = "speech/video_translation/film/first"
    given = values("everything", probe__operations=[target])
    (probe,) = of_kind(manifests(chart, given), "Probe")
    config = at(probe, "spec", "targets", "staticConfig")
    assert at(config, "static") == [target]
    assert dict(relabelled(target, objects_at(config, "relabelingConfigs"))) == {
        "resource": "speech",
        "api": "video_translation",
        "operation": "film/first",
    }


def test_the_workload_logs_in(chart: Path) -> None:
    """Azure's webhook finds the label on the pods and the client on their account."""
    found = manifests(chart, values("workload-identity"))
    (account,) = of_kind(found, "ServiceAccount")
    assert at(account, "metadata", "annotations") == {
        "azure.workload.identity/client-id": "7d1f2c3b-8a55-4a3a-b0e6-2f6c1d9e4b11"
    }
    exporter, test = pods(found)
    assert at(exporter, "spec", "serviceAccountName") == at(account, "metadata", "name")
    assert at(exporter, "metadata", "labels", "azure.workload.identity/use") == "true"
    assert at(test, "metadata", "labels", "azure.workload.identity/use") is None


def test_azure_monitors_have_its_limits(chart: Path) -> None:
    """Azure's monitors are the operator's but for their group and three limits."""
    azure, operators = (
        of_kind(manifests(chart, values("monitors", **changes)), "PodMonitor", "ServiceMonitor")
        for changes in ({"scrape__apiVersion": operator.AZURE}, {})
    )
    limits = {"labelLimit": 63, "labelNameLengthLimit": 511, "labelValueLengthLimit": 1023}
    assert len(azure) == 2
    for mine, other in zip(azure, operators, strict=True):
        assert (mine["apiVersion"], other["apiVersion"]) == (operator.AZURE, operator.OPERATOR)
        assert isinstance(other["spec"], dict)
        assert mine["spec"] == {**limits, **other["spec"]}


def rules_of(found: list[Object], group: str) -> list[Object]:
    """The rules of a group of the PrometheusRule."""
    (manifest,) = of_kind(found, "PrometheusRule")
    for each in objects_at(manifest, "spec", "groups"):
        if each["name"] == group:
            return objects_at(each, "rules")
    raise AssertionError(f"there is no group {group}")


def test_thresholds_come_from_values(chart: Path) -> None:
    """A number and a duration are replaced, what is not said stays as the file has it."""
    on = values("minimal", prometheusRule={"enabled": True})
    assert [each["alert"] for each in rules_of(manifests(chart, on), "sample")[1:]] == [
        "SampleOld",
        "SampleGone",
    ]
    old = rules_of(manifests(chart, on), "sample")[1]
    assert "> 1800 #" in str(old["expr"])
    assert old["for"] == "5m"

    (recorded, old) = rules_of(manifests(chart, values("everything")), "sample")
    assert "labels" not in recorded
    assert "sample:seconds > 3600\n" in str(old["expr"])
    assert old["for"] == "10m"
    assert old["labels"] == {"severity": "warning", "team": "own", "region": "west"}
    runbook = at(old, "annotations", "runbook_url")
    assert runbook == "https://runbooks.example.org/azure-ai/SampleOld.md"


@pytest.mark.e2e
def test_every_threshold_can_be_changed(chart: Path) -> None:
    """Each that a rule file names, with a number where a number stands; all its uses agree."""
    for name, (default, _) in thresholds().items():
        changed = 12345 if default.replace(".", "").isdecimal() else "345m"
        rule: Object = {"enabled": True, "thresholds": {name: changed}}
        text = texts(chart, values("minimal", prometheusRule=rule))["prometheusrule.yaml"]
        assert str(changed) in text
        assert f"# threshold: {name}\n" not in text
        files = "".join(file.read_text() for file in CHART.glob("rules/*.yaml"))
        assert set(re.findall(rf"(\S+)[ \t]+# threshold: {name}\b", files)) == {default}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs Debian's package prometheus")
@pytest.mark.parametrize("changed", [{}, {"sampleSeconds": 1e6, "sampleFor": "1h30m"}])
def test_the_rendered_rules_are_rules(chart: Path, changed: Object, tmp_path: Path) -> None:
    """They are understood by promtool also when they come out of the chart."""
    rule: Object = {"enabled": True, "thresholds": changed}
    (found,) = of_kind(
        manifests(chart, values("minimal", prometheusRule=rule)),
        "PrometheusRule",
    )
    file = tmp_path / "rules.yaml"
    file.write_text(plain_yaml.dump(found["spec"]))
    command = ["promtool", "check", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_dashboards_are_found_by_the_sidecar(chart: Path) -> None:
    """All of the folder are in one ConfigMap that has its label and is not too large."""
    found = manifests(chart, values("minimal", dashboards={"enabled": True}))
    (dashboards,) = [
        each
        for each in of_kind(found, "ConfigMap")
        if at(each, "metadata", "labels", "grafana_dashboard") == "1"
    ]
    data = dashboards["data"]
    assert isinstance(data, dict)
    files = {file.name: file.read_text() for file in chart.glob("dashboards/*.json")}
    assert data == files
    assert sum(map(len, files.values())) < 2**20


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Prometheus does not scrape it yet"),
        ({"shards": 3}, "with 3 shards"),
        ({"checkpoint__enabled": True}, "statefulset/watch-azure-ai-exporter-kept"),
        (
            {"serviceMonitor__enabled": True, "podMonitor__enabled": True},
            "Prometheus scrapes each pod twice",
        ),
        (
            {"podMonitor__enabled": True, "web__config": {"tls_server_config": {"a": "b"}}},
            "will not trust the certificate",
        ),
        (
            {"podMonitor__enabled": True, "web__config": {"basic_auth_users": {"a": "b"}}},
            "Prometheus will get 401",
        ),
        ({"workloadIdentity__enabled": True}, "workloadIdentity.clientId is empty"),
    ],
)
def test_the_notes_say_what_comes_next(chart: Path, changes: Object, said: str) -> None:
    """What to do first, and what will not work as it is."""
    assert said in texts(chart, values("minimal", **changes))["NOTES.txt"]
