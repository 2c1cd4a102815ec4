"""Basic authentication: who knows a password, at the price of one bcrypt and not of one a scrape.

A wrong password and an unknown user cost the same time. A right one is remembered, by a digest
under a key of this process; a wrong one is not, so that nobody can push the right ones out.
"""

import asyncio
import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping

import bcrypt

_REMEMBERED = 256  # right passwords; there is one for each user, until users change
_WAITING = 32  # checks that may wait, some 2 s at the usual cost
_LONGEST = 72  # bytes of a password that bcrypt looks at


class BusyError(Exception):
    """Too many passwords wait to be checked."""


class Users:
    """Checks passwords one at a time, off the event loop."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._secret = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}

    async def know(self, hashes: Mapping[str, str], credentials: tuple[str, bytes]) -> bool:
        """Whether the password is that of the user.

        Raises:
            BusyError: there are too many to check.
        """
        user, password = credentials
        hashed = hashes.get(user)
        mark = self._mark(user, hashed or "", password)
        if mark in self._right:
            return True
        if self._waiting >= _WAITING:
            raise BusyError
        self._waiting += 1
        try:
            async with self._turn:
                if mark in self._right:
                    return True
                most = max(map(_cost, hashes.values()))
                right = await asyncio.to_thread(matches, hashed, password, most)
        finally:
            self._waiting -= 1
        if right:
            self._right[mark] = None
            if len(self._right) > _REMEMBERED:
                del self._right[next(iter(self._right))]
        return right

    def _mark(self, user: str, hashed: str, password: bytes) -> bytes:
        """Of the hash, too: another password for a user is in force at once."""
        digest = hmac.new(self._secret, digestmod="sha256")
        for part in (user.encode(errors="surrogateescape"), hashed.encode(), password):
            digest.update(len(part).to_bytes(8) + part)
        return digest.digest()


def matches(hashed: str | None, password: bytes, most: int) -> bool:
    """Whether the password has this hash; with no hash it takes as long, and is False.

    Args:
        hashed: bcrypt's own, or None for somebody who is no user.
        password: what was sent.
        most: the highest cost of all hashes; what a hash costs less is made up for.
    """
    password = password[:_LONGEST]
    own = _cost(hashed) if hashed else most
    right = bcrypt.checkpw(password, (hashed or _nobodys(own)).encode())
    for cost in range(own, most):  # 2^own, and as much again up to 2^most
        bcrypt.checkpw(password, _nobodys(cost).encode())
    return right and hashed is not None


def _cost(hashed: str) -> int:
    return int(hashed.split("$")[2])


def _nobodys(cost: int) -> str:
    return f"$2b${cost:02}${'.' * 53}"


def credentials(header: str) -> tuple[str, bytes] | None:
    """User and password of an `Authorization: Basic …`; None where there are none.

    https://www.rfc-editor.org/rfc/rfc7617
    """
    scheme, _, written = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(written.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (user.decode(errors="surrogateescape"), password) if colon else None
