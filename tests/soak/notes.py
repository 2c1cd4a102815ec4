"""What is noted of the exporter each half minute, as lines of a table."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Note:
    """Half a minute: minutes since the start, MB, percent, milliseconds of scrapes, and counts.

    Attributes:
        descriptors, tasks: the least of the half minute, because requests come and go.
        followed: operations that have a task of their own, which is not among the tasks.
        to_azure: the most connections to Azure, which are not among the descriptors.
        operations: those that are shown.
        wrong: operations of the first resource with a state or a charge that they never had.
        slowest, own: of the slowest scrape, and without its waiting for a processor.
        late: how late the scrapers woke at most.
        handshakes, checks, rotations: since the start.
        faults: the part of Azure's answers with a fault, %.
        cpu: of one processor, %, that the exporter took.
        load: how many programs of the machine wanted a processor.
        kind: of the faults.
    """

    minute: float
    resident: float
    threads: int
    descriptors: int
    to_azure: int
    tasks: int
    followed: int
    series: int
    operations: int
    wrong: int
    failed: int
    slowest: float
    own: float
    late: float
    handshakes: int
    checks: int
    rotations: int
    faults: float
    cpu: float
    load: float
    kind: str
    seconds: Sequence[float] = field(repr=False)
    own_seconds: Sequence[float] = field(repr=False)

    def row(self) -> str:
        """The note as a line under `HEAD`."""
        return " ".join(
            _cell(getattr(self, each.name), _width(each.name)) for each in fields(self)[:-2]
        )


def _width(name: str) -> int:
    return max(6, len(name))


HEAD = " ".join(f"{each.name:>{_width(each.name)}}" for each in fields(Note)[:-2])


def _cell(value: object, width: int) -> str:
    return f"{value:{width}.1f}" if isinstance(value, float) else f"{value:>{width}}"


@dataclass(frozen=True)
class Measured:
    """A process; memory in MB, seconds of a processor since it began, and its own two counts."""

    resident: float
    threads: int
    descriptors: int
    to_azure: int
    cpu: float
    tasks: int
    followed: int


def measured(pid: int, azure: Collection[int], told: Path) -> Measured:
    """What the system says of a process, whose connections to these ports count by themselves.

    In the file `told` it has written the other counts.
    """
    tasks, followed = map(int, told.read_text().split())
    proc = Path(f"/proc/{pid}")
    status = (proc / "status").read_text()
    connections = (proc / "net" / "tcp").read_text().splitlines()[1:]
    sockets = {f"socket:[{inode}]" for inode in _to(connections, azure)}
    links = []
    for each in (proc / "fd").iterdir():
        try:
            links.append(str(each.readlink()))
        except OSError:  # closed meanwhile
            continue
    to_azure = sum(link in sockets for link in links)
    times = (proc / "stat").read_text().rpartition(")")[2].split()[11:13]
    return Measured(
        resident=_number("VmRSS", status) / 1024,
        threads=_number("Threads", status),
        descriptors=len(links) - to_azure,
        to_azure=to_azure,
        cpu=sum(map(int, times)) / _TICKS,
        tasks=tasks,
        followed=followed,
    )


def _to(connections: Iterable[str], ports: Collection[int]) -> Iterator[str]:
    """The inodes of connections: https://docs.kernel.org/networking/proc_net_tcp.html."""
    for connection in connections:
        _, _, remote, *_, inode = connection.split()[:10]
        if int(remote.rpartition(":")[2], 16) in ports:
            yield inode


def load() -> float:
    """How many programs of the whole machine want a processor."""
    return os.getloadavg()[0]


def series(text: str) -> int:
    """How many samples a scrape has."""
    return sum(bool(line) and not line.startswith("#") for line in text.splitlines())


def _number(name: str, text: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", text)
    return int(found[1]) if found else 0
