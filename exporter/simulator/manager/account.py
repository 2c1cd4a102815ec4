"""Accounts of Azure AI services, as somebody has made them in a subscription."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Literal

PROVIDER = "Microsoft.CognitiveServices"


@dataclass(frozen=True, kw_only=True)
class Account:
    """One account.

    Attributes:
        endpoint: where it is served; None: below `/accounts/` of the simulator, or in its region
            if it has no domain of its own.
        domain: its own domain, without which it accepts no tokens.
        disable_local_auth: whether keys are refused; None: never set, and absent in answers.
        network: the action of its networkAcls; None: never set.
        from_, until: Unix seconds between which it is there.
    """

    name: str
    subscription: str
    group: str = "rg-ai"
    kind: str = "AIServices"
    location: str = "westeurope"
    sku: str = "S0"
    tags: Mapping[str, str] = field(default_factory=dict)
    endpoint: str | None = None
    domain: str | None = ""
    disable_local_auth: bool | None = None
    public_network_access: Literal["Enabled", "Disabled"] = "Enabled"
    network: Literal["Allow", "Deny"] | None = None
    provisioning_state: str = "Succeeded"
    from_: float = 0.0
    until: float = inf

    @property
    def id(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/{PROVIDER}/accounts/{self.name}"
        )

    @property
    def own_domain(self) -> str | None:
        """Its domain, which is its name if nothing else was said."""
        return self.name if self.domain == "" else self.domain

    def url(self, origin: str) -> str:
        """Its endpoint, with a slash at its end; `origin` is the simulator's."""
        if self.endpoint is not None:
            return self.endpoint.rstrip("/") + "/"
        if self.own_domain is None:
            return f"https://{self.location}.api.cognitive.microsoft.com/"
        return f"{origin}/accounts/{self.name}/"

    def exists(self, now: float) -> bool:
        return self.from_ <= now < self.until
