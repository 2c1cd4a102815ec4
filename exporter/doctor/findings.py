"""Findings: texts that are safe to show. No I/O here."""

from collections.abc import Iterable
from dataclasses import dataclass

from exporter.doctor.kinds import KINDS, OK, Severity
from exporter.text import public

_TEXT_LIMIT = 500  # characters: a message of Azure, and the text around it


@dataclass(frozen=True)
class Finding:
    """One line of the report. `subject` is a step, or an operation's id."""

    kind: str
    resource: str
    api: str
    subject: str
    what: str

    @property
    def severity(self) -> Severity:
        return KINDS[self.kind].severity

    @property
    def remedy(self) -> str:
        return KINDS[self.kind].remedy


@dataclass(frozen=True)
class FindingContext:
    """The resource and API of findings."""

    resource: str
    api: str = ""

    def finding(self, kind: str, subject: str, what: str) -> Finding:
        """A finding; foreign text in `what` is made safe to show."""
        return Finding(kind, self.resource, self.api, subject, public(what, _TEXT_LIMIT))


class StepError(Exception):
    """A step failed, so the next steps cannot be tried."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind, self.what = kind, what


def worst(findings: Iterable[Finding]) -> Severity:
    """The worst severity; ok without findings."""
    order = list(Severity)
    return max((finding.severity for finding in findings), key=order.index, default=OK)
