"""The process that listens on a port, where Linux shows it to this user.

https://docs.kernel.org/networking/proc_net_tcp.html
"""

from collections.abc import Iterator
from pathlib import Path

_LISTEN = "0A"
_PROC = Path("/proc")


def port_owner(port: int) -> str | None:
    """Such as `prometheus (process 812)`; None if it is not known."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not sockets:
        return None
    for process in _PROC.glob("[0-9]*"):
        try:
            if any(str(fd.readlink()) in sockets for fd in (process / "fd").iterdir()):
                return f"{_name(process)} (process {process.name})"
        except OSError:  # of another user, or it has ended
            continue
    return None


def _name(process: Path) -> str:
    """The program of a process; Linux keeps 15 characters of its name, the command line has all."""
    name = (process / "comm").read_text().strip()
    words = (process / "cmdline").read_text().split("\0")
    return next((Path(word).name for word in words if Path(word).name.startswith(name)), name)


def _listening_inodes(port: int) -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        try:
            lines = (_PROC / "net" / name).read_text().splitlines()[1:]
        except OSError:  # not Linux
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]
