"""Pure: an account of Azure AI services, and which accounts there are after a round."""

from collections.abc import Iterable, Mapping

from msgspec import DecodeError, Struct, msgpack
from msgspec.structs import replace

PROVISIONED = "Succeeded"


class Account(Struct, frozen=True):
    """What the exporter uses of an account.

    Attributes:
        name: as people chose it, 2 to 64 characters.
        location: in the spelling of Azure's APIs, like `westeurope`.
        domain: the label in its own host names; empty without a domain of its own.
        urls: its endpoints: those of its own domain, or else the regional one.
        apis: the exporter's APIs that it serves, by name.
        limits: requests a second to the lists of these APIs, as far as it publishes them.
        state: of its provisioning.
        ready: whether it can be asked.
        closed: why no network reaches it; empty if one may.
        has_keys: whether it accepts keys.
    """

    id: str
    name: str
    kind: str
    location: str
    sku: str
    tags: dict[str, str]
    domain: str
    urls: tuple[str, ...]
    apis: tuple[str, ...]
    limits: dict[str, float]
    state: str
    ready: bool
    closed: str
    has_keys: bool

    @property
    def key(self) -> str:
        """The id as it is compared: without case."""
        return self.id.casefold()

    @property
    def subscription(self) -> str:
        return self.id.split("/")[2].lower()

    @property
    def resource_group(self) -> str:
        return self.id.split("/")[4]


def after_round(
    earlier: Mapping[str, Account], missing: Iterable[str], read: Iterable[Account]
) -> tuple[Mapping[str, Account], frozenset[str]]:
    """The accounts after a complete round, and the keys of those that it did not have.

    An account stays until two rounds in a row did not have it. One that could be asked is asked
    while Azure changes it, until it is deleted.
    """
    now = {account.key: account for account in read}
    once_missing = earlier.keys() - now.keys() - set(missing)
    kept = {key: account for key, account in earlier.items() if key in once_missing}
    changing = {
        key
        for key, account in now.items()
        if key in earlier and earlier[key].ready and account.state.casefold() != "deleting"
    }
    now |= {key: _ready(now[key]) for key in changing}
    return {**kept, **now}, frozenset(once_missing)


def _ready(account: Account) -> Account:
    return account if account.ready else replace(account, ready=True)


encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(list[Account]).decode


def decode(content: bytes) -> Mapping[str, Account]:
    """The accounts of a list of the checkpoint, by their key; none if another version wrote it."""
    try:
        return {account.key: account for account in _decode(content)}
    except (DecodeError, TypeError):
        return {}
