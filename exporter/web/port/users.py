"""Basic authentication: each password is checked with bcrypt once, not at each scrape.

A wrong password and an unknown user take the same time. A valid password is kept as a digest with
a key of this process. A wrong one is not kept, so that an attacker cannot displace valid ones.
"""

import asyncio
import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping

_MOST_KEPT = 256  # valid passwords; one for each user, until users change
_MOST_WAITING = 32  # checks in the queue, about 2 s at the usual cost
_MOST_BYTES = 72  # of a password; bcrypt ignores the rest


class BusyError(Exception):
    """Too many passwords are waiting for their check."""


class Users:
    """Checks passwords one at a time, off the event loop."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._secret = secrets.token_bytes(32)
        self._valid_digests: dict[bytes, None] = {}

    async def authenticate(self, hashes: Mapping[str, str], credentials: tuple[str, bytes]) -> bool:
        """Whether the password is that of the user.

        Raises:
            BusyError: too many passwords are waiting for their check.
        """
        user, password = credentials
        hashed = hashes.get(user)
        digest = self._digest(user, hashed or "", password)
        if digest in self._valid_digests:
            return True
        if self._waiting >= _MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            async with self._lock:
                if digest in self._valid_digests:
                    return True
                highest_cost = max(map(_cost, hashes.values()))
                valid = await asyncio.to_thread(matches, hashed, password, highest_cost)
        finally:
            self._waiting -= 1
        if valid:
            self._valid_digests[digest] = None
            if len(self._valid_digests) > _MOST_KEPT:
                del self._valid_digests[next(iter(self._valid_digests))]
        return valid

    def _digest(self, user: str, hashed: str, password: bytes) -> bytes:
        """It covers the hash, so that a new hash for a user applies at once."""
        digest = hmac.new(self._secret, digestmod="sha256")
        for part in (user.encode(errors="surrogateescape"), hashed.encode(), password):
            digest.update(len(part).to_bytes(8) + part)
        return digest.digest()


def matches(hashed: str | None, password: bytes, highest_cost: int) -> bool:
    """Whether the password has this hash. Without a hash it is False, after the same time.

    Args:
        hashed: bcrypt's format, or None for an unknown user.
        password: the password of the request.
        highest_cost: of all hashes. A hash of a lower cost takes the same time, by further checks.
    """
    import bcrypt  # noqa: PLC0415  0.4 MB, and many ports have no users

    password = password[:_MOST_BYTES]
    own_cost = _cost(hashed) if hashed else highest_cost
    valid = bcrypt.checkpw(password, (hashed or _dummy_hash(own_cost)).encode())
    for cost in range(own_cost, highest_cost):  # adds up to 2^highest_cost
        bcrypt.checkpw(password, _dummy_hash(cost).encode())
    return valid and hashed is not None


def _cost(hashed: str) -> int:
    return int(hashed.split("$")[2])


def _dummy_hash(cost: int) -> str:
    return f"$2b${cost:02}${'.' * 53}"


def credentials(header: str) -> tuple[str, bytes] | None:
    """User and password of an `Authorization: Basic …` header; None if it is no such header.

    https://www.rfc-editor.org/rfc/rfc7617
    """
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (user.decode(errors="surrogateescape"), password) if colon else None
