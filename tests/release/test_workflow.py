"""The workflow that publishes a release."""

import re
import subprocess

import pytest

from tests.chart import Json, Object, objects_at
from tests.docs import ROOT
from tests.support import plain_yaml
from tools.release.commands import BIN
from tools.release.publish import PARTS

FILE = ROOT / ".github" / "workflows" / "release.yml"
WORKFLOW: Object = plain_yaml.load(FILE.read_text())
JOBS: dict[str, Object] = plain_yaml.load(FILE.read_text())["jobs"]
STEPS = [step for job in JOBS.values() for step in objects_at(job, "steps")]

MAY: dict[str, Json] = {
    "build": {"contents": "read"},
    "image": {"contents": "read", "packages": "write"},
    "chart": {"contents": "read", "packages": "write"},
    "packages": {"contents": "read", "id-token": "write"},
    "notes": {"contents": "write"},
}
"""What each job needs: to check out, and for its one purpose."""


@pytest.mark.e2e
@pytest.mark.parametrize(
    "command",
    [
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
        ("zizmor", "--offline", "--no-progress", "--persona=auditor"),
    ],
    ids=lambda command: command[0],
)
def test_the_workflow_has_no_finding(command: tuple[str, ...]) -> None:
    """GitHub's schema takes it, and a linter of security finds nothing, in its strictest mode."""
    program, *flags = command
    ended = subprocess.run(
        [BIN / program, *flags, FILE], capture_output=True, encoding="utf-8", check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_each_job_may_do_one_thing() -> None:
    """Nothing is allowed to all; a job that publishes builds nothing."""
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == MAY
    assert JOBS.keys() == {"build"} | PARTS.keys()


def test_each_step_calls_make() -> None:
    """So that it can be tried without GitHub; actions only move files, each held to a commit."""
    commands = [str(step["run"]) for step in STEPS if "run" in step]
    makefiles = (ROOT / "Makefile", ROOT / "tools/release/release.mk")
    text = "\n".join(file.read_text() for file in makefiles)
    for command in commands:
        found = re.fullmatch(r'(?:sudo (?:--preserve-env )?)?make ("\$TARGET"|[\w-]+).*', command)
        assert found, command
        assert found[1] == '"$TARGET"' or re.search(rf"(?m)^[\w -]*\b{found[1]}\b.*:", text)
    for step in STEPS:
        if "uses" in step:
            action = r"actions/(checkout|upload-artifact|download-artifact)@[0-9a-f]{40}"
            assert re.fullmatch(action, str(step["uses"]))
