"""What tests read of a scrape is what prometheus-client reads."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from exporter.exposition.render import escape
from tests.support.local import read_series

VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])) | st.text('\\n"{},=')


@given(st.dictionaries(st.sampled_from(["resource", "api", "le", "code"]), VALUES))
def test_a_series_is_read_as_by_prometheus(labels: dict[str, str]) -> None:
    """Name and labels, whatever is in a label."""
    inside = ",".join(f'{name}="{escape(value)}"' for name, value in labels.items())
    text = f"azure_ai_one{{{inside}}}" if labels else "azure_ai_one"
    [family] = text_string_to_metric_families(f"{text} 0\n")
    [sample] = family.samples
    assert read_series(text) == (sample.name, frozenset(sample.labels.items()))
