"""The dashboards of the chart: made from code, complete, and true to the metric contract."""

import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

import msgspec
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus, stat, table, timeseries

from dashboards.panels import STATE_COLOURS
from dashboards.writing import FOLDER, file_texts
from exporter.model.operation import State
from tests.chart.promtool import needs_prometheus, said
from tests.support import plain_yaml
from tests.support.dashboards import (
    BUILT_IN,
    OTHER_METRICS,
    PROMETHEUS_LABELS,
    Dashboard,
    dashboards,
    grouping_labels,
    metrics,
    selectors,
    texts,
    with_values,
)

READ = dashboards()
OPTIONS = {"stat": stat.Options, "table": table.Options, "timeseries": timeseries.Options}
"""The kinds of panels, which every Grafana since 11 has."""
each_dashboard = pytest.mark.parametrize("dashboard", READ.values(), ids=READ)


def test_the_chart_has_what_the_code_makes() -> None:
    """The committed files are those that `make dashboards` writes, and no others."""
    assert texts() == file_texts()


def test_what_is_promised_is_there() -> None:
    """Four dashboards, each with the variables to choose from."""
    assert {name: {each.name for each in read.templating.list} for name, read in READ.items()} == {
        "overview.json": {
            "datasource",
            "label",
            "value",
            "resource",
            "api",
            "operation",
            "stuck_after",
        },
        "batch.json": {"datasource", "resource", "api", "operation"},
        "jobs.json": {"datasource", "label", "value", "resource", "api", "operation"},
        "exporter.json": {"datasource", "job", "resource", "api"},
    }


def lost(given: object, kept: object, place: str = "") -> list[str]:
    """Places in `given` that are not, or not the same, in `kept`, which may have more."""
    if isinstance(given, dict) and isinstance(kept, dict):
        pairs = [(f"{place}.{name}", each, kept.get(name)) for name, each in given.items()]
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        pairs = [
            (f"{place}[{number}]", *both)
            for number, both in enumerate(zip(given, kept, strict=True))
        ]
    else:
        return [] if given == kept else [place]
    return [missing for at, one, other in pairs for missing in lost(one, other, at)]


@pytest.mark.parametrize("name", READ)
def test_grafanas_models_read_it_whole(name: str) -> None:
    """Grafana's own models know every panel, query and option; they lose nothing."""
    register_default_plugins()
    decoded = models.Dashboard.from_json(msgspec.json.decode(texts()[name]))
    for panel in decoded.panels or []:
        assert isinstance(panel, models.Panel | models.RowPanel)
        if isinstance(panel, models.Panel):
            assert all(isinstance(each, prometheus.Dataquery) for each in panel.targets or [])
            assert isinstance(panel.options, OPTIONS[str(panel.type_val)])
    written = JSONEncoder().encode(decoded)
    assert lost(msgspec.json.decode(texts()[name]), msgspec.json.decode(written)) == []


@each_dashboard
def test_every_panel_explains_itself(dashboard: Dashboard) -> None:
    """Title, description, unit, and words for when there is nothing to show."""
    for panel in dashboard.content_panels:
        defaults = panel.field_config.defaults
        assert all((panel.title, panel.description, defaults.unit, defaults.no_value)), panel.title
        assert defaults.thresholds, panel.title
        assert panel.targets, panel.title


@each_dashboard
def test_panels_fill_the_page(dashboard: Dashboard) -> None:
    """None lies over another, and there are no holes."""
    places = [panel.grid_pos.cells for panel in dashboard.panels]
    covered = set().union(*places)
    assert len(covered) == sum(map(len, places))
    assert len(covered) == 24 * (max(line for _, line in covered) + 1)


