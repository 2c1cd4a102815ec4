"""The JSON Schema of the configuration: what it takes, what it refuses, and what it says."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from exporter.config.config import parse_config
from exporter.config.json_schema import schema, text
from exporter.settings.yaml_file import ConfigError
from tests.config.editor import VALIDATOR, Writer, read
from tests.config.test_config import BATCH, GOOD, RESOURCE, resource
from tests.fuzz import mutation

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.yaml"
BAD = Path(__file__).parent / "bad_config"
VALUES = ROOT / "tests" / "chart" / "values"
SCHEMA = schema()

# Mistakes that only `check` finds; the schema takes these files.
INVISIBLE = {
    "prices_of_nobody": "which resources there are",
    "prices_twice": "rows that stand twice",
    "document_intelligence_without_batches": "two settings that must fit",
    "duplicate_batch": "ids that stand twice, in one form or the other",
    "duplicate_key": "an editor says so itself",
    "duplicate_operation": "ids that stand twice, in one form or the other",
    "duplicate_resource": "names that stand twice",
    "entra_endpoint": "where tokens are accepted",
    "entra_qna": "which APIs take tokens",
    "key_env": "what variables hold",
    "key_file": "what files hold",
    "key_file_nul": "what files hold",
    "key_itself": "what a key looks like",
    "placeholder": "what a key looks like",
    "plain_http": "which hosts are on loopback",
    "retention_out_of_range": "how long a duration is",
    "settings_that_do_not_fit": "two settings that must fit",
    "stale_after_too_short": "two settings that must fit",
    "stale_after_too_short_for_an_api": "two settings that must fit",
    "stale_after_too_short_for_one": "two settings that must fit",
}
UNREADABLE = {"not_utf8", "number_too_long", "unknown_tag"}  # beside those that are no YAML


def refused(written: str) -> list[str]:
    """What the schema has against a file."""
    return [error.json_path for error in VALIDATOR.iter_errors(read(written))]


def test_the_schema_is_one() -> None:
    """It is valid against the metaschema of its draft."""
    Draft202012Validator.check_schema(SCHEMA)


def test_the_committed_schema_is_the_programs() -> None:
    """`make docs` writes it; the example names it for editors."""
    assert (ROOT / "docs" / "config.schema.json").read_text() == text()
    first = EXAMPLE.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=docs/config.schema.json"


def objects(shown: object) -> Iterator[dict[str, dict[str, object]]]:
    """The settings of every section."""
    if isinstance(shown, dict):
        if "properties" in shown and "additionalProperties" in shown:
            assert shown["additionalProperties"] is False
            yield shown["properties"]
        for each in shown.values():
            yield from objects(each)
    elif isinstance(shown, list):
        for each in shown:
            yield from objects(each)


def test_every_setting_is_described() -> None:
    """In a sentence that ends; no section takes unknown keys."""
    sections = list(objects(SCHEMA))
    assert len(sections) > 15
    for section in sections:
        for name, shown in section.items():
            assert re.fullmatch(r"[A-Z].*\.", str(shown["description"])), name


def test_defaults_are_written_as_a_person_writes_them() -> None:
    """A duration has its unit."""
    poll = SCHEMA["$defs"]["PollSettings"]["properties"]
    assert {name: each["default"] for name, each in poll.items()} == {
        "interval": "30s",
        "timeout": "10s",
        "requests_per_second": 5.0,
        "concurrency": 8,
    }
    assert SCHEMA["$defs"]["Retention"]["properties"]["finished"]["default"] == "24h"


def good() -> Iterator[str]:
    """Configurations that load, the chart's among them."""
    yield EXAMPLE.read_text()
    for values in sorted(VALUES.glob("*.yaml")):
        if config := yaml.safe_load(values.read_text()).get("config"):
            yield yaml.safe_dump(config)
    yield GOOD
    yield f"poll:\nretention: {{finished: 0s}}\nstate_file:\n{GOOD}    qna_maker: null\n"
    yield f"retention: {{finished: {{succeeded: 1h, failed: , default: 2d}}}}\n{GOOD}"
    yield f"operation_series: failed\n{GOOD}"
    yield GOOD.replace("[job-1]", "[{id: job-1, labels: {cost_center: 0042, urgent: no}}]")
    yield GOOD.replace("[job-1]", "[{id: job-1, labels: }, job-2]")
    yield GOOD.replace("key: secret", "key: secret, key_file: , key_env: ~")
    yield resource(endpoint="HTTPS://Contoso.CognitiveServices.Azure.com:8443/")
    yield resource(endpoint="'http://[::1]:5000'")
    yield GOOD.replace("- name", "- &one\n    name") + "  - {<<: *one, name: two}\n"
    yield resource(endpoint="https://gateway.example/Translator/v1.0/")
    yield resource(rest=f"avatar: {{discover: true}}\n    poll: {{interval: 1h30m}}\n    {ROW}")
    yield f"{RESOURCE}    document_translation: {{api_version: 2024-05-01, batches: [{BATCH}]}}\n"
    yield f"{RESOURCE}    document_translation: {{batches: [{{id: {BATCH}, documents: failed}}]}}\n"


