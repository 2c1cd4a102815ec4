"""The order of test modules for pytest-xdist: long ones first, waiting ones beside busy ones."""

import pytest

FIRST = (
    "test_typed_pages",  # waits
    "test_image",
    "test_looks",
    "test_alerts",  # waits
    "test_dashboards_prometheus",
    "test_kills",
    "test_rules_prometheus",  # waits
    "test_table",
    "test_lists",
    "test_official_clients",  # waits
    "test_azure_model",
    "test_demo",
    "test_discovery_prometheus",  # waits
    "test_escaping",
    "test_new_api",
    "test_promql",  # waits
    "test_reload",
    "test_refresh",
    "test_prometheus",  # waits
    "test_outage",
    "test_day",
    "test_standard_error",  # waits
    "test_request_budget",
    "test_poll_now",
    "test_cost_prometheus",  # waits
    "test_info_labels",
    "test_prefix",
    "test_chart_probe",  # waits
    "test_keys",
    "test_entra",
    "test_teams",  # waits
    "test_cli",
    "test_same_as_metrics",
    "test_scrapers",  # waits
)
"""Modules. Those marked as waiting need little CPU while others run."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker; with `--dist=loadfile --no-loadscope-reorder` xdist keeps this order."""
    if not hasattr(config, "workerinput"):
        return
    places = {module: place for place, module in enumerate(FIRST)}

    def place(item: pytest.Item) -> tuple[int, bool]:
        return places.get(item.path.stem, len(FIRST)), not item.get_closest_marker("e2e")

    items.sort(key=place)
