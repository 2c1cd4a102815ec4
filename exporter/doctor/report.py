"""Pure: findings as a text table or as JSON."""

import json
import textwrap
from collections.abc import Sequence
from itertools import groupby

from exporter.doctor.findings import Finding, worst
from exporter.doctor.kinds import OK, Severity

_MIN_WIDTH, _MAX_WIDTH = 60, 120  # columns


def as_json(findings: Sequence[Finding]) -> str:
    """`{"version": 1, "findings": […], "worst": …}`; another version may have other names."""
    return json.dumps(
        {
            "version": 1,
            "findings": [
                {
                    "severity": finding.severity,
                    "kind": finding.kind,
                    "resource": finding.resource,
                    "api": finding.api,
                    "subject": finding.subject,
                    "what": finding.what,
                    "remedy": finding.remedy,
                }
                for finding in findings
            ],
            "worst": worst(findings),
        },
        indent=2,
        ensure_ascii=False,
    )


def as_table(findings: Sequence[Finding], columns: int) -> str:
    """A block for each resource; a line for each finding, and its remedy below."""
    width = min(max(columns, _MIN_WIDTH), _MAX_WIDTH)
    lines: list[str] = []
    for resource, resource_findings in groupby(findings, lambda finding: finding.resource):
        lines += [resource or "configuration"]
        for finding in resource_findings:
            lines += _lines(finding, width)
        lines += [""]
    return "\n".join([*lines, _summary(findings)])


def _lines(finding: Finding, width: int) -> list[str]:
    prefix = f"  {finding.severity.value:8}"
    subject = f"{finding.api} {finding.subject}" if finding.api else finding.subject
    lines = _wrapped(f"{subject}: {finding.what}", prefix, width)
    if finding.remedy:
        lines += _wrapped(f"→ {finding.remedy}", " " * (len(prefix) + 2), width)
    return lines


def _wrapped(text: str, prefix: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=prefix,
        subsequent_indent=" " * (len(prefix) + 2),
        break_on_hyphens=False,
    )


def _summary(findings: Sequence[Finding]) -> str:
    counts = {
        severity: sum(finding.severity is severity for finding in findings)
        for severity in reversed(Severity)
    }
    counted = [f"{severity.value}: {count}" for severity, count in counts.items() if count]
    end = "no problems" if worst(findings) is OK else f"worst: {worst(findings).value}"
    return f"{', '.join(counted) or 'nothing was found'}; {end}"
