"""Pure: where a list goes on, so that the key goes nowhere else and no list is endless."""

from urllib.parse import SplitResult, quote, urljoin, urlsplit

from exporter.errors import Unreadable

PAGES_LIMIT = 1000  # pages of one list
_PORTS = {"http": 80, "https": 443}
_AS_IT_IS = "%!#$&'()*+,/:;=?@[]~"  # what a URL may hold unchanged, besides letters and digits


def next_path(endpoint: str, path: str, link: str, asked: set[str]) -> str:
    """Path and query of the page after the one at `path`, as a GET of `endpoint` asks for it.

    `link` is a URL, or relative to that page's: https://www.rfc-editor.org/rfc/rfc3986#section-5

    Azure writes a raw space into a link with a sort (recorded traffic of the Azure SDKs), which
    no request line may hold. `asked` are the paths that were asked for before.

    Raises:
        Unreadable: the link leads to another host, or in a circle, or never ends, or is no URL.
    """
    try:
        parts = _resolved(endpoint + path, link.strip())
        leaves = _origin(parts) != _origin(urlsplit(endpoint))
    except ValueError:
        raise Unreadable("unreadable", "the next link of a list is no URL; not followed") from None
    if leaves:
        raise Unreadable("unreadable", "the next link of a list leaves the resource; not followed")
    following = parts.path + (f"?{parts.query}" if parts.query else "")
    following = quote(following, safe=_AS_IT_IS)
    if following in asked:
        raise Unreadable("unreadable", "the next link of a list leads to a page already read")
    if len(asked) >= PAGES_LIMIT:
        raise Unreadable("unreadable", f"a list has more than {PAGES_LIMIT} pages; cut there")
    return following


def _resolved(page: str, link: str) -> SplitResult:
    """The link in full. One with a scheme is complete, even if it is that of the page."""
    parts = urlsplit(link)
    return parts if parts.scheme else urlsplit(urljoin(page, link))


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None] | None:
    port = parts.port or _PORTS.get(parts.scheme)
    return (parts.scheme, parts.hostname, port) if "@" not in parts.netloc else None