ROW = "video_translation: {discover: {interval: 1m}}"


@pytest.mark.parametrize("written", list(good()))
def test_what_is_good_is_taken(written: str) -> None:
    """Ids alone and mappings, empty keys, durations, dates that need no quotes."""
    assert refused(written) == []


def names() -> list[str]:
    """The bad files that are YAML."""
    stems = sorted(each.stem for each in BAD.glob("*.yaml"))
    return [name for name in stems if name not in UNREADABLE and not name.startswith("yaml_")]


@pytest.mark.parametrize("name", names())
def test_a_mistake_that_can_be_seen_is_refused(name: str) -> None:
    """All bad files but those whose mistake is not in the shape of the file."""
    seen = refused((BAD / f"{name}.yaml").read_text(encoding="utf-8"))
    assert bool(seen) == (name not in INVISIBLE), INVISIBLE.get(name)


# Numbers and truths in quotes, which the exporter takes for what they say.
NAMES = "second|minute|batch|concurrency|series|max_operations|http|names|discover|per|price"
QUOTED = rf"((?:{NAMES}): )'(.*)'$"


def quoted(data: object) -> object:
    """The same with numbers and truths as text, in quotes.

    `1e+308` gets a point: without one it is text for PyYAML, and a number for editors. Spaces
    around a number are no part of it for the exporter alone.
    """
    if isinstance(data, dict):
        return {key: quoted(value) for key, value in data.items()}
    if isinstance(data, list):
        return [quoted(each) for each in data]
    return data if data is None else re.sub(r"^(-?\d+)e", r"\1.0e", str(data).strip())


@pytest.mark.e2e
def test_what_loads_is_taken() -> None:
    """Of files a few changes away from the example: an editor never complains of a good one."""
    chance = random.Random("schema")
    lines = EXAMPLE.read_text().splitlines(keepends=True)
    whole = "".join(
        "      key: another-key\n" if "key_file: translator-key " in line else line
        for line in lines
    )
    whole = re.sub(r"(?m)^ {6}key_env: (\w+)", r"      key: the-value-of-\1", whole)
    data: mutation.Json = yaml.load(whole, yaml.BaseLoader)  # noqa: S506  it makes only text
    loaded = 0
    for _ in range(150):
        mutated = yaml.dump(quoted(mutation.data(data, chance)), Dumper=Writer, sort_keys=False)
        written = re.sub(QUOTED, r"\1\2", mutated, flags=re.MULTILINE)
        try:
            parse_config("config.yaml", written, Path())
        except ConfigError:
            continue
        loaded += 1
        assert refused(written) == [], written
    assert loaded > 10
