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

from dashboards.panels import STATE_COLOURS, Thresholds, plain, query, with_letters
from dashboards.variables import DATASOURCE

_COLOURED = DynamicConfigValue("custom.cellOptions", {"type": TableCellDisplayMode.COLOR_TEXT})
_WRAPPED = DynamicConfigValue(
    "custom.cellOptions", {"type": TableCellDisplayMode.AUTO, "wrapText": True}
)
_LABEL_WIDTHS = {
    "job": 110,
    "instance": None,
    "resource": 120,
    "api": 190,
    "operation": None,
    "document": None,
    "language": 95,
    "name": None,
    "kind": 180,
    "currency": 90,
    "state": 150,
    "code": 165,
    "inner_code": 225,
    "target": 110,
}
"""Labels in the order of their columns, and their pixels; None: a share of what is left."""
_DOCUMENT_WIDTH = 335
Link = tuple[str, str, str]
_LETTER = 9  # pixels of a column's title, on average


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
    link: Link | None = None,
    wrapped: str = "operation",
    height: int = 8,
) -> table.Panel:
    """Current rows, labels before values. The first column has a value for each row.

    `link`: the column with a link, its title and its address. `wrapped`: the column whose long
    values get more lines, and what is left of the width; in Grafana 11 only one can.
    """
    queries = [
        query(column.expr).instant().format(PromQueryFormat.TABLE).ref_id(letter)
        for letter, column in with_letters(columns)
    ]
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .unit("string")  # an id can look like a number
        .no_value(empty)
        .datasource(DATASOURCE)
        .height(height)
        .span(24)
        .thresholds(plain())
        .targets(list(queries))
        .transformations(_transformations(columns))
        .sort_by([common.TableSortByFieldState().display_name(sort).desc(descending)])
        # The text `empty` is for a table without rows; an empty cell is a dash.
        .override_by_regexp(".*", [DynamicConfigValue("noValue", "-")])
    )
    for label, label_width in (_LABEL_WIDTHS | {wrapped: None}).items():
        panel.override_by_name(label, _label_options(label, label_width, link))
    panel.override_by_name(wrapped, [_WRAPPED])
    for column in columns:
        if column.name:
            panel.override_by_name(column.name, _column_options(column))
    return panel


def _transformations(columns: tuple[Column, ...]) -> list[DataTransformerConfig]:
    """One table of all queries, its columns in order. `Value` of a single query has no letter."""
    values = {f"Value #{letter}": column.name for letter, column in with_letters(columns)}
    if len(columns) == 1:
        values = {"Value": columns[0].name}
    names = [*_LABEL_WIDTHS, *values]
    organize: dict[str, object] = {
        "excludeByName": {
            "Time": True,
            **{value: True for value, name in values.items() if not name},
        },
        "indexByName": {name: place for place, name in enumerate(names)},
        "renameByName": {value: name for value, name in values.items() if name},
    }
    merge = [DataTransformerConfig("merge", options={})] if len(columns) > 1 else []
    return [*merge, DataTransformerConfig("organize", options=organize)]


def _label_options(label: str, width: int | None, link: Link | None) -> list[DynamicConfigValue]:
    least = _DOCUMENT_WIDTH if label == "document" else 100
    options = [DynamicConfigValue("custom.width" if width else "custom.minWidth", width or least)]
    if label == "state":
        options += _coloured_states()
    if link and link[0] == label:
        built_link = dashboard.DashboardLink(link[1]).url(link[2]).build()
        options.append(DynamicConfigValue("links", [built_link]))
    return options


def _column_options(column: Column) -> list[DynamicConfigValue]:
    least = 145 if column.unit == "dateTimeFromNow" else 90
    width = max(least, _LETTER * len(column.name) + 34)
    options = [
        DynamicConfigValue("unit", column.unit),
        DynamicConfigValue("custom.width", width),
    ]
    if column.limits:
        options += [DynamicConfigValue("thresholds", column.limits.build()), _COLOURED]
    return options


def _coloured_states() -> list[DynamicConfigValue]:
    words = ValueMap(
        {state: ValueMappingResult(color=colour) for state, colour in STATE_COLOURS.items()}
    )
    return [DynamicConfigValue("mappings", [words]), _COLOURED]
