"""The bill of materials of an image."""

from tools.release.sbom import debian_packages

STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u13
Description: GNU C Library: Shared libraries
 Contains the standard libraries.
Conffiles:
 /etc/ld.so.conf.d/x.conf 0

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1
Description: was here

Package: passwd
Status: install ok installed
Architecture: amd64
Version: 1:4.13+dfsg1-1
Description: change and administer passwords
"""


def test_debian_packages_are_named() -> None:
    """Those that are installed, each with a package URL in which nothing is ambiguous."""
    libc, passwd = debian_packages(STATUS)
    assert libc == {
        "bom-ref": "pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64",
        "type": "library",
        "name": "libc6",
        "version": "2.36-9+deb12u13",
        "description": "GNU C Library: Shared libraries",
        "purl": "pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64",
    }
    assert isinstance(passwd, dict)
    assert passwd["purl"] == "pkg:deb/debian/passwd@1%3A4.13%2Bdfsg1-1?arch=amd64"
