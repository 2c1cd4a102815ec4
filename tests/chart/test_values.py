"""The chart's values: each is used, described and checked, and a wrong one is refused by name."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import helm_python
import pytest

from exporter.azure.auth.settings import Auth
from exporter.config.config import Config, Resource
from tests.chart import CHART, SAMPLE, TABLE, Json, Object, at, texts, values, with_samples
from tests.docs import DOCS, block
from tests.support import plain_yaml
from tools.docs.chart_values import README, described_values
from tools.release.check_chart import VALUES_0_1_0


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart, with one known rule file and one known dashboard more."""
    return with_samples(tmp_path_factory.mktemp("chart"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart with the known rule file and dashboard alone: it renders in half the time."""
    copy = with_samples(tmp_path_factory.mktemp("small"))
    for file in (*copy.glob("rules/*"), *copy.glob("dashboards/*")):
        if not (SAMPLE / file.relative_to(copy)).exists():
            file.unlink()
    return copy


SCHEMA: Json = plain_yaml.load((CHART / "values.schema.json").read_text())
DEFAULTS: Object = plain_yaml.load((CHART / "values.yaml").read_text())


def known(*path: str) -> set[str]:
    """The names that the schema knows below a path."""
    place = SCHEMA
    for part in path:
        place = at(place, "items") if part == "[]" else at(place, "properties", part)
    assert at(place, "additionalProperties") is False
    found = at(place, "properties")
    assert isinstance(found, dict)
    return set(found)


def test_the_schema_knows_the_values(chart: Path) -> None:
    """Exactly those of `values.yaml`, and what Helm itself may add."""
    described_names = {path.partition(".")[0] for path, _, _ in described_values()}
    assert known() == DEFAULTS.keys() | {"global"} == described_names | {"global", "config"}
    for path, _, _ in described_values():
        section, _, name = path.partition(".")
        if name:
            section_values = DEFAULTS[section]
            assert isinstance(section_values, dict)
            assert known(section) == section_values.keys(), section


def test_the_schema_knows_the_configuration() -> None:
    """The names of the exporter's own settings; where its file is kept is the chart's to say."""
    assert known("config") == Config.model_fields.keys() - {"state_file"}
    assert known("config", "resources", "[]") == Resource.model_fields.keys()
    assert known("config", "resources", "[]", "auth") == Auth.model_fields.keys()


RESOURCE: Object = {"name": "a", "endpoint": "https://a.example", "avatar": {}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shard": 3}, "at '': additional properties 'shard' not allowed"),
        ({"shards": "3"}, "at '/shards': got string, want integer"),
        ({"shards": 0}, "at '/shards': minimum: got 0, want 1"),
        ({"image__tags": "1"}, "at '/image': additional properties 'tags' not allowed"),
        ({"image__digest": "sha256:1"}, "at '/image/digest': 'sha256:1' does not match"),
        ({"image__pullPolicy": "always"}, "at '/image/pullPolicy': value must be one of"),
        ({"imagePullSecrets": ["registry"]}, "at '/imagePullSecrets/0': got string, want object"),
        ({"web__port": 70000}, "at '/web/port': maximum: got 70,000, want 65,535"),
        ({"web__confg": {}}, "at '/web': additional properties 'confg' not allowed"),
        ({"web__config": {"basic_auth_user": {}}}, "properties 'basic_auth_user' not allowed"),
        ({"log__level": "trace"}, "at '/log/level': value must be one of 'debug', 'info'"),
        ({"config__polling": {}}, "at '/config': additional properties 'polling' not allowed"),
        ({"config__state_file": "/x"}, "at '/config': additional properties 'state_file'"),
        ({"config__resources": []}, "config.resources is empty: name what is to be watched"),
        ({"config__resources": [RESOURCE]}, "at '/config/resources/0': missing property 'auth'"),
        (
            {"config__resources": [{**RESOURCE, "auth": {"keyfile": "k"}}]},
            "at '/config/resources/0/auth': additional properties 'keyfile' not allowed",
        ),
        (
            {"config__resources": [{**RESOURCE, "auth": {"key": "s3cret"}}]},
            'auth.key of "a" would show the key in a ConfigMap: put it in a Secret and write',
        ),
        ({"secrets": {"config.yaml": "x"}}, "secrets: config.yaml is a file of the chart's own"),
        ({"secrets": {"a key": "x"}}, "invalid propertyName 'a key'"),
        ({"secrets": {"k": ""}}, "at '/secrets/k': minLength: got 0, want 1"),
        ({"checkpoint__size": "1 GB"}, "at '/checkpoint/size': '1 GB' does not match"),
        ({"scrape__apiVersion": "v1"}, "at '/scrape/apiVersion': value must be one of 'monitoring"),
        ({"scrape__interval": "30"}, "at '/scrape/interval': '30' does not match"),
        ({"serviceMonitor__enabled": "yes"}, "at '/serviceMonitor/enabled': got string"),
        ({"probe__operations": ["a/b"]}, "at '/probe/operations/0': 'a/b' does not match"),
        ({"probe__enabled": True}, "probe.operations is empty: name operations as"),
        (
            {"prometheusRule": {"enabled": True, "thresholds": {"sampleSecond": 3}}},
            'prometheusRule.thresholds: no rule has "sampleSecond"; there are',
        ),
        (
            {"prometheusRule__thresholds": {"sampleSeconds": "long"}},
            "at '/prometheusRule/thresholds/sampleSeconds': 'long' does not match",
        ),
        (
            {"prometheusRule": {"enabled": True, "disabled": ["SampleGon"]}},
            'prometheusRule.disabled: there is no alert "SampleGon"',
        ),
        (
            {"prometheusRule__infoLabels": ["cost-centre"]},
            "at '/prometheusRule/infoLabels/0': 'cost-centre' does not match",
        ),
        (
            {"prometheusRule": {"enabled": True, "infoLabels": ["job"]}},
            'prometheusRule.infoLabels: "job" is not a label of yours; name labels that you gave',
        ),
        (
            {
                "prometheusRule": {
                    "enabled": True,
                    "infoLabels": ["team"],
                    "alertLabels": {"team": "docs"},
                }
            },
            'prometheusRule.infoLabels: alertLabels has "team", too, and would win',
        ),
        ({"podDisruptionBudget__maxUnavailable": "half"}, "'half' does not match"),
        ({"livenessProbe": {"period": 3}}, "at '/livenessProbe': additional properties 'period'"),
        ({"extraArgs": ["log.level=info"]}, "at '/extraArgs/0': 'log.level=info' does not match"),
        ({"extraEnv": [{"value": "a"}]}, "at '/extraEnv/0': missing property 'name'"),
        ({"podLabels": {"a": 1}}, "at '/podLabels/a': got number, want string"),
    ],
)
def test_a_wrong_value_is_refused(chart: Path, changes: Object, said: str) -> None:
    """With its name and what is wrong with it; no secret is repeated."""
    with pytest.raises(helm_python.HelmError) as refused:
        texts(chart, values("minimal", **changes))
    assert said in str(refused.value)
    assert "s3cret" not in str(refused.value)


def outcome(chart: Path, given: Object) -> str:
    """What is rendered, or why nothing is."""
    try:
        return str(texts(chart, given))
    except helm_python.HelmError as error:
        return str(error)


@pytest.mark.parametrize("path", [path for path, _, _ in described_values()])
def test_every_value_is_used(small: Path, path: str) -> None:
    """Without any one of them, something else is rendered than with another than the default."""
    given = values("existing" if path == "serviceAccount.create" else "everything")
    *above, last = path.split(".")
    changed = deepcopy(given)
    section = at(changed, *above)
    assert isinstance(section, dict)
    del section[last]
    assert outcome(small, changed) != outcome(small, given)


def leaves(tree: Json, *path: str) -> Iterator[tuple[str, ...]]:
    """The paths of all values."""
    if isinstance(tree, dict) and tree:
        for name, below in tree.items():
            yield from leaves(below, *path, name)
    else:
        yield path


def test_every_value_is_described() -> None:
    """Each of `values.yaml` has a comment, or stands in one that has."""
    paths = {path for path, _, _ in described_values()}
    for leaf in leaves(DEFAULTS):
        above = {".".join(leaf[:length]) for length in range(1, len(leaf) + 1)}
        assert above & paths, leaf


@pytest.mark.parametrize(
    ("page", "mark"),
    [
        (DOCS / "installation.md", "kubernetes"),
        (DOCS / "azure.md", "managed"),
        (README, "example"),
        (README, "identity"),
        (README, "port"),
    ],
)
def test_the_examples_of_the_documents_render(chart: Path, page: Path, mark: str) -> None:
    """What they show is accepted; what is only a part, beside the least that is needed."""
    shown: Object = plain_yaml.load(block(page, mark))
    assert texts(chart, {**values("minimal"), **shown})


def test_values_of_0_1_0_are_taken() -> None:
    """Every value that the chart of 0.1.0 had, with its every alert and threshold.

    `make release` renders all of them from the packaged chart.
    """
    with helm_python.Chart.load(CHART) as chart:
        for file in VALUES_0_1_0.glob("*.yaml"):
            chart.validate_schema(plain_yaml.load(file.read_text()))
    everything: Object = plain_yaml.load((VALUES_0_1_0 / "everything.yaml").read_text())
    assert texts(CHART, everything)


def test_the_table_is_what_it_says() -> None:
    """Each case has its file."""
    assert {"minimal", "shards", "checkpoint", "everything", "existing"} <= TABLE.keys()
