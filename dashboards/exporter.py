"""The dashboard of the exporter itself; its polls are in `azure`, its resources in `load`."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import variables
from dashboards.azure import azure, polls
from dashboards.load import load
from dashboards.panels import (
    OK_OR_NOT,
    Thresholds,
    bad_below,
    bad_from,
    number,
    query,
    row,
    word,
)
from dashboards.promql import API, JOB, milliseconds, of_exporters
from dashboards.tables import Column, listing

_NOT_SCRAPED = "not scraped"


def exporter() -> Dashboard:
    polled = "azure_ai_exporter_polls_total"
    built = (
        variables.dashboard(
            variables.EXPORTER,
            "Azure AI / Exporter",
            "azure-ai-exporter itself: its polls of Azure, Azure's errors, its own load.",
        )
        .with_variable(variables.multiple_choice("job", "azure_ai_exporter_build_info"))
        .with_variable(variables.multiple_choice("resource", polled, JOB))
        .with_variable(variables.multiple_choice("api", polled, f'{JOB}, resource=~"$resource"'))
    )
    built.with_row(row("Health"))
    _counts(built)
    _reloads(built)
    _exporters(built)
    _resources(built)
    polls(built)
    azure(built)
    load(built)
    return built


def _counts(built: Dashboard) -> None:
    recent_exporters = f"last_over_time(azure_ai_exporter_build_info{{{JOB}}}[1h])"
    shards = f'count_values by (job) ("shard", azure_ai_exporter_shard{{{JOB}}})'
    paused = f'azure_ai_exporter_resource_paused{{{JOB}, resource=~"$resource"}}'
    built.with_panel(
        word(
            "Version",
            "Of each exporter; two of them during an upgrade.",
            _NOT_SCRAPED,
            query(f"count by (version) (azure_ai_exporter_build_info{{{JOB}}})", "{{version}}"),
            width=6,
        )
    )
    for title, description, empty, expr in (
        (
            "Exporters down",
            "Scraped within the last hour, but the latest scrape failed.",
            _NOT_SCRAPED,
            f"sum((up{{{JOB}}} == bool 0) and on (job, instance) {recent_exporters})",
        ),
        (
            "Shards missing",
            (
                "Shards of `--total-shards` that Prometheus does not scrape: "
                "their operations are not polled."
            ),
            _NOT_SCRAPED,
            f"max by (job) (azure_ai_exporter_shards{{{JOB}}}) - count by (job) ({shards})",
        ),
        (
            "Resources paused",
            "Not polled, because Azure refused their key or token.",
            "no resource",
            f"sum(max by (resource) ({paused}))",
        ),
        (
            "Invalid operation files",
            "Files of `operation_files` that are invalid; their last valid content is used.",
            _NOT_SCRAPED,
            f"max(azure_ai_exporter_operation_files_broken{{{JOB}}})",
        ),
    ):
        built.with_panel(
            number(title, description, "short", empty, query(expr), limits=bad_from(1), width=6)
        )


def _reloads(built: Dashboard) -> None:
    for title, description, family in (
        (
            "Configuration loaded",
            "no: the latest reload failed; the previous one is in use; the log has the reason.",
            "azure_ai_exporter_config_last_reload_successful",
        ),
        (
            "Web configuration loaded",
            "no: the latest reload failed; the previous one is in use. Also yes if there is none.",
            "azure_ai_exporter_web_config_last_reload_successful",
        ),
        (
            "Checkpoint written",
            "no: the latest write of `state_file` failed. Also yes if there is none.",
            "azure_ai_exporter_checkpoint_last_write_successful",
        ),
    ):
        query_ = query(f"min({family}{{{JOB}}})")
        built.with_panel(
            number(title, description, "none", _NOT_SCRAPED, query_, words=OK_OR_NOT, width=6)
        )


def _exporters(built: Dashboard) -> None:
    loaded = "azure_ai_exporter_config_last_reload_success_timestamp_seconds"
    started = of_exporters(f"process_start_time_seconds{{{JOB}}}")
    columns = (
        Column(f"max by (job, instance) ({expr})", name, unit)
        for expr, name, unit in (
            (f"azure_ai_exporter_shard{{{JOB}}}", "shard", "none"),
            (f"azure_ai_exporter_shards{{{JOB}}}", "of", "none"),
            (milliseconds(started), "started", "dateTimeFromNow"),
            (milliseconds(f"{loaded}{{{JOB}}}"), "config loaded", "dateTimeFromNow"),
            (f"azure_ai_exporter_series{{{JOB}}}", "series", "short"),
        )
    )
    built.with_panel(
        listing(
            "Exporters",
            "Each exporter that Prometheus scrapes, with its shard.",
            "Prometheus scrapes no exporter of this job.",
            *columns,
            sort="shard",
            descending=False,
            wrapped="instance",
            height=5,
        )
    )


def _resources(built: Dashboard) -> None:
    families: tuple[tuple[str, str, str, str, Thresholds | None], ...] = (
        ("min", "azure_ai_resource_up", "reachable", "bool_yes_no", bad_below(1)),
        ("min", "azure_ai_exporter_list_up", "listed", "bool_yes_no", bad_below(1)),
        ("max", "azure_ai_exporter_list_truncated", "truncated", "bool_yes_no", bad_from(1)),
        ("sum", "azure_ai_resource_operations", "operations", "short", None),
    )
    columns = (
        Column(f"{aggregation} by (resource, api) ({family}{{{JOB}, {API}}})", name, unit, limits)
        for aggregation, family, name, unit, limits in families
    )
    built.with_panel(
        listing(
            "Resources",
            "`reachable`: the latest request was accepted. `listed`: the latest list was complete. "
            "`truncated`: there are more operations than `max_operations`.",
            "No resource is watched.",
            *columns,
            sort="reachable",
            descending=False,
            wrapped="resource",
            link=variables.TO_OVERVIEW,
            height=14,
        )
    )