@each_dashboard
def test_ids_are_unique(dashboard: Dashboard) -> None:
    """Of panels within a dashboard, of queries within a panel; titles can be told apart."""
    panels = [panel.id for panel in dashboard.panels]
    assert len(set(panels)) == len(panels)
    titles = [panel.title for panel in dashboard.content_panels]
    assert len(set(titles)) == len(titles)
    for panel in dashboard.content_panels:
        queries = [target.ref_id for target in panel.targets]
        assert len(set(queries)) == len(queries), panel.title


@each_dashboard
def test_every_metric_and_label_is_of_the_contract(dashboard: Dashboard) -> None:
    """What queries and variables name exists, on that family."""
    known = metrics()
    queries = [target.expr for _, target in dashboard.queries]
    variables = [each.query for each in dashboard.templating.list if each.type == "query"]
    for expr in [*queries, *variables]:
        assert set(re.findall(r"[\w:]*azure_ai_[\w:]+", expr)) <= known.keys(), expr
        for name, labels in selectors(expr):
            assert name in known or name in OTHER_METRICS, expr
            own = set(known[name].all_labels) if name in known else set()
            assert labels <= own | PROMETHEUS_LABELS, expr


@each_dashboard
def test_other_programs_are_left_out(dashboard: Dashboard) -> None:
    """Metrics that every target has are asked of exporters alone."""
    for panel, target in dashboard.queries:
        if {name for name, _ in selectors(target.expr)} & OTHER_METRICS:
            assert " and on (job, instance) " in target.expr, panel.title
            assert "azure_ai_exporter_build_info" in target.expr, panel.title


@each_dashboard
def test_groups_and_legends_are_of_labels_that_are_there(dashboard: Dashboard) -> None:
    """A label that is grouped or joined by is a family's; one in a legend is left by the query."""
    known = metrics()
    for panel, target in dashboard.queries:
        families = [known[name] for name, _ in selectors(target.expr) if name in known]
        labels = set(chain.from_iterable(family.all_labels for family in families))
        assert grouping_labels(target.expr) <= labels | PROMETHEUS_LABELS, (
            panel.title,
            target.expr,
        )
        assert target.legend <= labels | PROMETHEUS_LABELS, (panel.title, target.legend)


@pytest.mark.parametrize("name", READ)
def test_no_variable_is_unknown(name: str) -> None:
    """Every `$name` is a variable of the dashboard, or Grafana's own."""
    used = set(re.findall(r"\$\{?(\w+)", texts()[name]))
    assert used <= {each.name for each in READ[name].templating.list} | BUILT_IN | {"__all"}


@pytest.mark.parametrize("name", READ)
def test_the_data_source_can_be_chosen(name: str) -> None:
    """No panel, query or variable asks another than the one that is chosen, a Prometheus."""
    asked = re.findall(r'"datasource": {\s*([^}]*)}', texts()[name].replace("${", "$<"))
    assert len(asked) > len(READ[name].content_panels)
    assert {re.sub(r"\s", "", each) for each in asked} == {
        '"type":"prometheus","uid":"$<datasource'
    }


@pytest.mark.parametrize("name", ["overview.json", "jobs.json"])
def test_a_label_chooses_resources(name: str) -> None:
    """Any label; all of its resources are sent by name, or `All` would mean every resource."""
    choices = {each.name: each for each in READ[name].templating.list}
    assert choices["label"].query == "team"
    assert choices["value"].query == "label_values(azure_ai_operation_info, $label)"
    assert choices["value"].all_value == ".*"  # also where nothing has the label
    assert '$label=~"$value"' in choices["resource"].query
    assert choices["resource"].all_value is None


def test_links_lead_to_dashboards_that_exist() -> None:
    """Each to the others, with values only for variables that are there."""
    uids = {read.uid: {each.name for each in read.templating.list} for read in READ.values()}
    assert len(uids) == len(list(FOLDER.iterdir()))
    for name, read in READ.items():
        urls = re.findall(r'"url": "([^"]*)"', texts()[name])
        led = {url.removeprefix("/d/").partition("?")[0] for url in urls}
        assert led >= uids.keys() - {read.uid}
        assert led <= uids.keys()
        for url in urls:
            target, _, parameters = url.removeprefix("/d/").partition("?")
            given = re.findall(r"var-(\w+)=|\${(\w+):queryparam}", parameters)
            assert {left or right for left, right in given} <= uids[target]


