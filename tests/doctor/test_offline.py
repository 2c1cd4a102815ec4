"""`azure-ai-exporter check`: what is found without a network."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from exporter.checkpoint.file import CheckpointFile
from exporter.doctor.kinds import EXIT_CODES, KINDS, Severity
from exporter.files.threads import TIMEOUT
from tests.commands.test_cli import run

OWN = "https://contoso.cognitiveservices.azure.com"
SPEECH = {"operations": ["job-1"]}


class Case(NamedTuple):
    """A configuration, and the only finding worse than ok: kind, resource, API, words."""

    config: Mapping[str, object]
    kind: str
    resource: str
    api: str
    words: str


def config_of(*resources: Mapping[str, object], **more: object) -> dict[str, object]:
    """A configuration whose keys are in a file."""
    base = {"endpoint": OWN, "auth": {"key_file": "key"}}
    named = [{"name": f"r{number}", **base, **each} for number, each in enumerate(resources)]
    return {"resources": named, **more}


def labelled(value: str) -> dict[str, object]:
    return {"avatar": {"operations": [{"id": "job-1", "labels": {"team": value}}]}}


def written(folder: Path, config: Mapping[str, object]) -> None:
    """The configuration in a folder, with a key, two broken operation files and a folder."""
    (folder / "config.yaml").write_text(yaml.safe_dump(dict(config)))
    (folder / "key").write_text("any")
    (folder / "bad.yaml").write_text("- {resource: r0, api: avatar}\n")
    (folder / "other.yaml").write_text("# of a job\n- {resource: r9, api: avatar, operation: a}\n")
    (folder / "folder").mkdir()


CASES = {
    "the global endpoint": Case(
        config_of(
            {
                "endpoint": "https://api.cognitive.microsofttranslator.com",
                "document_translation": {"discover": True},
            }
        ),
        "regional", "r0", "document_translation", "needs the resource's own domain",
    ),
    "a regional endpoint": Case(
        config_of(
            {
                "endpoint": "https://westeurope.api.cognitive.microsoft.com",
                "document_translation": {"discover": True},
                "avatar": SPEECH,
            }
        ),
        "regional", "r0", "document_translation", "westeurope.api.cognitive.microsoft.com is sha",
    ),
    "a resource that watches nothing": Case(
        config_of({"avatar": {"discover": False}, "qna_maker": {}}),
        "nothing-to-poll", "r0", "", "no operations and no discovery in avatar, qna_maker",
    ),
    "an API that watches nothing": Case(
        config_of({"avatar": SPEECH, "qna_maker": {"operations": []}}),
        "nothing-to-read", "r0", "qna_maker", "no operations and no discovery",
    ),
    "a resource for operation files": Case(
        config_of({"avatar": {}}, operation_files=["*.jobs"]),
        "nothing-to-read", "r0", "avatar", "no operations and no discovery",
    ),
    "a broken operation file": Case(
        config_of({"avatar": SPEECH}, operation_files=["*d.yaml"]),
        "operation-file", "", "", "./bad.yaml:1:3: [0].operation: is missing",
    ),
    "an operation file for no resource": Case(
        config_of({"avatar": SPEECH}, operation_files=["other.yaml"]),
        "operation-file", "", "", "./other.yaml:2:3: [0]: no such resource and api",
    ),
    "a state file in no folder": Case(
        config_of({"avatar": SPEECH}, state_file="gone/state.sqlite"),
        "state-file", "", "", "file gone/state.sqlite cannot be written: its folder does not exist",
    ),
    "a state file that is the configuration": Case(
        config_of({"avatar": SPEECH}, state_file="config.yaml"),
        "state-file", "", "", "it is not a checkpoint, and is not changed; name another file",
    ),
    "operation files in no folder": Case(
        config_of({"avatar": SPEECH}, operation_files=["gone/*.yaml"]),
        "operation-folder", "", "",
        "gone: is not there; pattern 'gone/*.yaml' of operation_files finds no new files",
    ),
    "operation files at home": Case(
        config_of({"avatar": SPEECH}, operation_files=["~/jobs/*.yaml"]),
        "operation-folder", "", "", "; ~ is not expanded, write the whole path",
    ),
    "a state file that is a folder": Case(
        config_of({"avatar": SPEECH}, state_file="folder"),
        "state-file", "", "", "file folder is a folder",
    ),
    "a resource that stands there twice": Case(
        config_of({"avatar": SPEECH, "qna_maker": SPEECH}, {"avatar": {"discover": True}}),
        "same-endpoint", "", "avatar", f"r0, r1 have the same endpoint, {OWN}",
    ),
    "a label that a template left": Case(
        config_of(labelled("${TEAM}")),
        "placeholder", "r0", "avatar", "label team is ${TEAM}, which is not replaced",
    ),
    "a key for a Foundry project": Case(
        config_of(
            {
                "endpoint": "https://contoso.services.ai.azure.com/api/projects/letters",
                "openai_fine_tuning": {"discover": True},
            }
        ),
        "project-key", "r0", "", "/api/projects/letters is a Foundry project, and auth has a key",
    ),
    "the path of an API": Case(
        config_of({"endpoint": f"{OWN}/openai/v1", "openai_batch": {"discover": True}}),
        "endpoint-path", "r0", "",
        f"/openai/v1 is below {OWN.removeprefix('https://')}, and the exporter adds the path of "
        "each API",
    ),
    "another host": Case(
        config_of({"endpoint": "https://contoso.example", "avatar": SPEECH}),
        "foreign-domain", "r0", "", "contoso.example is not in one of Azure's domains",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_found(tmp_path: Path, name: str) -> None:
    """With the remedy, in both forms; the exit code is that of the severity, as with --live."""
    case = CASES[name]
    written(tmp_path, case.config)
    said = run(tmp_path, "check", "--format=json")
    code = EXIT_CODES[KINDS[case.kind].severity]
    assert (said.code, said.err) == (code, "")
    told: dict[str, Any] = json.loads(said.out)
    [finding] = told["findings"]
    assert (finding["kind"], finding["resource"], finding["api"]) == case[1:4]
    assert case.words in finding["what"]
    assert finding["remedy"]
    said = run(tmp_path, "check")
    assert (said.code, said.err) == (code, "")
    assert f"→ {finding['remedy'][:40]}" in said.out
    assert ("\nconfig.yaml: fine: " in said.out) == (code == 0)
    assert "\nconfig.yaml: " in said.out
    assert "requests an hour" in said.out


@pytest.mark.parametrize("refused", [os.W_OK | os.X_OK, os.R_OK | os.W_OK])
def test_a_state_file_of_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    """A folder or a file that this user may not write is a warning."""
    written(tmp_path, config_of({"avatar": SPEECH}, state_file="state.sqlite"))
    (tmp_path / "state.sqlite").touch()
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != refused)
    said = run(tmp_path, "check")
    assert said.code == EXIT_CODES[Severity.WARNING]
    assert "state_file: file state.sqlite cannot be " in said.out


def test_a_state_file_that_an_exporter_uses(tmp_path: Path) -> None:
    """It is no finding, so that `check` can run beside the exporter, and it is not waited for."""
    written(tmp_path, config_of({"avatar": SPEECH}, state_file="state.sqlite"))
    used = CheckpointFile(tmp_path / "state.sqlite")
    started = time.monotonic()
    said = run(tmp_path, "check")
    took = time.monotonic() - started
    used.close()
    assert (said.code, said.err) == (0, "")
    assert "state_file" not in said.out
    assert took < TIMEOUT


def test_nothing_is_wrong(tmp_path: Path) -> None:
    """One line that says so, before the requests an hour; as JSON an empty list."""
    (tmp_path / "jobs").mkdir()
    job = [{"resource": "r1", "api": "qna_maker", "operation": "job-2"}]
    (tmp_path / "jobs" / "good.yaml").write_text(yaml.safe_dump(job))
    more = {"state_file": "folder/state.sqlite", "operation_files": ["jobs/*.yaml"]}
    local = "http://127.0.0.1:1"
    resources = ({"avatar": SPEECH}, {"endpoint": local, "qna_maker": {}})
    written(tmp_path, config_of(*resources, {"endpoint": local, "qna_maker": SPEECH}, **more))
    said = run(tmp_path, "check")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("config.yaml: fine: resources: 3, operations: 2\nrequests an hour")
    said = run(tmp_path, "check", "--format=json")
    assert json.loads(said.out) == {"version": 1, "findings": [], "worst": "ok"}
