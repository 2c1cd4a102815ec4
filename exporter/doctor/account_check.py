"""The check of `discover_resources`: whether accounts can be listed, and which can be watched."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from exporter.accounts.account import Account
from exporter.accounts.found import FoundResource, choose, joined
from exporter.accounts.rounds import AccountRounds
from exporter.accounts.watcher import manager_client
from exporter.config.config import Config, PollSettings
from exporter.config.discover_resources import DiscoverResources
from exporter.config.plan import ResourceConnection
from exporter.doctor.connection_check import ConnectionCheck
from exporter.doctor.credentials import identity, principal
from exporter.doctor.findings import Finding, FindingContext
from exporter.doctor.verdicts import verdict_of
from exporter.errors import Failure, Unauthorised

TRIED = 20  # accounts whose APIs are tried: each takes a dozen requests
_SECONDS = 60.0  # for the accounts of one entry
DATA_ROLE = "Cognitive Services Data Reader"


def grant(role: str, scope: str, principal_id: str) -> str:
    """The command that gives a role to the identity of a token."""
    who = principal_id or "OBJECT_ID"
    return f'az role assignment create --assignee {who} --role "{role}" --scope {scope}'


async def find_accounts(config: Config, clock: Callable[[], float]) -> tuple[Config, list[Finding]]:
    """The configuration with the accounts that can be listed now, and the findings."""
    entries = {entry.source: entry for entry in config.discover_resources}
    checks = [AccountCheck(entry, clock) for entry in entries.values()]
    await asyncio.gather(*(check.run() for check in checks))
    lists = {check.entry.source: check.accounts for check in checks}
    findings = [finding for check in checks for finding in check.findings]
    findings += _of_accounts(config, lists)
    whole = joined(config, lists)
    found = [each for each in whole.resources if isinstance(each, FoundResource)]
    if len(found) > TRIED:
        text = f"{len(found) - TRIED} further accounts were skipped"
        findings.append(FindingContext("").finding("accounts-untried", "accounts", text))
    kept = [each for each in whole.resources if each not in found[TRIED:]]
    return whole.model_copy(update={"resources": tuple(kept)}), findings


def _of_accounts(config: Config, lists: Mapping[str, Mapping[str, Account]]) -> Iterator[Finding]:
    chosen = choose(config, lists)
    for entry in config.discover_resources:
        if not lists[entry.source]:
            continue
        watched = sum(each.entry is entry for each in chosen.watched)
        listed = len(lists[entry.source])
        kind = "fine" if watched else "accounts-none"
        text = f"{watched} of {listed} listed accounts are polled"
        yield FindingContext(entry.scope).finding(kind, "accounts", text)
    for scope, account, _, why in chosen.unwatched:
        yield FindingContext(scope).finding("account-unwatched", account.name, why)


@dataclass
class AccountCheck:
    """The check of one list of accounts, and the accounts in it."""

    entry: DiscoverResources
    clock: Callable[[], float]
    findings: list[Finding] = field(default_factory=list)
    accounts: Mapping[str, Account] = field(default_factory=dict)

    async def run(self) -> None:
        """Run all steps, until one fails that the next ones need."""
        context = FindingContext(self.entry.scope)
        connection = ResourceConnection(
            self.entry.manager,
            self.entry.auth,
            PollSettings(),
            {},
            {},
            self.entry.tls,
            proxy=self.entry.proxy,
        )
        try:
            async with asyncio.timeout(_SECONDS):
                if await ConnectionCheck(context, connection, self.clock, self.findings).run():
                    await self._list(context)
        except TimeoutError:
            reason = f"some checks did not finish within {_SECONDS:g} s"
            self.findings.append(context.finding("no-time", "accounts", reason))

    async def _list(self, context: FindingContext) -> None:
        async with manager_client(self.entry, self.clock) as client:
            who = await identity(client.credential)
            if isinstance(who, Failure):
                self.findings.append(context.finding("token-none", "token", who.reason))
                return
            self.findings.append(context.finding("fine", "token", who))
            try:
                read = await AccountRounds(self.entry, client).read()
            except Failure as failure:
                if isinstance(failure, Unauthorised) and failure.status == "403":
                    command = grant("Reader", self._scope(), await principal(client.credential))
                    text = f"{failure.reason}; grant it with: {command}"
                    self.findings.append(context.finding("reader-missing", "accounts", text))
                    return
                verdict = verdict_of(failure, of_list=True, entra=True)
                self.findings.append(context.finding(verdict.kind, "accounts", verdict.what))
                return
        self.accounts = {account.key: account for account in read}
        if not read:
            command = grant("Reader", self._scope(), "")
            text = f"the list is empty; if it should not be, grant the role: {command}"
            self.findings.append(context.finding("accounts-none", "accounts", text))

    def _scope(self) -> str:
        if self.entry.management_group is not None:
            return f"/providers/Microsoft.Management/managementGroups/{self.entry.management_group}"
        return f"/subscriptions/{self.entry.subscription}"
