"""Pure: the names of resources that were found."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2s

from exporter.accounts.account import Account

_LIMIT = 63  # characters of the name of a resource


def names(accounts: Iterable[Account], taken: Collection[str]) -> Mapping[str, str]:
    """The name of each account's resource, by the account's key.

    It is the account's own, and with eight hex digits of its id's hash where it is `taken`, too
    long, or shared by several accounts.
    """
    by_key = {account.key: account.name for account in accounts}
    counts = Counter(by_key.values())
    hashed = {
        key: _with_hash(name, key)
        for key, name in by_key.items()
        if counts[name] > 1 or name in taken or len(name) > _LIMIT or not _is_name(name)
    }
    used = {*taken, *hashed.values()}
    return {
        key: hashed.get(key) or (_with_hash(name, key) if name in used else name)
        for key, name in by_key.items()
    }


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]*", name, re.ASCII) is not None


def _with_hash(name: str, key: str) -> str:
    plain = re.sub(r"[^a-zA-Z0-9._-]", "_", name, flags=re.ASCII).lstrip("._-") or "account"
    digits = blake2s(key.encode(), digest_size=4).hexdigest()
    return f"{plain[: _LIMIT - len(digits) - 1]}-{digits}"
