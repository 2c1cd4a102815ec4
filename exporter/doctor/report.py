"""Pure: findings as a table for people, or as JSON for programs."""

import json
import textwrap
from collections.abc import Sequence
from itertools import groupby

from exporter.doctor.findings import Finding, worst
from exporter.doctor.kinds import OK, Severity

_NARROW, _WIDE = 60, 120  # columns between which lines are broken


def as_json(findings: Sequence[Finding]) -> str:
    """`{"version": 1, "findings": […], "worst": …}`; names stay while the version does."""
    return json.dumps(
        {
            "version": 1,
            "findings": [
                {
                    "severity": each.severity,
                    "kind": each.kind,
                    "resource": each.resource,
                    "api": each.api,
                    "subject": each.subject,
                    "what": each.what,
                    "remedy": each.remedy,
                }
                for each in findings
            ],
            "worst": worst(findings),
        },
        indent=2,
        ensure_ascii=False,
    )


def as_table(findings: Sequence[Finding], columns: int) -> str:
    """A block for each resource, a line for each finding and one below for what to do."""
    width = min(max(columns, _NARROW), _WIDE)
    parts: list[str] = []
    for resource, of_resource in groupby(findings, lambda each: each.resource):
        parts += [resource or "configuration"]
        for each in of_resource:
            parts += _lines(each, width)
        parts += [""]
    return "\n".join([*parts, _sum(findings)])


def _lines(finding: Finding, width: int) -> list[str]:
    front = f"  {finding.severity.value:8}"
    place = f"{finding.api} {finding.subject}" if finding.api else finding.subject
    lines = _broken(f"{place}: {finding.what}", front, width)
    if finding.remedy:
        lines += _broken(f"→ {finding.remedy}", " " * (len(front) + 2), width)
    return lines


def _broken(text: str, front: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=front,
        subsequent_indent=" " * (len(front) + 2),
        break_on_hyphens=False,
    )


def _sum(findings: Sequence[Finding]) -> str:
    counts = {
        severity: sum(each.severity is severity for each in findings)
        for severity in reversed(Severity)
    }
    said = [f"{severity.value}: {count}" for severity, count in counts.items() if count]
    end = "all is well" if worst(findings) is OK else f"worst: {worst(findings).value}"
    return f"{', '.join(said) or 'nothing was looked at'}; {end}"
