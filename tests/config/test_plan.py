"""What a configuration asks for, and what another one would change: tables, no loop, no file."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.apis.document_translation.batch import Batch
from exporter.apis.document_translation.documents import DocumentsById, ListedDocuments
from exporter.config.config import Config, parse_config
from exporter.config.operation_files import (
    OperationFile,
    OperationFiles,
    RegisteredOperation,
    planned,
)
from exporter.config.plan import Changes, Plan, changes, plan
from exporter.model.operation import OperationKey, State

LABELLED = "727bf148-f327-47a0-9481-abae6362f11e"
BY_ID = "9dce0aa9-78dc-41ba-8cae-2e2f3c2ff8ec"
THIRD = "0f3a1b52-2b6e-4d5e-9c1a-5d2f6a7b8c9d"
DOCUMENT = "273622bd-835c-4946-9798-fd8f19f6bbf2"

BASE: Mapping[str, Any] = {
    "poll": {"interval": "30s", "requests_per_second": 5},
    "resources": [
        {
            "name": "translator",
            "endpoint": "https://contoso.cognitiveservices.azure.com",
            "auth": {"key": "first"},
            "document_translation": {
                "batches": [
                    {"id": LABELLED, "labels": {"project": "manuals"}},
                    {"id": BY_ID, "documents": [DOCUMENT]},
                ],
            },
        },
        {
            "name": "speech",
            "endpoint": "https://eastus.api.cognitive.microsoft.com",
            "auth": {"key": "second"},
            "poll": {"interval": "1m"},
            "video_translation": {"operations": ["video-1", "video-2"]},
            "avatar": {"operations": ["avatar-1"], "requests_per_minute": 2},
        },
        {
            "name": "qna",
            "endpoint": "https://contoso-qna.cognitiveservices.azure.com",
            "auth": {"key": "third"},
            "qna_maker": {"operations": ["qna-1"]},
        },
    ],
}

# Every operation of it, by a short name.
KEYS = {
    "labelled": OperationKey("translator", "document_translation", LABELLED),
    "by id": OperationKey("translator", "document_translation", BY_ID),
    "third": OperationKey("translator", "document_translation", THIRD),
    "video-1": OperationKey("speech", "video_translation", "video-1"),
    "video-2": OperationKey("speech", "video_translation", "video-2"),
    "video-3": OperationKey("speech", "video_translation", "video-3"),
    "avatar-1": OperationKey("speech", "avatar", "avatar-1"),
    "qna-1": OperationKey("qna", "qna_maker", "qna-1"),
    "qna-avatar": OperationKey("qna", "avatar", "qna-avatar"),
    "renamed": OperationKey("questions", "qna_maker", "qna-1"),
}
BATCHES = ("labelled", "by id")
SPEECH = ("video-1", "video-2", "avatar-1")
ALL = (*BATCHES, *SPEECH, "qna-1")

Edit = Callable[[Any], None]


def at(path: str, value: object) -> Edit:
    """Sets the value at a path like `resources/0/auth`."""

    def edit(data: Any) -> None:
        *folders, last = path.split("/")
        for part in folders:
            data = data[int(part) if isinstance(data, list) else part]
        data[int(last) if isinstance(data, list) else last] = value

    return edit


def config_of(data: object) -> Config:
    return parse_config("test", yaml.safe_dump(data), Path())


def plan_of(*edits: Edit) -> Plan:
    """The plan for the base, edited."""
    data = copy.deepcopy(dict(BASE))
    for edit in edits:
        edit(data)
    return plan(config_of(data))


def named(found: Changes) -> dict[str, set[str]]:
    """Changes by the short names above; nothing twice."""
    names = {key: name for name, key in KEYS.items()}
    said: dict[str, set[str]] = {}
    for what in ("added", "removed", "changed"):
        keys = getattr(found, what)
        assert len(keys) == len(set(keys))
        said[what] = {names[key] for key in keys}
    return said


def test_what_is_planned() -> None:
    """Each operation under its key, with its labels, its kind and the interval in force."""
    found = plan_of()
    assert set(found.operations) == {KEYS[name] for name in ALL}
    watch = found.operations[KEYS["labelled"]].watch
    assert (watch.kind, watch.labels) == ("batch", {"project": "manuals"})
    assert State.VALIDATION_FAILED in watch.states
    assert State.CANCELLED not in found.operations[KEYS["avatar-1"]].watch.states
    intervals = {key: each.interval for key, each in found.operations.items()}
    assert intervals[KEYS["labelled"]] == 30
    assert intervals[KEYS["video-1"]] == 60
    assert set(found.sections) == {key[:2] for key in found.operations}
    assert set(found.connections) == {"translator", "speech", "qna"}
    assert found.connections["speech"].limits == {"avatar": 2 / 60}


def test_the_documents_of_a_batch() -> None:
    """A batch's own choice outweighs the one of its section."""
    found = plan_of(at("resources/0/document_translation/documents", "failed"))
    targets = {key: each.target for key, each in found.operations.items()}
    labelled, by_id = targets[KEYS["labelled"]], targets[KEYS["by id"]]
    assert isinstance(labelled, Batch)
    assert isinstance(by_id, Batch)
    assert labelled.documents == ListedDocuments("failed")
    assert by_id.documents == DocumentsById((DOCUMENT,))


