"""The uids of the dashboards, their variables, and the links between them."""

from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    TextBoxVariable,
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
JOBS = "azure-ai-jobs"
EXPORTER = "azure-ai-exporter"

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")

# Links from a row of a table: the column with the link, its title, and its address with the row's
# labels. In Grafana 11 a column with a link does not wrap, and ids of operations can be long.
TO_OVERVIEW = (
    "resource",
    "show this resource",
    (
        f"/d/{OVERVIEW}?${{datasource:queryparam}}"
        "&var-resource=${__data.fields.resource:percentencode}"
        "&var-api=${__data.fields.api:percentencode}"
        "&${__url_time_range}"
    ),
)
TO_BATCH = (
    "api",
    "show this operation",
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
    """A dashboard without panels, with its data source and links to the others."""
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
        (JOBS, "jobs", "${datasource:queryparam}&${resource:queryparam}"),
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


def with_resources(built: Dashboard, matchers: str = "") -> Dashboard:
    """Variables for a label of the user's, its values, and the resources of operations with them.

    All resources are listed by name, because `.*` would also match those without the label.
    """
    info, chosen = "azure_ai_operation_info", f'{matchers}{matchers and ", "}$label=~"$value"'
    values = QueryVariable("value").query(f"label_values({info}, $label)").all_value(".*")
    resources = _label_variable("resource", info, chosen)
    return (
        built.with_variable(
            TextBoxVariable("label")
            .label("label")
            .description("a label that you gave resources or operations")
            .default_value("team")
            .current(VariableOption(text="team", value="team"))
        )
        .with_variable(_multiple(_refreshed(values.label("value"))))
        .with_variable(_multiple(resources))
    )


def multiple_choice(label: str, family: str, matchers: str = "") -> QueryVariable:
    """A variable for any number of values of a label; all by default."""
    variable = _multiple(_label_variable(label, family, matchers))
    # `.*` keeps queries short. For jobs, only those with the metric are meant.
    return variable if label == "job" else variable.all_value(".*")


def single_choice(
    label: str, family: str, matchers: str = "", default: str | None = None
) -> QueryVariable:
    """A variable for one value of a label; by default `default`, if it exists."""
    variable = _label_variable(label, family, matchers)
    return variable.current(VariableOption(text=default, value=default)) if default else variable


def _label_variable(label: str, family: str, matchers: str) -> QueryVariable:
    metric = f"{family}{{{matchers}}}" if matchers else family
    query = f"label_values({metric}, {label})"
    return _refreshed(QueryVariable(label).label(label).query(query))


def _refreshed(variable: QueryVariable) -> QueryVariable:
    return (
        variable.datasource(DATASOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def _multiple(variable: QueryVariable) -> QueryVariable:
    return variable.multi(True).include_all(True).current(_ALL)


def stuck_after() -> CustomVariable:
    """A variable: seconds without a change after which a running operation is stuck.

    It is for the APIs without a threshold of their own.
    """
    return (
        CustomVariable("stuck_after")
        .label("stuck after")
        .description(
            "without any change of state, counts, progress or charge; "
            "APIs with their own threshold in the alert keep it"
        )
        .values("10 minutes : 600, 30 minutes : 1800, 1 hour : 3600, 3 hours : 10800")
        .current(VariableOption(selected=True, text="30 minutes", value="1800"))
    )
