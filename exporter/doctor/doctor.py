"""All resources at the same time; what is found comes in the order of the configuration."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from exporter.azure.auth.keys import credential
from exporter.azure.auth.secret import Credential
from exporter.azure.budget import Budget
from exporter.azure.client import Client, Exchange
from exporter.azure.retry import RetryPolicy
from exporter.azure.throttle import Throttle
from exporter.config import operation_files
from exporter.config.config import Config, Resource
from exporter.config.operation_files import OperationFiles
from exporter.config.plan import Plan, plan
from exporter.config.sections import PlannedOperation, Section
from exporter.doctor.advice import advised
from exporter.doctor.credentials import Ring, names_of_keys, secrets, speaks_for_key, token
from exporter.doctor.findings import Finding, FindingPlace
from exporter.doctor.polls import Visit
from exporter.doctor.steps import Walk
from exporter.doctor.verdicts import Reach
from exporter.errors import Failure, Unauthorised

TOTAL = 60.0  # seconds for a resource whose every step is answered
_REQUEST = 8.0  # seconds for one request, or less where the configuration says less
_TOKEN = 10.0  # seconds for the login


async def examine(
    config: Config, folder: Path, clock: Callable[[], float] = time.time
) -> list[Finding]:
    """Try all that the exporter would ask of Azure; `folder` is where relative paths start."""
    files = operation_files.read(config, folder, OperationFiles())
    registered, problems = operation_files.planned(config, files)
    wanted = plan(config, registered)
    examined = [Examination(resource, wanted, clock) for resource in config.resources]
    await asyncio.gather(*(each.run() for each in examined))
    ours = FindingPlace("")
    found = [
        ours.found("operation-file", "operation files", str(problem))
        for problem in [*files.problems, *problems]
    ]
    return [*found, *(finding for each in examined for finding in each.findings)]


class _Anything:
    """A body that nobody reads."""

    @classmethod
    def read(cls, body: bytes) -> Self:  # noqa: ARG003
        return cls()


@dataclass
class Examination:
    """One resource."""

    resource: Resource
    plan: Plan
    clock: Callable[[], float]
    findings: list[Finding] = field(default_factory=list)
    good: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        name = self.resource.name
        self.to = self.plan.connections[name]
        self.sections = [each for each in self.plan.sections.values() if each.resource == name]
        self.place = FindingPlace(name, secrets=tuple(secrets(self.to.auth)))
        self.ring = Ring(self.to.auth.loaded_keys)
        self.credential: Credential = (
            credential(self.to.auth) if self.to.auth.entra is not None else self.ring
        )

    async def run(self) -> None:
        """Step by step, as far as each allows the next."""
        planned = [each for section in self.sections for each in self._planned(section)]
        self.findings += advised(self.resource, self.to, self.sections, planned)
        walk = Walk(self.place, self.to, self.clock, self.findings)
        try:
            async with asyncio.timeout(TOTAL):
                if await walk.run():
                    await self._ask()
                else:
                    self._not_tried([*walk.left, *self._wishes(self.sections)])
        except TimeoutError:
            said = f"not all was looked at within {TOTAL:g} s"
            self.findings.append(self.place.found("no-time", "operation", said))

    def _planned(self, section: Section) -> list[PlannedOperation]:
        place = (section.resource, section.api)
        return [each for key, each in self.plan.operations.items() if key[:2] == place]

    def _wishes(self, sections: Sequence[Section]) -> list[str]:
        """What would be asked of Azure."""
        who = "token" if self.to.auth.entra is not None else "key"
        return [who, *(each.api for each in sections)]

    def _not_tried(self, wishes: Sequence[str]) -> None:
        if wishes:
            said = f"not tried: {', '.join(wishes)}"
            self.findings.append(self.place.found("not-tried", "the rest", said))

    def _client(self, credential: Credential) -> Client:
        budget = Budget(Throttle(self.to.poll.requests_per_second, 1))
        return Client(
            self.to.endpoint,
            credential,
            budget,
            key_headers=self.to.key_headers,
            timeout=min(self.to.poll.timeout, _REQUEST),
            observe=self._observe,
            clock=self.clock,
            tls=self.to.tls,
            proxy=self.to.proxy,
        )

    def _observe(self, exchange: Exchange) -> None:
        self.ring.answered(exchange)
        if speaks_for_key(exchange.failure):
            self.good.append(exchange)

    async def _ask(self) -> None:
        if self.to.auth.entra is not None and not await self._has_token():
            self._not_tried(self._wishes(self.sections)[1:])
            return
        found: list[Finding] = []
        try:
            await self._visit(found)
            await self._try_other_keys()
        finally:
            if self.to.auth.entra is None:
                self._speak_of_keys()
            self.findings += found

    async def _visit(self, found: list[Finding]) -> None:
        """Each API has a client of its own: what one is refused closes no other."""
        for number, section in enumerate(self.sections):
            limit = self.to.limits.get(section.api)
            async with self._client(self.credential) as client:
                visit = Visit(
                    replace(self.place, api=section.api),
                    section,
                    self._planned(section),
                    client,
                    self.clock,
                    None if limit is None else max(1, int(limit * 60)),
                    entra=self.to.auth.entra is not None,
                    findings=found,
                )
                reach = await visit.run()
            left = self.sections[number + 1 :]
            if reach is Reach.RESOURCE and left:
                said = f"not tried: {', '.join(each.api for each in left)}"
                found.append(self.place.found("not-tried", "the rest", said))
                return

    async def _has_token(self) -> bool:
        async with self._client(self.credential):
            try:
                async with asyncio.timeout(_TOKEN):
                    told = await token(self.credential)
            except TimeoutError:
                told = Unauthorised("token", f"the login did not answer within {_TOKEN:g} s")
        if isinstance(told, Failure):
            self.findings.append(self.place.found("token-none", "token", told.reason))
            return False
        secret, whose = told
        self.place = replace(self.place, secrets=tuple(secrets(self.to.auth, secret)))
        self.findings.append(self.place.found("fine", "token", whose))
        return True

    async def _try_other_keys(self) -> None:
        """What was read with one key is read once more with each that was not needed."""
        if not self.good:
            return
        asked = self.good[0]
        for slot, key in enumerate(self.ring.keys):
            if slot in self.ring.accepted or slot in self.ring.refusals:
                continue
            try:
                async with self._client(Ring((key,))) as client:
                    await client.get(asked.key, asked.path, _Anything, RetryPolicy(1))
            except Failure as failure:
                if isinstance(failure, Unauthorised):
                    self.ring.refusals[slot] = failure.reason
                elif speaks_for_key(failure):
                    self.ring.accepted.add(slot)
            else:
                self.ring.accepted.add(slot)

    def _speak_of_keys(self) -> None:
        for slot, name in enumerate(names_of_keys(self.to.auth)):
            if slot in self.ring.accepted:
                kind, what = "fine", f"{name} is accepted"
            elif slot in self.ring.refusals:
                kind = "one-key-refused" if self.ring.accepted else "key-refused"
                what = f"{name} is not accepted: {self.ring.refusals[slot]}"
            else:
                kind, what = "key-unknown", f"{name} was not judged yet"
            self.findings.append(self.place.found(kind, "key", what))
