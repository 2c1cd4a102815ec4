"""Runs promtool on rules and what they are to do."""

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import plain_yaml

needs_prometheus = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="needs Debian's package prometheus"
)


def said(*command: str | Path) -> str:
    """What a command says that has to succeed."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def read_proof(text: str) -> Any:
    """A proof as promtool reads it, in which `0x60` is a text."""
    return yaml.load(text, yaml.BaseLoader)  # noqa: S506  it makes strings alone


def thresholds_of(proof: str) -> Mapping[str, str]:
    """The thresholds that a proof names in its comments."""
    return dict(re.findall(r"^# threshold (\w+): (\w+)$", proof, re.MULTILINE))


def prove(groups: Sequence[Any], proof: Any, folder: Path) -> None:
    """Run the cases of a proof with these groups of rules.

    A case is run with the alerts that it names, and with what is recorded: promtool evaluates each
    rule at each moment, so that all rules would take ten times as long.
    """
    cases = defaultdict(list)
    for case in proof["tests"]:
        cases[frozenset(each["alertname"] for each in case["alert_rule_test"])].append(case)
    files = []
    for number, (alerts, tests) in enumerate(cases.items()):
        needed = [
            {**group, "rules": [r for r in group["rules"] if r.get("alert", "") in {"", *alerts}]}
            for group in groups
        ]
        rules, tested = folder / f"rules-{number}.yaml", folder / f"proof-{number}.yaml"
        rules.write_text(plain_yaml.dump({"groups": needed}))
        tested.write_text(plain_yaml.dump({**proof, "rule_files": [rules.name], "tests": tests}))
        files.append(tested)
    assert said("promtool", "test", "rules", *files).count("SUCCESS") == len(files)