@needs_prometheus
@pytest.mark.parametrize("name", ["overview.json", "jobs.json"])
def test_failures_are_those_of_the_last_hour(name: str, tmp_path: Path) -> None:
    """Of two failures that are kept, the one of half an hour ago counts, and its parts."""
    series: dict[str, int] = {}
    for operation, ended, parts in (("old", 3600, 5), ("new", 9000, 3)):
        labels = f'resource="r", api="openai_batch", operation="{operation}"'
        series |= {
            f'azure_ai_operation_state{{{labels}, state="Failed"}}': 1,
            f'azure_ai_operation_requests{{{labels}, state="Failed"}}': parts,
            f"azure_ai_operation_last_action_timestamp_seconds{{{labels}}}": ended,
        }
    assert_shown(name, {"Failed, last hour": 1, "Parts failed, last hour": 3}, series, tmp_path)


@needs_prometheus
def test_what_cannot_be_read_is_not_stuck(tmp_path: Path) -> None:
    """As for the alert, the time without a change ends with the latest poll that succeeded."""
    series: dict[str, int] = {}
    for operation, last_success in (("silent", 10_800), ("unreadable", 660)):
        labels = f'resource="r", api="avatar", operation="{operation}"'
        series |= {
            f'azure_ai_operation_state{{{labels}, state="Running"}}': 1,
            f"azure_ai_operation_last_change_timestamp_seconds{{{labels}}}": 600,
            f"azure_ai_operation_last_success_timestamp_seconds{{{labels}}}": last_success,
        }
    assert_shown("overview.json", {"Stuck": 1}, series, tmp_path)


@needs_prometheus
def test_only_results_of_finished_jobs_expire(tmp_path: Path) -> None:
    """A running job may expire within a day as well, but has nothing to download."""
    series: dict[str, int] = {}
    for operation, state in (("done", "Succeeded"), ("busy", "Running")):
        labels = f'resource="r", api="language", operation="{operation}"'
        for each in ("Succeeded", "Running"):
            series[f'azure_ai_operation_state{{{labels}, state="{each}"}}'] = int(each == state)
        series[f"azure_ai_operation_expires_timestamp_seconds{{{labels}}}"] = 50_000
    assert_shown("jobs.json", {"Results expiring": 1}, series, tmp_path)


def assert_shown(
    name: str, expected: Mapping[str, int], series: Mapping[str, int], folder: Path
) -> None:
    """Whether the panels of these titles show these values after three hours of these series."""
    matched = {"resource": ".*", "api": ".*", "operation": ".*", "stuck_after": "1800"}
    proofs = [
        {
            "expr": with_values(target.expr, matched),
            "eval_time": "3h",
            "exp_samples": [{"labels": "{}", "value": expected[panel.title]}],
        }
        for panel, target in READ[name].queries
        if panel.title in expected
    ]
    assert len(proofs) == len(expected)
    written = [{"series": each, "values": f"{value}x180"} for each, value in series.items()]
    case = {"interval": "1m", "input_series": written, "promql_expr_test": proofs}
    (folder / "proof.yaml").write_text(plain_yaml.dump({"tests": [case]}))
    assert "SUCCESS" in said("promtool", "test", "rules", folder / "proof.yaml")


def test_every_state_has_a_colour() -> None:
    """Also one that only documents have."""
    assert STATE_COLOURS.keys() == set(State)


@each_dashboard
def test_nothing_is_extrapolated_beyond_what_was_seen(dashboard: Dashboard) -> None:
    """`delta` would show a progress of 111 %."""
    assert not [each.expr for _, each in dashboard.queries if re.search(r"\bdelta\(", each.expr)]
