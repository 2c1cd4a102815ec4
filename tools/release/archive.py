"""Archives that are the same whenever they are made."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path


def set_times(archive: Path, epoch: int) -> None:
    """Write a `.tar.gz` again: sorted, each member with this time, in seconds, and no owner."""
    written = io.BytesIO()
    with (
        tarfile.open(archive) as old,
        gzip.GzipFile(filename="", fileobj=written, mode="wb", mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            new.addfile(_plain(member, epoch), old.extractfile(member) if member.isreg() else None)
    archive.write_bytes(written.getvalue())


def _plain(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
    member.pax_headers = {}
    executable = member.isdir() or member.mode & 0o100
    member.mode = 0o755 if executable else 0o644
    return member


def members(archive: Path) -> Iterator[str]:
    """The files of an archive, without the folder that holds all of them."""
    with tarfile.open(archive) as opened:
        yield from (each.name.partition("/")[2] for each in opened if not each.isdir())
