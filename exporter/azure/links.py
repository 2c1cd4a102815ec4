"""Pure: where a list goes on, so that the key goes nowhere else and no list is endless."""

from urllib.parse import quote, urlsplit

from exporter.errors import Unreadable

PAGES_LIMIT = 1000  # pages of one list
_PORTS = {"http": 80, "https": 443}
_AS_IT_IS = "%!#$&'()*+,/:;=?@[]~"  # what a URL may hold unchanged, besides letters and digits


def next_path(endpoint: str, link: str, asked: set[str]) -> str:
    """Path and query of the next page, as a GET of `endpoint` asks for it.

    Azure writes a raw space into a link with a sort (recorded traffic of the Azure SDKs), which
    no request line may hold. `asked` are the paths that were asked for before.

    Raises:
        Unreadable: the link leads to another host, or in a circle, or never ends.
    """
    if _origin(link) != _origin(endpoint):
        raise Unreadable("unreadable", "the next link of a list leaves the resource; not followed")
    parts = urlsplit(link.strip())
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    path = quote(path, safe=_AS_IT_IS)
    if path in asked:
        raise Unreadable("unreadable", "the next link of a list leads to a page already read")
    if len(asked) >= PAGES_LIMIT:
        raise Unreadable("unreadable", f"a list has more than {PAGES_LIMIT} pages; cut there")
    return path


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url.strip())
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if "@" not in parts.netloc else None
