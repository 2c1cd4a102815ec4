"""Checks all resources at the same time; findings are in the order of the configuration."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from exporter.accounts.found import FoundResource
from exporter.azure.auth.keys import credential
from exporter.azure.auth.secret import Credential
from exporter.azure.budget import Budget
from exporter.azure.client import Client
from exporter.azure.exchange import Exchange
from exporter.azure.priority import Priority
from exporter.azure.retry import RetryPolicy
from exporter.config.config import Config, Resource
from exporter.config.plan import Plan
from exporter.config.sections import PlannedOperation, Section
from exporter.doctor.account_check import DATA_ROLE, find_accounts, grant
from exporter.doctor.api_check import ApiCheck
from exporter.doctor.config_check import config_findings
from exporter.doctor.connection_check import ConnectionCheck
from exporter.doctor.credentials import KeyTrials, accepts_key, identity, key_names, principal
from exporter.doctor.findings import Finding, FindingContext
from exporter.doctor.offline_check import plan_and_findings
from exporter.doctor.verdicts import FailureScope
from exporter.errors import Failure, Unauthorised

RESOURCE_SECONDS = 60.0  # for all checks of a resource
_REQUEST_SECONDS = 8.0  # for one request, or less if the configured timeout is less
_TOKEN_SECONDS = 10.0  # for the login


async def examine(
    config: Config, folder: Path, clock: Callable[[], float] = time.time
) -> list[Finding]:
    """Try everything that the exporter needs of Azure; relative paths start at `folder`."""
    config, of_accounts = await find_accounts(config, clock)
    full_plan, findings = plan_and_findings(config, folder)
    checks = [ResourceCheck(resource, full_plan, clock) for resource in config.resources]
    await asyncio.gather(*(check.run() for check in checks))
    return [*findings, *of_accounts, *(finding for check in checks for finding in check.findings)]


class _IgnoredBody:
    """A body whose content is ignored."""

    @classmethod
    def read(cls, body: bytes) -> Self:  # noqa: ARG003
        return cls()


@dataclass
class ResourceCheck:
    """All checks of one resource.

    Attributes:
        grant: the command that gives the identity the role to read an account that was found.
        accepted_exchanges: requests whose answers show that Azure accepted the key.
    """

    resource: Resource
    plan: Plan
    clock: Callable[[], float]
    findings: list[Finding] = field(default_factory=list)
    accepted_exchanges: list[Exchange] = field(default_factory=list)
    grant: str = ""

    def __post_init__(self) -> None:
        name = self.resource.name
        self.connection = self.plan.connections[name]
        self.sections = [
            section for section in self.plan.sections.values() if section.resource == name
        ]
        self.context = FindingContext(name)
        self.key_trials = KeyTrials(self.connection.auth.loaded_keys)
        self.credential: Credential = (
            credential(self.connection.auth, self.connection.endpoint)
            if self.connection.auth.entra is not None
            else self.key_trials
        )

    async def run(self) -> None:
        """Run all steps, until one fails that the next ones need."""
        self.findings += config_findings(self.resource, self.plan)
        check = ConnectionCheck(self.context, self.connection, self.clock, self.findings)
        try:
            async with asyncio.timeout(RESOURCE_SECONDS):
                if await check.run():
                    await self._send_requests()
                else:
                    self._report_not_tried([*check.remaining, *self._untried_names(self.sections)])
        except TimeoutError:
            reason = f"some checks did not finish within {RESOURCE_SECONDS:g} s"
            self.findings.append(self.context.finding("no-time", "operation", reason))

    def _planned(self, section: Section) -> list[PlannedOperation]:
        return [
            operation for key, operation in self.plan.operations.items() if key[:2] == section.key
        ]

    def _untried_names(self, sections: Sequence[Section]) -> list[str]:
        """The names of the checks of the credential and of these APIs."""
        credential_name = "token" if self.connection.auth.entra is not None else "key"
        return [credential_name, *(section.api for section in sections)]

    def _report_not_tried(self, names: Sequence[str]) -> None:
        if names:
            reason = f"skipped: {', '.join(names)}"
            self.findings.append(self.context.finding("not-tried", "the rest", reason))

    def _client(self, credential: Credential) -> Client:
        budget = Budget(self.connection.poll.requests_per_second, 1)
        return Client(
            self.connection.endpoint,
            credential,
            budget,
            key_headers=self.connection.key_headers,
            timeout=min(self.connection.poll.timeout, _REQUEST_SECONDS),
            observe=self._observe,
            clock=self.clock,
            tls=self.connection.tls,
            proxy=self.connection.proxy,
        )

    def _observe(self, exchange: Exchange) -> None:
        self.key_trials.observe(exchange)
        if accepts_key(exchange.failure):
            self.accepted_exchanges.append(exchange)

    async def _send_requests(self) -> None:
        if self.connection.auth.entra is not None and not await self._check_token():
            self._report_not_tried(self._untried_names(self.sections)[1:])
            return
        api_findings: list[Finding] = []
        try:
            await self._check_apis(api_findings)
            await self._try_other_keys()
        finally:
            if self.connection.auth.entra is None:
                self._report_keys()
            self.findings += api_findings

    async def _check_apis(self, api_findings: list[Finding]) -> None:
        """Each API has its own client, so that a refusal opens no other's circuit breaker."""
        checks: list[ApiCheck] = []
        for index, section in enumerate(self.sections):
            limit = self.connection.limits.get(section.api)
            async with self._client(self.credential) as client:
                check = ApiCheck(
                    replace(self.context, api=section.api),
                    section,
                    self._planned(section),
                    client,
                    self.clock,
                    None if limit is None else max(1, int(limit * 60)),
                    entra=self.connection.auth.entra is not None,
                    grant=self.grant,
                    findings=api_findings,
                )
                scope = await check.run()
            checks.append(check)
            remaining = self.sections[index + 1 :]
            if scope is FailureScope.RESOURCE and remaining:
                reason = f"skipped: {', '.join(section.api for section in remaining)}"
                api_findings.append(self.context.finding("not-tried", "the rest", reason))
                break
        answers = any(check.answered for check in checks)
        for check in checks:
            check.resolve(another_answers=answers)

    async def _check_token(self) -> bool:
        async with self._client(self.credential):
            try:
                async with asyncio.timeout(_TOKEN_SECONDS):
                    result = await identity(self.credential)
            except TimeoutError:
                result = Unauthorised(
                    "token", f"the login did not answer within {_TOKEN_SECONDS:g} s"
                )
        if isinstance(result, Failure):
            self.findings.append(self.context.finding("token-none", "token", result.reason))
            return False
        self.findings.append(self.context.finding("fine", "token", result))
        if isinstance(self.resource, FoundResource):
            self.grant = grant(DATA_ROLE, self.resource.id, await principal(self.credential))
        return True

    async def _try_other_keys(self) -> None:
        """Repeat an accepted request with each key that was not used yet."""
        if not self.accepted_exchanges:
            return
        exchange = self.accepted_exchanges[0]
        for index, key in enumerate(self.key_trials.keys):
            if index in self.key_trials.accepted or index in self.key_trials.refusals:
                continue
            try:
                async with self._client(KeyTrials((key,))) as client:
                    policy = RetryPolicy(1, Priority.HIGH)
                    await client.get(exchange.key, exchange.path, _IgnoredBody.read, policy)
            except Failure as failure:
                if isinstance(failure, Unauthorised):
                    self.key_trials.refusals[index] = failure.reason
                elif accepts_key(failure):
                    self.key_trials.accepted.add(index)
            else:
                self.key_trials.accepted.add(index)

    def _report_keys(self) -> None:
        for index, name in enumerate(key_names(self.connection.auth)):
            if index in self.key_trials.accepted:
                kind, what = "fine", f"{name} is accepted"
            elif index in self.key_trials.refusals:
                kind = "one-key-refused" if self.key_trials.accepted else "key-refused"
                what = f"{name} is not accepted: {self.key_trials.refusals[index]}"
            else:
                kind, what = "key-unknown", f"{name} was not checked"
            self.findings.append(self.context.finding(kind, "key", what))
