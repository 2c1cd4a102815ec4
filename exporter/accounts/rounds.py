"""Reads all accounts of one entry of `discover_resources`."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from exporter.accounts.account import Account
from exporter.accounts.bodies import AccountBody, AccountsPage, GraphPage
from exporter.azure.client import Client
from exporter.azure.item_reader import ItemReader, ReadPage
from exporter.azure.links import next_path
from exporter.azure.priority import Priority
from exporter.azure.retry import RetryPolicy
from exporter.config.discover_resources import DiscoverResources
from exporter.errors import Gone, Unreadable
from exporter.model.operation import OperationKey

PAGES_LIMIT = 100  # pages of one list; a page has 100 accounts
_GRAPH_PAGE = 200  # accounts; one may have 40 KB
# https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/list
_VERSION = "api-version=2025-06-01"
# https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
_GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
_QUERY = (
    "resources | where type =~ 'microsoft.cognitiveservices/accounts' "
    "| project id, name, kind, location, sku, tags, properties"
)
_POLICY = RetryPolicy(priority=Priority.HIGH)


def keyed(scope: str) -> OperationKey:
    """What the requests are on behalf of."""
    return OperationKey(scope, "", "")


@dataclass
class AccountRounds:
    """Reads the accounts of an entry, round after round; a round is all of them or a failure."""

    entry: DiscoverResources
    client: Client
    _accounts: ItemReader[AccountBody, Account] = field(
        default_factory=lambda: ItemReader(AccountsPage)
    )
    _graph: ItemReader[AccountBody, Account] = field(default_factory=lambda: ItemReader(GraphPage))

    async def read(self) -> Sequence[Account]:
        """All accounts.

        Raises:
            Failure: they could not be read to the end.
        """
        self._accounts.begin_round()
        self._graph.begin_round()
        if self.entry.management_group is not None:
            return await self._read_graph(self.entry.management_group)
        return [account for path in self._paths() for account in await self._read_list(path)]

    def _paths(self) -> Iterator[str]:
        base = f"/subscriptions/{self.entry.subscription}"
        groups = [f"/resourceGroups/{quote(group)}" for group in self.entry.resource_groups]
        for group in groups or [""]:
            yield f"{base}{group}/providers/Microsoft.CognitiveServices/accounts?{_VERSION}"

    async def _read_list(self, path: str) -> Sequence[Account]:
        """The accounts of a list; none of a resource group that was deleted."""
        accounts: list[Account] = []
        requested: set[str] = set()
        parse = self._accounts.parsing(AccountBody.account)
        following: str | None = path
        while following:
            try:
                answer = await self.client.get(keyed(self.entry.scope), following, parse, _POLICY)
            except Gone as gone:
                if gone.details.code == "ResourceGroupNotFound" and not requested:
                    return []
                raise
            requested.add(following)
            accounts += answer.value.values
            following = self._following(answer.value, path, requested)
        return accounts

    def _following(self, page: ReadPage[Account], path: str, requested: set[str]) -> str | None:
        """The next page. A link to another host is a mistake, and is not asked for."""
        link = page.following(path)
        if link is None:
            return None
        if len(requested) >= PAGES_LIMIT:
            raise Unreadable("unreadable", f"the list has more than {PAGES_LIMIT} pages")
        if not _leads_to(self.entry.manager, link):
            raise Unreadable("unreadable", "the next link is not of Azure Resource Manager")
        return next_path(self.client.endpoint, path, link, requested)

    async def _read_graph(self, management_group: str) -> Sequence[Account]:
        accounts: list[Account] = []
        token: str | None = None
        tokens: set[str] = set()
        parse = self._graph.parsing(AccountBody.account)
        while True:
            body = _graph_body(management_group, token)
            answer = await self.client.get(keyed(self.entry.scope), _GRAPH, parse, _POLICY, body)
            accounts += answer.value.values
            page = answer.value.shape
            token = page.skip_token if isinstance(page, GraphPage) else None
            if not token:
                return accounts
            if token in tokens or len(tokens) >= PAGES_LIMIT:
                raise Unreadable("unreadable", "the list of Azure Resource Graph does not end")
            tokens.add(token)


def _graph_body(management_group: str, token: str | None) -> bytes:
    options = {"$top": _GRAPH_PAGE, "resultFormat": "objectArray"}
    content = {
        "managementGroups": [management_group],
        "query": _QUERY,
        "options": {**options, **({"$skipToken": token} if token else {})},
    }
    return json.dumps(content).encode()


def _leads_to(endpoint: str, link: str) -> bool:
    """Whether a link is relative, or has scheme, host and port of the endpoint."""
    try:
        own, other = _origin(endpoint), _origin(link)
    except ValueError:
        return False
    return other in {own, ("", None, 443)} and "@" not in urlsplit(link).netloc


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or 443
