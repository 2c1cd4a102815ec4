"""Which tests stay together in one worker of pytest-xdist, and which of all begin first."""

import pytest

GROUPS = {
    "waits for Alertmanager": ("test_alerts", "test_rules_prometheus", "test_discovery_prometheus"),
    "waits for Prometheus": (
        "test_typed_pages",
        "test_dashboards_prometheus",
        "test_prometheus",
        "test_promql",
    ),
    "looks": ("test_looks", "test_escaping"),
    "pages": (
        "test_poll_now",
        "test_refresh",
        "test_same_as_metrics",
        "test_table",
        "test_without_scripts",
    ),
    "image": ("test_image",),
    "new API": ("test_new_api",),
}
"""Modules that share something expensive, a browser or an image, or that hardly need a processor.

Those that wait come first, so that others work beside them: two groups of three minutes each.
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there are workers (`--dist=loadgroup`), mark the groups and let them begin first.

    With `--no-loadscope-reorder` xdist keeps this order.
    """
    if not config.getoption("loadgroup", default=False):
        return
    places = {
        module: (place, name)
        for place, (name, modules) in enumerate(GROUPS.items())
        for module in modules
    }
    others = len(GROUPS), ""

    def place(item: pytest.Item) -> tuple[int, bool]:
        found, name = places.get(item.path.stem, others)
        if name:
            item.add_marker(pytest.mark.xdist_group(name))
        return found, not item.get_closest_marker("e2e")

    items.sort(key=place)
