"""What stands between the network and the routes: TLS, users, headers, and limits."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.files import Stamp, stamps
from exporter.settings.yaml_file import ConfigError, Problem
from exporter.telemetry.logs import logger
from exporter.telemetry.metrics import Telemetry
from exporter.web.port.connection import HEADERS, PortConnection, tell_of_requests
from exporter.web.port.connections import Connections, Encryption
from exporter.web.port.progress import PortLimits
from exporter.web.port.users import BusyError, Users, credentials
from exporter.web.port.web_config import WebConfig, load_web

WATCH = 2.0  # seconds between two looks at the files

_HEALTH = ("/-/healthy", "/-/ready")
# Each answers for all operations, or costs Azure a request.
_SCRAPES = ("/metrics", "/probe", "/", "/api/v1/operations", "/sd")

_ONLY_WITH_TLS = "Strict-Transport-Security"
_ASK = {"WWW-Authenticate": 'Basic realm="azure-ai-exporter", charset="UTF-8"'}


@dataclass(frozen=True)
class Protection:
    """What the command line says of the port.

    Args:
        path: of the file that `config` is from, to be watched.
        open_health: whether probes of health need no user.
    """

    path: Path | None = None
    config: WebConfig = field(default_factory=WebConfig)
    open_health: bool = False
    limits: PortLimits = field(default_factory=PortLimits)


class Guard:
    """Lets in whom the web configuration lets in, as it is now."""

    def __init__(self, protection: Protection, telemetry: Telemetry) -> None:
        self._path = protection.path
        self._config = protection.config
        self._open_health = protection.open_health
        self._limits = protection.limits
        self._telemetry = telemetry
        self._users = Users()
        self._scrapes = dict.fromkeys(_SCRAPES, 0)
        self._bad: list[Problem] = []
        self._seen = self._looked()
        self.connections = Connections(self._limits, self._encryption, telemetry.exporter.refused)

    @property
    def scheme(self) -> str:
        """`https` or `http`."""
        return "https" if self._config.tls_server_config else "http"

    def protect(self, application: web.Application) -> web.Application:
        """The same, behind users and limits, with the headers on every answer."""
        for middleware in (
            self._limit,
            self._admit,
        ):  # before all others: what they do is for users
            application.middlewares.insert(0, middleware)
        application.on_response_prepare.append(self._add_headers)
        return application

    def serving(self, server: web.Server) -> Callable[[], PortConnection]:
        """Makes the connection of each new client, to hand its requests to the server."""
        tell_of_requests(server)
        return lambda: PortConnection(server, self.connections)

    async def watch(self) -> None:
        """Look at the files now and then, until cancelled.

        New connections get new certificates; users are in force at once.
        """
        while self._path:
            await asyncio.sleep(WATCH)
            seen = self._looked()
            if self._bad or seen != self._seen:
                self._seen = seen
                await self._load(self._path)

    async def _load(self, path: Path) -> None:
        try:
            self._config = await asyncio.to_thread(load_web, path)
        except ConfigError as error:
            self._telemetry.exporter.web_loaded(successful=False)
            for problem in error.problems:
                if problem not in self._bad:
                    logger().error("web configuration not loaded", problem=str(problem))
            self._bad = error.problems
        else:
            self._bad = []
            self._telemetry.exporter.web_loaded(successful=True)
            users = len(self._config.basic_auth_users)
            logger().info("web configuration loaded", scheme=self.scheme, users=users)

    def _looked(self) -> Mapping[Path, Stamp | None]:
        files = (self._path, *self._config.files) if self._path else ()
        return stamps(files)

    def _encryption(self) -> Encryption | None:
        tls = self._config.tls_server_config
        return Encryption(tls.context, tls.allowed_names) if tls else None

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Users only, where there are any."""
        users = self._config.basic_auth_users
        if not users or (self._open_health and request.path in _HEALTH):
            return await handler(request)
        said = credentials(request.headers.get("Authorization", ""))
        try:
            known = said is not None and await self._users.know(users, said)
        except BusyError:
            return self._refuse("users", 503, "too many passwords are being checked\n")
        if not known:
            return self._refuse("users", 401, "say who you are\n", _ASK)
        return await handler(request)

    @web.middleware
    async def _limit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """So many scrapes at once, so many probes, and so on."""
        path, most = request.path, self._limits.scrapes
        if path not in self._scrapes:
            return await handler(request)
        if self._scrapes[path] >= most and not self.connections.make_room(path):
            text = f"{most} requests for {path} are under way; try again later\n"
            return self._refuse("scrapes", 503, text)
        self._scrapes[path] += 1
        try:
            return await handler(request)
        finally:
            self._scrapes[path] -= 1

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
            if value and (request.secure or name != _ONLY_WITH_TLS):
                answer.headers[name] = value
            else:
                answer.headers.popall(name, None)
