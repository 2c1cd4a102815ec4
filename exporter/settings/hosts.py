"""Pure: which hosts mean this machine."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether this host name or address means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, not an address
        return host == "localhost"


def leads_to_loopback(url: str) -> bool:
    """Whether the host of a URL means this machine."""
    return is_loopback(urlsplit(url).hostname or "")
