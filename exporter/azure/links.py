"""Pure: the next page of a list. The key is sent to no other host, and no list is endless."""

from urllib.parse import SplitResult, quote, urljoin, urlsplit

from exporter.errors import Unreadable

PAGES_LIMIT = 1000  # pages of one list
_PORTS = {"http": 80, "https": 443}
_SAFE_CHARACTERS = "%!#$&'()*+,/:;=?@[]~"  # unchanged in a URL, like letters and digits


def next_path(endpoint: str, path: str, link: str, requested: set[str]) -> str:
    """Path and query of the page after the one at `path`, for a GET at `endpoint`.

    `link` is a URL, or relative to that page: https://www.rfc-editor.org/rfc/rfc3986#section-5

    Azure writes a raw space into a link with a sort (recorded traffic of the Azure SDKs), which
    is not valid in a request line. `requested` are the paths of earlier requests for the list.

    Raises:
        Unreadable: the link leads to another host or an earlier page, is one too many, or no URL.
    """
    try:
        parts = _resolved(endpoint + path, link.strip())
        other_host = _origin(parts) != _origin(urlsplit(endpoint))
    except ValueError:
        raise Unreadable("unreadable", "the next link of a list is no URL; not followed") from None
    if other_host:
        raise Unreadable("unreadable", "the next link of a list leaves the resource; not followed")
    following_path = parts.path + (f"?{parts.query}" if parts.query else "")
    following_path = quote(following_path, safe=_SAFE_CHARACTERS)
    if following_path in requested:
        raise Unreadable("unreadable", "the next link of a list leads to a page already read")
    if len(requested) >= PAGES_LIMIT:
        raise Unreadable("unreadable", f"a list has more than {PAGES_LIMIT} pages; cut there")
    return following_path


def _resolved(page_url: str, link: str) -> SplitResult:
    """The full link. A link with a scheme is full, even if it is the scheme of the page."""
    parts = urlsplit(link)
    return parts if parts.scheme else urlsplit(urljoin(page_url, link))


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None] | None:
    port = parts.port or _PORTS.get(parts.scheme)
    return (parts.scheme, parts.hostname, port) if "@" not in parts.netloc else None
