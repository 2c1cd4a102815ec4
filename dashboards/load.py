"""The load of the exporter: a part of the exporter dashboard."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import bad_line, graph, query, row
from dashboards.promql import JOB, of_exporters, rate

_NOT_SCRAPED = "Prometheus scrapes no exporter of this job, or has no two scrapes yet."
_INSTANCE = "{{instance}}"


def load(built: Dashboard) -> None:
    cpu = of_exporters(rate("process_cpu_seconds_total", JOB, "job", "instance"))
    refused = rate("azure_ai_exporter_web_refused_total", JOB, "instance", "reason")
    built.with_row(row("Load"))
    for title, description, unit, empty, limits, queries in (
        (
            "Series",
            "Of operations and documents. The line is the default `limits.series`.",
            "short",
            _NOT_SCRAPED,
            bad_line(1_000_000),
            (query(f"azure_ai_exporter_series{{{JOB}}}", _INSTANCE),),
        ),
        (
            "Scrape time",
            (
                "Measured by the exporter, and by Prometheus with the network included. "
                "The line is Prometheus' default timeout."
            ),
            "s",
            _NOT_SCRAPED,
            bad_line(10),
            (
                query(
                    f"azure_ai_exporter_scrape_duration_seconds{{{JOB}}}", "{{instance}} exporter"
                ),
                query(of_exporters(f"scrape_duration_seconds{{{JOB}}}"), "{{instance}} Prometheus"),
            ),
        ),
        (
            "Refused at the exporter's port",
            "Clients that were rejected or disconnected, by reason.",
            "reqps",
            "No client was rejected in the time shown.",
            None,
            (
                query(
                    f"{refused} > 0",
                    "{{instance}} {{reason}}",
                ),
            ),
        ),
        (
            "Memory",
            "Resident memory of the process.",
            "bytes",
            _NOT_SCRAPED,
            None,
            (query(of_exporters(f"process_resident_memory_bytes{{{JOB}}}"), _INSTANCE),),
        ),
        (
            "CPU",
            "Of one core. Near the line the exporter is at its limit: add a shard.",
            "percentunit",
            _NOT_SCRAPED,
            bad_line(1),
            (query(cpu, _INSTANCE),),
        ),
        (
            "Open files",
            "Includes connections.",
            "short",
            _NOT_SCRAPED,
            None,
            (query(of_exporters(f"process_open_fds{{{JOB}}}"), _INSTANCE),),
        ),
    ):
        built.with_panel(graph(title, description, unit, empty, *queries, limits=limits, width=8))
