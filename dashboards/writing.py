"""Writes dashboards to files. The chart has the JSON, because Helm cannot run Python."""

from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.batch import batch
from dashboards.exporter import exporter
from dashboards.jobs import jobs
from dashboards.overview import overview

FOLDER = Path(__file__).parent.parent / "helm" / "azure-ai-exporter" / "dashboards"


def file_texts() -> dict[str, str]:
    """The text of each file by its name."""
    builders = {"overview": overview(), "batch": batch(), "jobs": jobs(), "exporter": exporter()}
    return {f"{name}.json": _text(dashboard) for name, dashboard in builders.items()}


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in file_texts().items():
        (FOLDER / name).write_text(text)


def _text(builder: Dashboard) -> str:
    dashboard = builder.build()
    # A panel with a fixed number keeps its address when Grafana loads the file again.
    for number, panel in enumerate(dashboard.panels or [], start=1):
        panel.id_val = number
    return JSONEncoder(indent=2, sort_keys=True, ensure_ascii=False).encode(dashboard) + "\n"
