"""Charges of operations, by day and resource: a part of the overview."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import RESOURCE_API, days, graph, query, row
from dashboards.promql import API, OPERATION, by_day, by_operation
from dashboards.tables import Column, listing

_CHARGED = "azure_ai_characters_charged_total"


def charges(built: Dashboard) -> None:
    tokens = by_operation("azure_ai_operation_tokens", OPERATION, "kind")
    built.with_row(row("Charges"))
    built.with_panel(
        days(
            graph(
                "Characters charged by day and resource",
                "Each bar is a day of the dashboard's time zone, the last one is today. "
                "Charges before the first start are missing; after a restart without "
                "`state_file` they are counted again.",
                "short",
                "nothing was charged in two weeks, or Prometheus has fewer than two scrapes",
                query(f"{by_day(_CHARGED, API, 'resource')} > 0", "{{resource}}"),
                stacked=True,
            )
        )
    )
    built.with_panel(
        graph(
            "Characters charged per hour",
            "The hour before each moment, by resource and API.",
            "short",
            "nothing was charged, or Prometheus has fewer than two scrapes",
            query(
                f"sum by (resource, api) (increase({_CHARGED}{{{API}}}[1h])) > 0",
                RESOURCE_API,
            ),
        )
    )
    built.with_panel(
        listing(
            "Charges of the watched operations",
            "What Azure reports for each operation, summed by resource and API. "
            "Avatars are billed by characters and by seconds of video.",
            "No operation is watched.",
            Column(
                f"count by (resource, api) ({by_operation('azure_ai_operation_up', OPERATION)})",
                "operations",
            ),
            *(
                Column(f"sum by (resource, api) ({by_operation(family, OPERATION)})", name, unit)
                for family, name, unit in (
                    ("azure_ai_operation_characters_charged", "characters", "short"),
                    ("azure_ai_operation_images_charged", "images", "short"),
                    ("azure_ai_operation_billed_duration_seconds", "avatar video", "s"),
                    ("azure_ai_operation_audio_seconds", "audio", "s"),
                )
            ),
            Column(f"sum by (resource, api) ({tokens})", "tokens"),
            sort="operations",
            wrapped="resource",
        )
    )
