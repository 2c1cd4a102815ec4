"""Which gateway answers a request: Azure Resource Manager, an account, or the one resource."""

from collections.abc import Mapping
from dataclasses import replace

from exporter.simulator.azure import Azure
from exporter.simulator.faults.breakage import Gateway
from exporter.simulator.manager.account_gateway import AccountGateway
from exporter.simulator.manager.resource_manager import ResourceManager, is_managed
from exporter.simulator.manager.tenant import Tenant
from exporter.simulator.messages import Request
from exporter.simulator.show.workday import Workday

_ACCOUNTS = "/accounts/"


class Directory:
    """A tenant, and what its accounts serve.

    Args:
        azures: the services of each account, by its name.
        workdays: bring work to an account, by its name.
    """

    def __init__(
        self,
        tenant: Tenant,
        azures: Mapping[str, Azure],
        workdays: Mapping[str, Workday] | None = None,
        seed: int = 0,
    ) -> None:
        self.tenant = tenant
        self.workdays = [(azures[name], day) for name, day in (workdays or {}).items()]
        self._azures = azures
        self._manager = ResourceManager(tenant, seed)

    def gateway(self, request: Request, now: float) -> tuple[Gateway, Request] | None:
        """Who answers, and the request as its services see it; None: the one resource."""
        if is_managed(request.path):
            return self._manager, request
        if not request.path.startswith(_ACCOUNTS):
            return None
        name, slash, rest = request.path.removeprefix(_ACCOUNTS).partition("/")
        account = self.tenant.account(name, now)
        azure = self._azures.get(name)
        if account is None or azure is None:
            return None
        origin = f"{request.origin}{_ACCOUNTS}{name}"
        below = replace(request, origin=origin, path=f"{slash}{rest}")
        return AccountGateway(account, azure), below
