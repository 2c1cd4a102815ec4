"""Protects the routes of the port: TLS, users, headers, and limits."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.files import threads
from exporter.files.stamps import current_stamps, stamps
from exporter.settings.yaml_file import ConfigError, Problem
from exporter.telemetry.logs import logger
from exporter.telemetry.metrics import Telemetry
from exporter.web.port.connection import HEADERS, PortConnection, track_requests
from exporter.web.port.connections import Connections, Encryption
from exporter.web.port.names import PortNames
from exporter.web.port.progress import PortLimits
from exporter.web.port.tls_connection import TlsConnection
from exporter.web.port.users import BusyError, Users, credentials
from exporter.web.port.web_config import WebConfig, load_web

CHECK_SECONDS = 2.0  # between two checks of the files

_HEALTH_PATHS = ("/-/healthy", "/-/ready")
# An answer holds all operations, or sends a request to Azure.
_LIMITED_PATHS = ("/metrics", "/probe", "/", "/api/v1/operations", "/sd")

_TLS_ONLY_HEADER = "Strict-Transport-Security"
_AUTHENTICATE = {"WWW-Authenticate": 'Basic realm="azure-ai-exporter", charset="UTF-8"'}


@dataclass(frozen=True)
class Protection:
    """The port's protection, as the command line sets it.

    Args:
        path: the file that `config` was read from; it is checked for changes.
        open_health: whether health probes need no user.
    """

    path: Path | None = None
    config: WebConfig = field(default_factory=WebConfig)
    open_health: bool = False
    limits: PortLimits = field(default_factory=PortLimits)


class Guard:
    """Applies the current web configuration to connections and requests."""

    def __init__(
        self, protection: Protection, telemetry: Telemetry, names: PortNames | None = None
    ) -> None:
        self._names = names or PortNames()
        self._path = protection.path
        self._config = protection.config
        self._open_health = protection.open_health
        self._limits = protection.limits
        self._telemetry = telemetry
        self._users = Users()
        self._requests = dict.fromkeys(_LIMITED_PATHS, 0)
        self._problems: list[Problem] = []
        self._stamps = stamps(self._files)
        self.connections = Connections(self._limits, telemetry.exporter.refused)

    @property
    def scheme(self) -> str:
        """`https` or `http`."""
        return "https" if self._config.tls_server_config else "http"

    def protect(self, application: web.Application) -> web.Application:
        """The same application, with users, limits, and the headers of every answer."""
        # These come before all other middlewares, which only users may reach.
        for middleware in (self._limit, self._authenticate):
            application.middlewares.insert(0, middleware)
        application.on_response_prepare.append(self._add_headers)
        return application

    def serving(self, server: web.Server) -> Callable[[], asyncio.Protocol]:
        """The factory of connections: each hands the requests of one client to the server."""
        track_requests(server)

        def http() -> PortConnection:
            return PortConnection(server, self.connections)

        def connection() -> asyncio.Protocol:
            encryption = self._encryption()
            return TlsConnection(encryption, self.connections, http) if encryption else http()

        return connection

    async def watch(self) -> None:
        """Check the files for changes, until cancelled.

        New certificates apply to new connections, users to the next request.
        """
        while self._path:
            await asyncio.sleep(CHECK_SECONDS)
            current = await current_stamps(self._files)
            if self._problems or current != self._stamps:
                self._stamps = current
                await self._load(self._path)

    async def _load(self, path: Path) -> None:
        try:
            self._config = await threads.run(lambda: load_web(path))
        except ConfigError as error:
            self._telemetry.exporter.web_loaded(successful=False)
            for problem in error.problems:
                if problem not in self._problems:
                    logger().error("web configuration not loaded", problem=str(problem))
            self._problems = error.problems
        else:
            self._problems = []
            self._telemetry.exporter.web_loaded(successful=True)
            users = len(self._config.basic_auth_users)
            logger().info("web configuration loaded", scheme=self.scheme, users=users)

    @property
    def _files(self) -> tuple[Path, ...]:
        return (self._path, *self._config.files) if self._path else ()

    def _encryption(self) -> Encryption | None:
        tls = self._config.tls_server_config
        return Encryption(tls.context, tls.allowed_names) if tls else None

    @web.middleware
    async def _authenticate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse a request without a valid user, if users are configured."""
        users = self._config.basic_auth_users
        if not users or (self._open_health and self._names.path_of(request) in _HEALTH_PATHS):
            return await handler(request)
        credentials_sent = credentials(request.headers.get("Authorization", ""))
        try:
            authenticated = credentials_sent is not None and await self._users.authenticate(
                users, credentials_sent
            )
        except BusyError:
            return self._refuse("users", 503, "too many logins at the same time; try again later\n")
        if not authenticated:
            return self._refuse("users", 401, "authentication is required\n", _AUTHENTICATE)
        return await handler(request)

    @web.middleware
    async def _limit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Limit how many requests for each path are answered at a time."""
        path, limit = self._names.path_of(request), self._limits.scrapes
        if path not in self._requests:
            return await handler(request)
        if self._requests[path] >= limit and not self.connections.make_room(request.path):
            text = f"{limit} requests for {path} are in progress; try again later\n"
            return self._refuse("scrapes", 503, text)
        self._requests[path] += 1
        try:
            return await handler(request)
        finally:
            self._requests[path] -= 1

    def _refuse(
        self, reason: str, status: int, text: str, headers: dict[str, str] | None = None
    ) -> web.Response:
        self._telemetry.exporter.refused(reason)
        return web.Response(status=status, text=text, headers=headers)

    async def _add_headers(self, request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Server"] = HEADERS["Server"]
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        for name, value in self._config.http_server_config.headers.items():
            if value and (request.secure or name != _TLS_ONLY_HEADER):
                answer.headers[name] = value
            else:
                answer.headers.popall(name, None)
