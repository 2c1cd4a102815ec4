"""Pure: which hosts are this machine."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether what is sent to this host name or address stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, whatever it begins with
        return host == "localhost"


def leads_to_loopback(url: str) -> bool:
    """The same for the host of a URL."""
    return is_loopback(urlsplit(url).hostname or "")
