"""The names of the port: who says another one may have been led here by another site.

A site whose name leads to this machine, if only for a moment (DNS rebinding), would otherwise be
of the same origin as the port.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.settings.hosts import is_loopback

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


_LINK_PREFIX = web.AppKey("link_prefix", str)


def link_prefix(request: web.Request) -> str:
    """What all links of a page begin with: the path of the external URL, or the route prefix."""
    return request.config_dict.get(_LINK_PREFIX, "")


@dataclass(frozen=True)
class PortNames:
    """The names: loopback, the address that the client has reached, and that of the external URL.

    Args:
        external_url: the URL under which the port is reached; without one, the machine's own name.
        route_prefix: the path below which the port has its routes, like `/azure`; by default that
            of the external URL. A proxy that removes its path needs an empty one.
    """

    external_url: SplitResult | None = None
    machine: str = field(default_factory=socket.gethostname)
    route_prefix: str | None = None

    @property
    def prefix(self) -> str:
        """The path below which the port has its routes, without a slash at the end."""
        return self._external_path if self.route_prefix is None else self.route_prefix

    @property
    def _external_path(self) -> str:
        return self.external_url.path.rstrip("/") if self.external_url else ""

    def path_of(self, request: web.Request) -> str:
        """The path of a request below the prefix."""
        return request.path.removeprefix(self.prefix) or "/"

    def mounted(self, app: web.Application, routes: Iterable[web.RouteDef]) -> None:
        """Add these routes to an application, below the prefix; its root leads there."""
        app[_LINK_PREFIX] = self._external_path if self.external_url else self.prefix
        if not self.prefix:
            app.add_routes(routes)
            return

        async def below(_request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": f"{app[_LINK_PREFIX]}/"})

        app.add_routes([web.get("/", below), web.get(self.prefix, below)])
        mounted = web.Application()
        mounted.add_routes(routes)
        app.add_subapp(self.prefix, mounted)

    def path_back(self, request: web.Request, path: str) -> str:
        """The path of a link back to this port, by the address that `address_of` gives."""
        external = self.external_url is not None and (
            request.host == self.external_url.netloc or not self._is_own(request)
        )
        return f"{self._external_path if external else self.prefix}{path}"

    def address_of(self, request: web.Request) -> str:
        """Host and port for a link back: those that the client used, if they are the port's own."""
        if self._is_own(request):
            return request.host
        return self.external_url.netloc if self.external_url else _reached(request)[1]

    @web.middleware
    async def own_site(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what changes something, if another site may have caused it."""
        if request.method in _SAFE_METHODS:
            return await handler(request)
        if self._is_cross_site(request):
            return web.Response(text="rejected: the request comes from another site\n", status=403)
        if _is_of_browser(request) and not self._is_own(request):
            text = "rejected: unknown host name; set it with --web.external-url\n"
            return web.Response(text=text, status=403)
        return await handler(request)

    def _is_own(self, request: web.Request) -> bool:
        try:
            host = urlsplit(f"//{request.host}").hostname or ""
        except ValueError:
            return False
        external = self.external_url.hostname if self.external_url else self.machine.lower()
        return is_loopback(host) or host == external or _canonical(host) == _reached(request)[0]

    def _is_cross_site(self, request: web.Request) -> bool:
        """Whether a page of another site caused the request; other programs send no such headers.

        https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
        """
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site != "same-origin"
        origin = request.headers.get("Origin")
        own = {f"https://{request.host}", f"{request.scheme}://{request.host}"}
        if self.external_url:
            own.add(f"{self.external_url.scheme}://{self.external_url.netloc}")
        return origin is not None and origin not in own


def _is_of_browser(request: web.Request) -> bool:
    """Whether a page caused the request: browsers name its origin with each unsafe request.

    https://developer.mozilla.org/docs/Web/HTTP/Headers/Origin
    """
    return not {"Sec-Fetch-Site", "Origin"}.isdisjoint(request.headers)


def _reached(request: web.Request) -> tuple[str, str]:
    """The address of this machine that the client has reached, alone and with the port."""
    name = request.get_extra_info("sockname") or ("", 0)
    host = _canonical(str(name[0]))
    return host, f"[{host}]:{name[1]}" if ":" in host else f"{host}:{name[1]}"


def _canonical(host: str) -> str:
    """An address in its one short spelling, IPv4 without its prefix of IPv6; or a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if address.version == 6 else None  # noqa: PLR2004
    return str(mapped or address)
