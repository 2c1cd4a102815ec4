"""Pure: the next page of a list. The key is sent to no other host, and no list is endless."""

from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from exporter.errors import Unreadable

PAGES_LIMIT = 1000  # pages of one list
_PORTS = {"http": 80, "https": 443}
_SAFE_CHARACTERS = "%!#$&'()*+,/:;=?@[]~"  # unchanged in a URL, like letters and digits


def next_path(endpoint: str, path: str, link: str, requested: set[str]) -> str:
    """Path and query of the page after the one at `path`, for a GET at `endpoint`.

    `link` is a URL, or relative to that page: https://www.rfc-editor.org/rfc/rfc3986#section-5
    A resource has several names, and behind a gateway its links have a name of its own: a link to
    the path of this list on another host is asked of `endpoint`, so that the key goes nowhere else.

    Azure writes a raw space into a link with a sort (recorded traffic of the Azure SDKs), which
    is not valid in a request line. `requested` are the paths of earlier requests for the list.

    Raises:
        Unreadable: the link leads elsewhere or to an earlier page, is one too many, or no URL.
    """
    try:
        parts = _resolved(endpoint + path, link.strip())
        below = _path_below(urlsplit(endpoint), urlsplit(path).path, parts)
    except ValueError:
        raise Unreadable(
            "unreadable", ("the next link of a list is not a URL; not followed")
        ) from None
    following_path = below + (f"?{parts.query}" if parts.query else "")
    following_path = quote(following_path, safe=_SAFE_CHARACTERS)
    if following_path in requested:
        raise Unreadable("unreadable", "the next link of a list leads to a page already read")
    if len(requested) >= PAGES_LIMIT:
        raise Unreadable("unreadable", f"a list has more than {PAGES_LIMIT} pages; cut there")
    return following_path


def _resolved(page_url: str, link: str) -> SplitResult:
    """The full link. A link with a scheme is full, even if it is the scheme of the page."""
    parts = urlsplit(link)
    if parts.scheme:
        return parts
    resolved = urlsplit(urljoin(page_url, link))
    if parts.netloc and _origin(resolved) != _origin(urlsplit(page_url)):
        raise _leaves("to another host without a scheme")
    return resolved


def _path_below(endpoint: SplitResult, list_path: str, link: SplitResult) -> str:
    """The path of a link below the endpoint.

    Raises:
        Unreadable: it leads elsewhere.
        ValueError: it is no URL.
    """
    if link.scheme not in _PORTS or not link.hostname:
        raise _leaves("to no host")
    if "@" in link.netloc:
        raise _leaves("with a user")
    is_own_host = _origin(link) == _origin(endpoint)
    for base in (endpoint.path, ""):
        if _same(link.path, base + list_path):
            return link.path[len(base) :]
    if not is_own_host:
        raise _leaves("to another path of another host")
    if endpoint.path and (
        not link.path.startswith(f"{endpoint.path}/") or ".." in unquote(link.path)
    ):
        raise _leaves("to a path that is not below the endpoint")
    return link.path[len(endpoint.path) :]


def _leaves(where: str) -> Unreadable:
    reason = f"the next link of a list leaves the resource, {where}; not followed"
    return Unreadable("unreadable", reason)


def _same(path: str, other: str) -> bool:
    return path.lower().rstrip("/") == other.lower().rstrip("/")


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
