"""What was found, ready to be shown; no I/O here."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from exporter.doctor.kinds import KINDS, OK, Severity
from exporter.text import public

_LONGEST = 500  # characters: a message of Azure's, and what is said around it


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
class FindingPlace:
    """Of what something is found."""

    resource: str
    api: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def found(self, kind: str, subject: str, what: str) -> Finding:
        """A finding; what came from elsewhere is made fit to be shown."""
        for secret in self.secrets:
            what = what.replace(secret, "<secret>")
        return Finding(kind, self.resource, self.api, subject, public(what, _LONGEST))


class TroubleError(Exception):
    """A step failed; the next need not be tried."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind, self.what = kind, what


def worst(findings: Iterable[Finding]) -> Severity:
    """The worst of all severities; ok where there is none."""
    order = list(Severity)
    return max((each.severity for each in findings), key=order.index, default=OK)
