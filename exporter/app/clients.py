"""One client for each resource, for one configuration after another."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from exporter.azure.auth.entra import Entra
from exporter.azure.auth.keys import credential
from exporter.azure.auth.secret import Credential
from exporter.azure.budget import Budget
from exporter.azure.client import Client
from exporter.azure.exchange import Exchange
from exporter.azure.transport import Tls
from exporter.config.plan import Plan, ResourceConnection
from exporter.telemetry.metrics import Telemetry


class _TokenUse(NamedTuple):
    """Who asks for tokens, for whom, and how; resources that are alike in this share them."""

    entra: Entra
    scope: str
    tls: Tls | None
    tls_digest: bytes
    proxy: str | None


class Clients(Mapping[str, Client]):
    """The clients of the current configuration, by the name of their resource.

    Args:
        observe: called with every exchange.
        clock: Unix seconds.
    """

    def __init__(
        self, observe: Callable[[Exchange], None], clock: Callable[[], float], telemetry: Telemetry
    ) -> None:
        self._observe = observe
        self._clock = clock
        self._telemetry = telemetry
        self._clients: dict[str, Client] = {}
        self._tokens: dict[_TokenUse, Credential] = {}

    def __getitem__(self, resource: str) -> Client:
        return self._clients[resource]

    def __iter__(self) -> Iterator[str]:
        return iter(self._clients)

    def __len__(self) -> int:
        return len(self._clients)

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()

    def connect(
        self, before: Plan, after: Plan, wake: Callable[[str], None]
    ) -> Mapping[str, Client]:
        """Make the new clients; returns the clients that are not used any more, by resource.

        `wake` is called with each resource that refused its key, which may be new.
        """
        kept = {
            name: client
            for name, client in self._clients.items()
            if after.connections.get(name) == before.connections[name]
        }
        replaced = {name: old for name, old in self._clients.items() if name not in kept}
        uses = set(map(_token_use, after.connections.values()))
        self._tokens = {use: shared for use, shared in self._tokens.items() if use in uses}
        new = {
            name: self._client(connection)
            for name, connection in after.connections.items()
            if name not in kept
        }
        for name, client in kept.items():
            client.budget.limit(after.connections[name].limits)
            client.renew()
            if client.breaker.refusing:
                wake(name)
        self._clients = kept | new
        for name, client in new.items():
            client.open()
            watch = self._telemetry.requests.watch
            watch(name, client.breaker, client.budget, client.credential)
        for name in replaced.keys() - new.keys():
            self._telemetry.requests.unwatch(name)
        return replaced

    def _client(self, connection: ResourceConnection) -> Client:
        poll = connection.poll
        return Client(
            connection.endpoint,
            self._credential(connection),
            Budget(poll.requests_per_second, poll.concurrency, connection.limits),
            key_headers=connection.key_headers,
            timeout=poll.timeout,
            observe=self._observe,
            clock=self._clock,
            tls=connection.tls,
            proxy=connection.proxy,
        )

    def _credential(self, connection: ResourceConnection) -> Credential:
        """The credential; tokens are shared, or each of many resources would log in."""
        use = _token_use(connection)
        if use is None:
            return credential(connection.auth, connection.endpoint)
        if use not in self._tokens:
            self._tokens[use] = credential(connection.auth, connection.endpoint)
        return self._tokens[use]


def _token_use(connection: ResourceConnection) -> _TokenUse | None:
    """None for a resource with keys."""
    entra = connection.auth.entra
    if entra is None:
        return None
    scope = entra.azure_cloud.scope_at(connection.endpoint)
    return _TokenUse(entra, scope, connection.tls, connection.tls_digest, connection.proxy)
