"""The kinds of panels. Each has a title, a description, a unit and a text for no data."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)

from dashboards.variables import DATASOURCE

Item = TypeVar("Item")

RESOURCE_API = "{{resource}} {{api}}"  # a legend
STATE_COLOURS = {
    "NotStarted": "semi-dark-blue",
    "Running": "semi-dark-yellow",
    "Succeeded": "semi-dark-green",
    "Failed": "semi-dark-red",
    "ValidationFailed": "dark-red",
    "Expired": "dark-orange",
    "PartiallySucceeded": "semi-dark-orange",
    "Paused": "light-blue",
    "Cancelling": "light-purple",
    "Cancelled": "semi-dark-purple",
    "Skipped": "super-light-yellow",
    "Unknown": "text",
}
OUTCOME_COLOURS = {"success": "semi-dark-green", "failure": "semi-dark-red"}
OK_OR_NOT = {"0": ("no", "red"), "1": ("yes", "green")}

Thresholds = dashboard.ThresholdsConfig


def thresholds(first: str, *steps: tuple[float, str]) -> Thresholds:
    """`first` is the colour below all steps; a step is (its lowest value, colour)."""
    return (
        Thresholds()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(color=first), *(Threshold(value, colour) for value, colour in steps)])
    )


def plain() -> Thresholds:
    """For values that are neither good nor bad."""
    return thresholds("text")


def bad_from(value: float) -> Thresholds:
    """For values that should be below `value`; a missing one has no colour."""
    return thresholds("text", (0, "green"), (value, "red"))


def bad_below(value: float) -> Thresholds:
    """For values that should be at least `value`; a missing one has no colour."""
    return thresholds("text", (0, "red"), (value, "green"))


def bad_line(value: float) -> Thresholds:
    """A line in a graph, above which values are bad."""
    return thresholds("transparent", (value, "red"))


def query(expr: str, legend: str = "") -> prometheus.Dataquery:
    """A query over the dashboard's time range."""
    return prometheus.Dataquery().expr(expr).legend_format(legend).datasource(DATASOURCE)


def number(
    title: str,
    description: str,
    unit: str,
    empty: str,
    *queries: prometheus.Dataquery,
    limits: Thresholds | None = None,
    words: dict[str, tuple[str, str]] | None = None,
    width: int = 4,
) -> stat.Panel:
    """Current numbers. `words`: value to (text instead of it, colour)."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .no_value(empty)
        .datasource(DATASOURCE)
        .height(4)
        .span(width)
        .thresholds(limits or plain())
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .targets([query_.instant().ref_id(ref) for ref, query_ in with_letters(queries)])
    )
    return panel.mappings([_value_mappings(words)]) if words else panel


def word(
    title: str,
    description: str,
    empty: str,
    query_: prometheus.Dataquery,
    *,
    width: int = 4,
) -> stat.Panel:
    """The name of the series instead of its value; the name of a state has its colour."""
    panel = number(title, description, "none", empty, query_, width=width)
    for name, colour in STATE_COLOURS.items():
        panel.override_by_name(name, [_fixed_colour(colour)])
    return panel.text_mode(BigValueTextMode.NAME)


def graph(
    title: str,
    description: str,
    unit: str,
    empty: str,
    *queries: prometheus.Dataquery,
    limits: Thresholds | None = None,
    stacked: bool = False,
    width: int = 12,
    height: int = 8,
) -> timeseries.Panel:
    """Lines over time, or stacked areas; a line at each of the limits."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .no_value(empty)
        .datasource(DATASOURCE)
        .height(height)
        .span(width)
        .min(0)
        .thresholds(limits or plain())
        .line_width(1)
        .fill_opacity(60 if stacked else 0)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
        )
        .targets([query_.range().ref_id(ref) for ref, query_ in with_letters(queries)])
    )
    if limits:
        panel.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE)
        )
    if stacked:
        panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    return panel


def by_state(
    panel: timeseries.Panel, colours: Mapping[str, str] = STATE_COLOURS
) -> timeseries.Panel:
    """The panel, in which a series with the name of a state has the state's colour."""
    for name, colour in colours.items():
        panel.override_by_name(name, [_fixed_colour(colour)])
    return panel


def days(panel: timeseries.Panel) -> timeseries.Panel:
    """The panel with a bar for each day of two weeks, independent of the dashboard's time range.

    Grafana queries each midnight, so the query covers the day after it: `by_day`.
    """
    return panel.draw_style(GraphDrawStyle.BARS).fill_opacity(80).interval("1d").time_from("14d")


def row(title: str) -> dashboard.Row:
    return dashboard.Row(title)


def _fixed_colour(colour: str) -> DynamicConfigValue:
    return DynamicConfigValue("color", {"mode": FieldColorModeId.FIXED, "fixedColor": colour})


def _value_mappings(words: dict[str, tuple[str, str]]) -> ValueMap:
    return ValueMap(
        {value: ValueMappingResult(text, colour) for value, (text, colour) in words.items()}
    )


def with_letters(items: Iterable[Item]) -> list[tuple[str, Item]]:
    """Each item with its letter, by which Grafana tells queries apart."""
    return [(chr(ord("A") + index), item) for index, item in enumerate(items)]
