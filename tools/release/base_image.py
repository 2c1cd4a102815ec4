"""The base of the exporter's image: Debian with Python, made without a registry."""

from pathlib import Path

from tools.release.commands import output

BASE = "localhost/python-base"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"

_PACKAGES = "python3,python3-venv,ca-certificates"
_SUITE = "bookworm"
_SOURCES = f"""\
deb http://deb.debian.org/debian {_SUITE} main
deb http://deb.debian.org/debian {_SUITE}-updates main
deb http://deb.debian.org/debian-security {_SUITE}-security main
"""
# Logs, caches and backups hold times; so do files that are compiled again in another order.
_FINISH = """\
set -e
apt-get update -qq
apt-get upgrade -qq -y --no-install-recommends >/dev/null
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/ldconfig/aux-cache
rm -f /var/cache/debconf/*-old
rm -f /etc/machine-id /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /var/lib/dpkg/*-old
find /var/log /tmp -mindepth 1 -delete
"""


def build_base(store: Path, run: Path, epoch: int) -> None:
    """Put the base image into a store of buildah's, with today's security updates.

    `epoch` is the time of every file in it, in seconds.
    """
    buildah = ("buildah", "--root", store, "--runroot", run)
    times = {
        "SOURCE_DATE_EPOCH": str(epoch),
        "PYTHONHASHSEED": "0",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    empty = output(*buildah, "from", "scratch")
    root = output(*buildah, "mount", empty)
    variant = ("--variant=minbase", f"--include={_PACKAGES}")
    output("debootstrap", *variant, _SUITE, root, env=times)
    (Path(root) / "etc/apt/sources.list").write_text(_SOURCES, encoding="utf-8")
    output("chroot", root, "sh", "-c", _FINISH, env=times)
    output(*buildah, "config", "--env", f"PIP_CERT={AUTHORITIES}", empty)
    output(*buildah, "commit", "--quiet", f"--timestamp={epoch}", empty, BASE)
    output(*buildah, "rm", empty)