@pytest.mark.parametrize(
    ("rate", "count", "within"),
    [(5, 1, 0.2), (5, 10, 2.0), (0.5, 10, 20.0), (0.1, 10, 60.0)],
)
def test_first_looks_are_spread(rate: float, count: int, within: float) -> None:
    """As long as the budget needs for one request each, and no longer than the interval."""
    operations = [f"video-{number}" for number in range(count)]
    section = at("resources/1/video_translation", {"operations": operations})
    alone = at("resources/1/avatar", None)
    poll = at("resources/1/poll", {"interval": "1m", "requests_per_second": rate})
    found = plan_of(section, alone, poll)
    speech = [each for key, each in found.operations.items() if key.resource == "speech"]
    assert [each.first_within for each in speech] == pytest.approx([within] * count)


@pytest.mark.parametrize(
    ("path", "value", "api", "discovers"),
    [
        ("resources/0/document_translation/discover", True, "document_translation", True),
        ("resources/0/document_translation/discover", False, "document_translation", False),
        ("resources/1/video_translation/discover", {"interval": "5m"}, "video_translation", True),
        ("resources/1/avatar/discover", True, "avatar", True),
        ("resources/1/avatar/discover", None, "avatar", False),
    ],
)
def test_what_is_discovered(path: str, value: object, api: str, *, discovers: bool) -> None:
    """A list that only reads what is configured, for two batches or more, discovers nothing."""
    found = plan_of(at(path, value))
    by_api = {section.api: section.discovers for section in found.sections.values()}
    assert by_api.pop(api) is discovers
    assert not any(by_api.values())


def same(_data: object) -> None:
    """No edit at all."""


def backwards(data: Any) -> None:
    data["resources"].reverse()
    for resource in data["resources"]:
        resource.get("video_translation", {"operations": []})["operations"].reverse()


def appended(path: str, value: object) -> Edit:
    def edit(data: Any) -> None:
        for part in path.split("/"):
            data = data[int(part) if isinstance(data, list) else part]
        data.append(value)

    return edit


NOTHING = {
    "the same": same,
    "another order": backwards,
    "an id in capitals": at("resources/0/document_translation/batches/0/id", LABELLED.upper()),
    "an endpoint in capitals": at(
        "resources/0/endpoint", "https://CONTOSO.cognitiveservices.azure.com/"
    ),
    "an interval in another unit": at("poll/interval", "30000ms"),
    "a default that is written out": at("poll/timeout", "10s"),
    "a default of the resource": at("resources/0/poll", {"interval": "30s"}),
    "a choice that is the default": at("resources/0/document_translation/documents", "all"),
    "an api_version that is the default": at(
        "resources/0/document_translation/api_version", "2024-05-01"
    ),
    "discovery of batches": at("resources/0/document_translation/discover", True),
    "discovery of translations": at("resources/1/video_translation/discover", True),
    "retention": at("retention", {"finished": "1h"}),
    "operation_series": at("operation_series", "failed"),
    "limits": at("limits", {"documents_per_batch": 10}),
    "operation files": at("operation_files", ["*.yaml"]),
    "a section that is left empty": at("resources/1/qna_maker", None),
}

CHANGED: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "a label's value": (
        at("resources/0/document_translation/batches/0/labels/project", "books"),
        ("labelled",),
    ),
    "a label more": (
        at("resources/0/document_translation/batches/0/labels/team", "docs"),
        ("labelled",),
    ),
    "no label any more": (
        at("resources/0/document_translation/batches/0", LABELLED),
        ("labelled",),
    ),
    "a batch's documents": (
        at("resources/0/document_translation/batches/1/documents", "none"),
        ("by id",),
    ),
    "the documents of those that have no choice of their own": (
        at("resources/0/document_translation/documents", "unfinished"),
        ("labelled",),
    ),
    "the version of an API": (
        at("resources/0/document_translation/api_version", "2026-03-01"),
        BATCHES,
    ),
    "the old path": (at("resources/0/document_translation/api_version", "v1.0"), BATCHES),
    "the version of one of two APIs": (
        at("resources/1/video_translation/api_version", "2026-03-01"),
        ("video-1", "video-2"),
    ),
    "the interval of all": (at("poll/interval", "20s"), (*BATCHES, "qna-1")),
    "the interval of one": (at("resources/1/poll/interval", "2m"), SPEECH),
    "the budget": (at("poll/requests_per_second", 50), ALL),
    "the patience": (at("resources/2/poll", {"timeout": "20s"}), ("qna-1",)),
    "the places": (at("resources/2/poll", {"concurrency": 2}), ("qna-1",)),
    "the endpoint": (at("resources/1/endpoint", "https://westus.example.com"), SPEECH),
    "the port": (
        at("resources/2/endpoint", "https://contoso-qna.cognitiveservices.azure.com:8443"),
        ("qna-1",),
    ),
    "the key": (at("resources/0/auth/key", "another"), BATCHES),
    "where the key is from": (at("resources/0/auth", {"key_env": "PATH"}), BATCHES),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_changes_no_operation(name: str) -> None:
    """Another spelling of the same, or a setting that is not about how operations are looked at."""
    found = changes(plan_of(), plan_of(NOTHING[name]))
    assert found == Changes()


