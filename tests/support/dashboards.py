"""The dashboards in Grafana's form, and the parts of their queries."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from dashboards.writing import FOLDER
from exporter.exposition.families import FAMILIES, Family

# Variables of Grafana itself.
BUILT_IN = {"__rate_interval", "__url_time_range", "__data"}
PROMETHEUS_LABELS = {"job", "instance", "le", "__name__"}
# What the chart's rules record, with the family that it is made of.
RECORDED = {
    "resource_api:azure_ai_operation_duration_seconds:p90_1w": "azure_ai_operation_duration_seconds"
}
OTHER_METRICS = {
    "up",
    "scrape_duration_seconds",
    "process_start_time_seconds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_open_fds",
}


class Target(msgspec.Struct, rename="camel"):
    ref_id: str
    expr: str
    legend_format: str = ""

    @property
    def legend(self) -> set[str]:
        """The labels in the legend."""
        return set(re.findall(r"{{(\w+)}}", self.legend_format))


class Defaults(msgspec.Struct, rename="camel"):
    unit: str = ""
    no_value: str = ""
    thresholds: dict[str, object] | None = None


class FieldConfig(msgspec.Struct):
    defaults: Defaults = msgspec.field(default_factory=Defaults)


class Place(msgspec.Struct):
    """The position and size of a panel in a grid of 24 columns."""

    x: int
    y: int
    w: int
    h: int

    @property
    def cells(self) -> set[tuple[int, int]]:
        return {
            (column, line)
            for column in range(self.x, self.x + self.w)
            for line in range(self.y, self.y + self.h)
        }


class Panel(msgspec.Struct, rename="camel"):
    id: int
    type: str
    title: str
    grid_pos: Place
    description: str = ""
    targets: list[Target] = []
    field_config: FieldConfig = msgspec.field(default_factory=FieldConfig)


class Variable(msgspec.Struct, rename="camel"):
    name: str
    type: str
    query: str
    all_value: str | None = None


class Templating(msgspec.Struct):
    list: list[Variable]


class Dashboard(msgspec.Struct):
    uid: str
    title: str
    description: str
    panels: list[Panel]
    templating: Templating

    @property
    def content_panels(self) -> list[Panel]:
        """All panels except headlines."""
        return [panel for panel in self.panels if panel.type != "row"]

    @property
    def queries(self) -> Iterator[tuple[Panel, Target]]:
        return ((panel, target) for panel in self.content_panels for target in panel.targets)


def texts() -> dict[str, str]:
    """The committed files by name."""
    return {path.name: path.read_text() for path in sorted(FOLDER.glob("*"))}


def dashboards() -> dict[str, Dashboard]:
    """The dashboards of the committed files, by name."""
    return {name: msgspec.json.decode(text, type=Dashboard) for name, text in texts().items()}


def metrics() -> Mapping[str, Family]:
    """Families by the names of their metrics in queries."""
    families = {family.name: family for family in FAMILIES}
    names = {name: family for name, family in families.items() if family.type != "histogram"}
    names |= {recorded: families[name] for recorded, name in RECORDED.items()}
    histograms = [family for family in FAMILIES if family.type == "histogram"]
    return names | {
        f"{family.name}_{suffix}": family
        for family in histograms
        for suffix in ("bucket", "sum", "count")
    }


def selectors(expr: str) -> list[tuple[str, set[str]]]:
    """Each metric of a query, also one chosen by `__name__`, with the labels of its matchers.

    A label that is a variable is left out.
    """
    found = []
    for written, matchers in re.findall(r"([\w:]*){([^}]*)}", expr):
        chosen = re.findall(r'__name__=~"([^"]*)"', matchers)
        names = [written] if written else [name for each in chosen for name in each.split("|")]
        labels = set(re.findall(r'(?<![$\w])(\w+)\s*[=!]~?\s*"', matchers))
        found += [(name, labels) for name in names]
    return found


def grouping_labels(expr: str) -> set[str]:
    """The labels by which a query groups or joins."""
    lists = re.findall(r"\b(?:by|on|without|group_left|group_right)\s*\(([^)]*)\)", expr)
    return {label.strip() for labels in lists for label in labels.split(",")} - {""}


def with_values(expr: str, values: Mapping[str, str]) -> str:
    """A query with the values of its variables, as Grafana sends it."""
    return re.sub(r"\$(\w+)", lambda variable: values[variable[1]], expr)
