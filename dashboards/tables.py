"""Tables: one row for each set of labels, one column for each query."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, dashboard, table
from grafana_foundation_sdk.models.common import TableCellDisplayMode
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.panels import STATE_COLOURS, Thresholds, plain, query
from dashboards.variables import DATASOURCE

_COLOURED = DynamicConfigValue("custom.cellOptions", {"type": TableCellDisplayMode.COLOR_TEXT})


@dataclass(frozen=True)
class Column:
    """A query and the name of its values; without a name, only its labels are shown."""

    expr: str
    name: str = ""
    unit: str = "short"
    limits: Thresholds | None = None


def listing(
    title: str,
    description: str,
    empty: str,
    *columns: Column,
    sort: str,
    descending: bool = True,
    link: tuple[str, str] | None = None,
    width: int = 24,
    height: int = 8,
) -> table.Panel:
    """Current rows. The first column has a value for each row.

    `link`: the column with a link, and its address.
    """
    queries = [
        query(column.expr).instant().format(PromQueryFormat.TABLE).ref_id(letter)
        for letter, column in _with_letters(columns)
    ]
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .unit(columns[0].unit)
        .no_value(empty)
        .datasource(DATASOURCE)
        .height(height)
        .span(width)
        .thresholds(plain())
        .targets(list(queries))
        .transformations(_transformations(columns))
        .sort_by([common.TableSortByFieldState().display_name(sort).desc(descending)])
        # The text `empty` is for a table without rows; an empty cell is a dash.
        .override_by_regexp(".*", [DynamicConfigValue("noValue", "-")])
        .override_by_name("state", _coloured_states())
    )
    for column in columns:
        if column.name:
            panel.override_by_name(column.name, _column_options(column))
    if link:
        name, url = link
        built_link = dashboard.DashboardLink("show ${__value.text}").url(url).build()
        panel.override_by_name(name, [DynamicConfigValue("links", [built_link])])
    return panel


def _transformations(columns: tuple[Column, ...]) -> list[DataTransformerConfig]:
    """One table of all queries, with names of columns. A single query's `Value` has no letter."""
    values = {"Value": columns[0].name}
    values |= {f"Value #{letter}": column.name for letter, column in _with_letters(columns)}
    organize: dict[str, object] = {
        "excludeByName": {
            "Time": True,
            **{value: True for value, name in values.items() if not name},
        },
        "renameByName": {value: name for value, name in values.items() if name},
    }
    merge = [DataTransformerConfig("merge", options={})] if len(columns) > 1 else []
    return [*merge, DataTransformerConfig("organize", options=organize)]


def _column_options(column: Column) -> list[DynamicConfigValue]:
    options = [DynamicConfigValue("unit", column.unit)]
    if column.limits:
        options += [DynamicConfigValue("thresholds", column.limits.build()), _COLOURED]
    return options


def _coloured_states() -> list[DynamicConfigValue]:
    words = ValueMap(
        {state: ValueMappingResult(color=colour) for state, colour in STATE_COLOURS.items()}
    )
    return [DynamicConfigValue("mappings", [words]), _COLOURED]


def _with_letters(columns: tuple[Column, ...]) -> list[tuple[str, Column]]:
    return [(chr(ord("A") + index), column) for index, column in enumerate(columns)]
