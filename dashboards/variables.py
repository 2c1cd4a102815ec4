"""Uids, variables and links: what holds the three dashboards together."""

from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

OVERVIEW = "azure-ai-overview"
BATCH = "azure-ai-batch"
EXPORTER = "azure-ai-exporter"

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")

# From a row of a table: the column that is the link, and where it leads with the row's labels.
TO_OVERVIEW = (
    "resource",
    (
        f"/d/{OVERVIEW}?${{datasource:queryparam}}"
        "&var-resource=${__data.fields.resource:percentencode}"
        "&var-api=${__data.fields.api:percentencode}"
        "&${__url_time_range}"
    ),
)
TO_BATCH = (
    "operation",
    (
        f"/d/{BATCH}?${{datasource:queryparam}}"
        "&var-resource=${__data.fields.resource:percentencode}"
        "&var-api=${__data.fields.api:percentencode}"
        "&var-operation=${__data.fields.operation:percentencode}"
        "&${__url_time_range}"
    ),
)

_ALL = VariableOption(selected=True, text="All", value="$__all")


def dashboard(uid: str, title: str, description: str) -> Dashboard:
    """An empty one, with its data source and the links to the other two."""
    built = (
        Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["azure-ai-exporter"])
        .time("now-6h", "now")
        .refresh("1m")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(DatasourceVariable("datasource").label("data source").type("prometheus"))
    )
    for other, name, variables in (
        (OVERVIEW, "overview", "${datasource:queryparam}&${resource:queryparam}"),
        (BATCH, "batch", "${datasource:queryparam}"),
        (EXPORTER, "exporter", "${datasource:queryparam}&${resource:queryparam}"),
    ):
        if other != uid:
            built.link(
                DashboardLink(f"Azure AI {name}")
                .type(DashboardLinkType.LINK)
                .icon("dashboard")
                .tooltip(f"the {name} dashboard, same data source and time")
                .url(f"/d/{other}?{variables}")
                .keep_time(True)
            )
    return built


def several(label: str, family: str, where: str = "") -> QueryVariable:
    """A label of which any number of values may be chosen; all at first."""
    variable = _label(label, family, where).multi(True).include_all(True).current(_ALL)
    # Short however many there are. Of jobs only those that were found are meant.
    return variable if label == "job" else variable.all_value(".*")


def one(label: str, family: str, where: str = "", first: str | None = None) -> QueryVariable:
    """A label of which one value is chosen; `first` is it where it exists."""
    variable = _label(label, family, where)
    return variable.current(VariableOption(text=first, value=first)) if first else variable


def _label(label: str, family: str, where: str) -> QueryVariable:
    metric = f"{family}{{{where}}}" if where else family
    return (
        QueryVariable(label)
        .label(label)
        .query(f"label_values({metric}, {label})")
        .datasource(DATASOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def stuck_after() -> CustomVariable:
    """Seconds without any change after which what runs counts as stuck."""
    return (
        CustomVariable("stuck_after")
        .label("stuck after")
        .description("without any change of state, counts, progress or charge")
        .values("10 minutes : 600, 30 minutes : 1800, 1 hour : 3600, 3 hours : 10800")
        .current(VariableOption(selected=True, text="30 minutes", value="1800"))
    )
