"""Pure: which of several exporters polls an operation, without asking the others.

The operations are shared as kube-state-metrics shares objects: every exporter has the same
configuration, its own number and the total number.
https://github.com/kubernetes/kube-state-metrics#horizontal-sharding
"""

import re
from dataclasses import dataclass
from hashlib import blake2s

_Key = tuple[str, str, str]  # an OperationKey, whose module would slow down `--help`


@dataclass(frozen=True)
class Shard:
    """One share of the work: number `index`, from 0, of `total`."""

    index: int = 0
    total: int = 1

    def owns(self, key: _Key) -> bool:
        """Whether the operation belongs to this shard; it belongs to exactly one."""
        return self.total == 1 or _jump(_hash(key), self.total) == self.index


ALONE = Shard()


def _hash(key: _Key) -> int:
    """64 bits that are the same in every process, unlike Python's `hash`."""
    return int.from_bytes(blake2s("/".join(key).encode(), digest_size=8).digest())


def _jump(hashed: int, total: int) -> int:
    """The number from 0 to `total` - 1 that a hash belongs to.

    With one more shard, 1 / (total + 1) of all hashes move, all of them to the new one.
    Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm",
    https://arxiv.org/abs/1406.2294
    """
    number, jump = 0, 0
    while jump < total:
        number = jump
        hashed = (hashed * 2862933555777941757 + 1) % 2**64
        jump = int((number + 1) * 2**31 / ((hashed >> 33) + 1))
    return number


def ordinal(pod: str) -> int:
    """The number of a StatefulSet's pod: 3 for `exporter-3`.

    Raises:
        ValueError: it is not the name of a StatefulSet's pod.
    """
    match = re.fullmatch(r".+-(0|[1-9][0-9]{0,8})", pod.partition(".")[0], re.ASCII)
    if not match:
        raise ValueError(f"{pod[:253]!r} is not the name of a StatefulSet's pod, like exporter-0")
    return int(match[1])