@pytest.mark.parametrize("name", CHANGED)
def test_what_changes_how_operations_are_looked_at(name: str) -> None:
    """Those that it concerns and no others; and back again."""
    edit, names = CHANGED[name]
    there = named(changes(plan_of(), plan_of(edit)))
    assert there == {"added": set(), "removed": set(), "changed": set(names)}
    assert named(changes(plan_of(edit), plan_of())) == there


def test_another_key_file(tmp_path: Path) -> None:
    """The source of a key counts, not what it holds: a new key in the same file is no change."""
    first, second = tmp_path / "first", tmp_path / "second"
    for file in (first, second):
        file.write_text("key")
    before = plan_of(at("resources/2/auth", {"key_file": str(first)}))
    first.write_text("rotated")
    assert changes(before, plan_of(at("resources/2/auth", {"key_file": str(first)}))) == Changes()
    other = plan_of(at("resources/2/auth", {"key_file": str(second)}))
    assert named(changes(before, other))["changed"] == {"qna-1"}


ADDED: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "a batch": (appended("resources/0/document_translation/batches", THIRD), ("third",)),
    "a video": (appended("resources/1/video_translation/operations", "video-3"), ("video-3",)),
    "an API": (at("resources/2/avatar", {"operations": ["qna-avatar"]}), ("qna-avatar",)),
    "a resource": (
        appended("resources", {**BASE["resources"][2], "name": "questions"}),
        ("renamed",),
    ),
}


@pytest.mark.parametrize("name", ADDED)
def test_what_is_added_changes_no_other(name: str) -> None:
    """An operation more, also one of an API that has a limit of its own, changes no other one."""
    edit, names = ADDED[name]
    there = named(changes(plan_of(), plan_of(edit)))
    assert there == {"added": set(names), "removed": set(), "changed": set()}
    back = named(changes(plan_of(edit), plan_of()))
    assert back == {"added": set(), "removed": set(names), "changed": set()}


def test_the_first_and_the_last_plan() -> None:
    """From nothing, everything is added; to nothing, everything is removed."""
    everything = {KEYS[name] for name in ALL}
    first, last = changes(Plan(), plan_of()), changes(plan_of(), Plan())
    assert (set(first.added), first.removed, first.changed) == (everything, (), ())
    assert (last.added, set(last.removed), last.changed) == ((), everything, ())


def test_a_resource_under_another_name() -> None:
    """Its operations are others: the name is a label of all their series."""
    found = named(changes(plan_of(), plan_of(at("resources/2/name", "questions"))))
    assert found == {"added": {"renamed"}, "removed": {"qna-1"}, "changed": set()}


def test_what_registered_itself() -> None:
    """It stands beside what is configured, with its own labels, and changes nothing of that."""
    config = config_of(BASE)

    def with_file(*entries: dict[str, Any]) -> Plan:
        file = OperationFile(None, tuple(RegisteredOperation(**entry) for entry in entries))
        found, problems = planned(config, OperationFiles({"jobs.yaml": file}))
        assert problems == []
        return plan(config, found)

    video = {"resource": "speech", "api": "video_translation", "operation": "video-3"}
    one = with_file(video)
    assert named(changes(plan_of(), one))["added"] == {"video-3"}
    assert one.operations[KEYS["video-3"]].interval == 60
    labelled = with_file(video | {"labels": {"job": "nightly"}})
    assert labelled.operations[KEYS["video-3"]].watch.labels == {"job": "nightly"}
    assert named(changes(one, labelled)) == {
        "added": set(),
        "removed": set(),
        "changed": {"video-3"},
    }
    assert named(changes(labelled, plan_of()))["removed"] == {"video-3"}


OPERATIONS = st.dictionaries(
    st.sampled_from([f"video-{number}" for number in range(6)]), st.sampled_from("abc")
)


def with_videos(labels: Mapping[str, str]) -> Plan:
    entries = [{"id": id_, "labels": {"label": label}} for id_, label in labels.items()]
    return plan_of(at("resources/1/video_translation/operations", entries))


@settings(max_examples=40)
@given(OPERATIONS, OPERATIONS)
def test_any_two_plans(before: dict[str, str], after: dict[str, str]) -> None:
    """Added, removed and changed are what sets say; an operation is in one of them at most."""
    found = changes(with_videos(before), with_videos(after))

    def keys(ids: set[str]) -> set[OperationKey]:
        return {OperationKey("speech", "video_translation", id_) for id_ in ids}

    assert set(found.added) == keys(after.keys() - before.keys())
    assert set(found.removed) == keys(before.keys() - after.keys())
    both = before.keys() & after.keys()
    assert set(found.changed) == keys({id_ for id_ in both if before[id_] != after[id_]})
