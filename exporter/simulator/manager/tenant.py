"""A tenant: its accounts by subscription and management group, and who may not read them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from exporter.simulator.manager.account import Account


@dataclass
class Tenant:
    """What Azure Resource Manager knows. Tests may change it while the simulator runs.

    Attributes:
        management_groups: the subscriptions below each.
        unreadable: ids of subscriptions, or of resource groups, without the role Reader.
        page: accounts on a page of a list.
        graph_delay: seconds that Resource Graph is behind.
        reads, refill: of the token bucket of a subscription: reads at once, and more a second.
    """

    accounts: Sequence[Account] = ()
    management_groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    page: int = 100
    graph_delay: float = 0.0
    reads: float = 250.0
    refill: float = 25.0

    def account(self, name: str, now: float) -> Account | None:
        """The account that is served below this name."""
        return next(
            (each for each in self.accounts if each.name == name and each.exists(now)), None
        )

    def has_subscription(self, subscription: str) -> bool:
        known = {account.subscription for account in self.accounts}
        known |= {each for group in self.management_groups.values() for each in group}
        return subscription.lower() in known

    def has_group(self, subscription: str, group: str) -> bool:
        return any(
            same(account.subscription, subscription) and same(account.group, group)
            for account in self.accounts
        )

    def may_read(self, subscription: str, group: str | None = None) -> bool:
        scope = f"/subscriptions/{subscription}"
        scopes = {scope.lower(), f"{scope}/resourceGroups/{group}".lower()}
        return scopes.isdisjoint(unreadable.lower() for unreadable in self.unreadable)

    def listed(self, subscription: str, group: str | None, now: float) -> list[Account]:
        """The accounts that a list shows, by their names: those that may be read."""
        return in_order(
            account
            for account in self.accounts
            if same(account.subscription, subscription)
            and (group is None or same(account.group, group))
            and self.may_read(account.subscription, account.group)
            and account.exists(now)
        )

    def in_graph(self, subscriptions: Iterable[str], now: float) -> list[Account]:
        """The accounts that Resource Graph shows; what may not be read is left out silently."""
        asked = {each.lower() for each in subscriptions}
        return in_order(
            account
            for account in self.accounts
            if account.subscription.lower() in asked
            and self.may_read(account.subscription, account.group)
            and account.exists(now - self.graph_delay)
        )

    def subscriptions(self) -> set[str]:
        return {account.subscription for account in self.accounts}


def same(one: str, other: str) -> bool:
    """Ids of Azure Resource Manager are compared without case."""
    return one.lower() == other.lower()


def in_order(accounts: Iterable[Account]) -> list[Account]:
    return sorted(accounts, key=lambda account: account.id.lower())
