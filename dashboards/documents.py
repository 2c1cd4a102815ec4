"""Failed, slowest and most expensive documents: a part of the batch dashboard."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels import graph, query, row
from dashboards.promql import DOCUMENTS, RUNNING_DOCUMENTS, by_document, with_document
from dashboards.tables import Column, listing

NO_DOCUMENTS = (
    "This operation has no documents (only batches of Document Translation and Document "
    "Intelligence have), or they are not listed yet."
)
_ONLY_BATCHES = (
    "Only documents of Document Translation have series, from some time after the start."
)
_FOLDED = "Documents over `limits` or excluded by `documents:` have no series of their own."


def documents(built: Dashboard) -> None:
    progress = by_document("azure_ai_document_progress_ratio", DOCUMENTS)
    is_running = by_document("azure_ai_document_state", RUNNING_DOCUMENTS)
    slowest = f"bottomk(20, {with_document(progress, 'and', is_running)})"
    earlier = f"min_over_time(azure_ai_document_progress_ratio{{{DOCUMENTS}}}[10m])"
    # `delta()` would extrapolate beyond what was seen.
    recent_progress = with_document(f"({slowest})", "-", f"min by (document, language) ({earlier})")
    charged = by_document("azure_ai_document_characters_charged", DOCUMENTS)
    most_expensive = f"topk(20, {charged} > 0)"
    errors = by_document("azure_ai_document_error_info", DOCUMENTS, "code", "inner_code")
    built.with_row(row("Documents"))
    built.with_panel(
        listing(
            "Failed documents",
            f"With Azure's codes. {_FOLDED}",
            f"No document with a series of its own has failed. {_ONLY_BATCHES}",
            Column(errors),
            _name_column(errors),
            sort="document",
            descending=False,
            wrapped="name",
        )
    )
    built.with_panel(
        graph(
            "Errors of documents by code",
            f"The number of documents with each error. {_FOLDED}",
            "short",
            "No document with a series of its own has an error.",
            query(
                f"count by (code, inner_code) ({errors})",
                "{{code}} {{inner_code}}",
            ),
            stacked=True,
            width=24,
        )
    )
    built.with_panel(
        listing(
            "Slowest documents",
            f"The 20 running documents with the least progress. {_FOLDED}",
            f"No document with a series of its own is running. {_ONLY_BATCHES}",
            Column(slowest, "progress", "percentunit"),
            _name_column(slowest),
            Column(recent_progress, "in 10 minutes", "percentunit"),
            sort="progress",
            descending=False,
            wrapped="name",
            height=9,
        )
    )
    built.with_panel(
        listing(
            "Most expensive documents",
            f"The 20 documents with the highest charge. {_FOLDED}",
            f"No document with a series of its own was charged for. {_ONLY_BATCHES}",
            Column(most_expensive, "characters"),
            _name_column(most_expensive),
            sort="characters",
            wrapped="name",
            height=9,
        )
    )


def _name_column(rows: str) -> Column:
    """A column of names; the setting `document_names` has them exported."""
    info = by_document("azure_ai_document_info", DOCUMENTS, "name")
    return Column(with_document(info, "and", f"({rows})"))
