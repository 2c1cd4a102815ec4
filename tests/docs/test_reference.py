"""What the reference pages say of settings and series is so."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.app.exporter import build
from exporter.exposition.families import FAMILIES, SNAPSHOT_FAMILIES, Family, Scope
from tests.config.editor import VALIDATOR
from tests.docs import DOCS
from tests.support.local import clock, configured, scraped
from tests.support.samples import NAMES, exposition_of, load
from tools.docs.example import example
from tools.docs.metrics import absent


def test_every_setting_has_a_row() -> None:
    """Each with a type, a default and a meaning; what is not a mapping with an example, too."""
    text = (DOCS / "configuration.md").read_text()
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) > 50
    for name, kind, default, meaning, value in rows:
        assert kind, name
        assert default, name
        assert meaning.endswith("."), name
        assert "mapping" in kind or len(value) > 4 or name in NO_EXAMPLE, name


# Shown under another API or, of QnA Maker, alone.
NO_EXAMPLE = {"| `id`", "| `interval`", "| `max_operations`"}


def test_the_example_of_each_setting_is_right() -> None:
    """The example configuration with its comments taken up is one that the schema takes."""
    text = yaml_like(example())
    assert [error.json_path for error in VALIDATOR.iter_errors(text)] == []


def yaml_like(data: object) -> object:
    """Plain text as YAML reads it."""
    if isinstance(data, dict):
        return {key: value if key == "labels" else yaml_like(value) for key, value in data.items()}
    if isinstance(data, list):
        return [yaml_like(each) for each in data]
    words: dict[object, object] = {"true": True, "false": False}
    number = isinstance(data, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", data)
    return float(str(data)) if number else words.get(data, data)


async def exposed() -> list[tuple[str, dict[str, str]]]:
    """Every sample of every recorded answer, of each sample file's own."""
    found = []
    for name in NAMES:
        for family in text_string_to_metric_families(await exposition_of(*load(name))):
            found += [(each.name, each.labels | {"file": name}) for each in family.samples]
    return found


def key(family: Family, labels: dict[str, str]) -> tuple[str, ...]:
    """Whose series it is, by the labels of the family's scope."""
    return tuple(labels[label] for label in (*family.scope.labels, "file"))


async def test_what_the_page_says_of_series() -> None:
    """A family that is said never to be absent is not; one that is said to be can be.

    Where no number of series is said, each operation and document has one at most.
    """
    samples = await exposed()
    of_state: dict[Scope, set[tuple[str, ...]]] = {Scope.OPERATION: set(), Scope.DOCUMENT: set()}
    named = {family.name: family for family in SNAPSHOT_FAMILIES}
    for name, labels in samples:
        if name in {"azure_ai_operation_state", "azure_ai_document_state"}:
            of_state[named[name].scope].add(key(named[name], labels))
    for family in SNAPSHOT_FAMILIES:
        keys = Counter(key(family, labels) for name, labels in samples if name == family.name)
        missing = of_state[family.scope] - keys.keys()
        assert bool(missing) == (bool(absent(family)) and family.name not in ALWAYS), family.name
        if keys:
            assert (max(keys.values()) > 1) == bool(family.times), family.name


# There as soon as an operation was read, as all of the samples are.
ALWAYS = {"azure_ai_operation_last_success_timestamp_seconds"}


@pytest.mark.jumping
async def test_what_the_page_says_of_the_start() -> None:
    """Before anything was asked all families are there but those that are said to be absent."""
    config = configured(
        {
            "endpoint": "http://127.0.0.1:9",
            "avatar": {"operations": ["job-1"], "discover": True},
        }
    )
    async with build(config, clock) as exporter:
        there = set(names(scraped(exporter)))
    for family in FAMILIES:
        if family.scope in {Scope.API, Scope.EXPORTER}:
            assert (family.name in there) == (not family.absent or family.name in OF_AVATARS)


OF_AVATARS = {"azure_ai_api_errors_total", "azure_ai_billed_duration_seconds_total"}


def names(samples: object) -> Iterator[str]:
    assert isinstance(samples, dict)
    for name, _ in samples:
        yield re.sub(r"_(bucket|sum|count)$", "", name)
