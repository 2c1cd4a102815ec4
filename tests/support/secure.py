"""Local servers: one with TLS, one that issues tokens, one that checks credentials, a proxy."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import trustme
from aiohttp import web

from exporter.simulator.server import DEFAULT_KEY

TENANT = "contoso.example"
CLIENT = "11111111-2222-3333-4444-555555555555"
SECRET = "s3cret-of-the-application"  # noqa: S105  planted, and searched for


@dataclass
class Authority:
    """A certificate authority, and the files that configurations name."""

    folder: Path
    ca: trustme.CA = field(default_factory=trustme.CA)

    @property
    def ca_file(self) -> str:
        path = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(path)
        return str(path)

    def server(self, name: str = "127.0.0.1", until: datetime | None = None) -> ssl.SSLContext:
        """The TLS of a server with this name, with a certificate that is valid until `until`."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.ca.issue_cert(name, not_after=until).configure_cert(context)
        return context

    def client(self, stem: str, name: str) -> dict[str, str]:
        """The settings of a new certificate of a client; it replaces the contents of its files."""
        issued = self.ca.issue_cert(name)
        cert, key = self.folder / f"{stem}.pem", self.folder / f"{stem}-key.pem"
        issued.cert_chain_pems[0].write_to_path(cert)
        issued.private_key_pem.write_to_path(key)
        return {"cert_file": str(cert), "key_file": str(key)}

    def rsa(self) -> bytes:
        """A certificate with an RSA key, in the form that Entra ID accepts from an application."""
        issued = self.ca.issue_cert("application.example", key_type=trustme.KeyType.RSA)
        return issued.private_key_and_cert_chain_pem.bytes()


@asynccontextmanager
async def served_tls(
    application: web.Application,
    context: ssl.SSLContext,
) -> AsyncIterator[str]:
    """The https endpoint of an application."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Gate:
    """Checks the credentials of requests to a simulator, and records the requests."""

    accepted: set[str]
    refusal: int = 401
    takes: float = 0.0
    requests: list[tuple[float, str, bool]] = field(default_factory=list)

    def before(self, application: web.Application) -> web.Application:
        @web.middleware
        async def gate(
            request: web.Request,
            handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        ) -> web.StreamResponse:
            headers = request.headers
            credential = headers.get("Authorization", headers.get("Ocp-Apim-Subscription-Key", ""))
            valid = credential in self.accepted
            self.requests.append((asyncio.get_running_loop().time(), credential, valid))
            await asyncio.sleep(self.takes)
            if not valid:
                error = {"code": str(self.refusal), "message": "Access denied"}
                return web.json_response({"error": error}, status=self.refusal)
            key = {"Ocp-Apim-Subscription-Key": DEFAULT_KEY}
            return await handler(request.clone(headers={**headers, **key}))

        application.middlewares.append(gate)
        return application

    @property
    def refused(self) -> int:
        return sum(not valid for _, _, valid in self.requests)


@dataclass
class Login:
    """A substitute for Entra ID; its tokens are `token-1`, `token-2` and so on."""

    lifetime: int = 3600
    takes: float = 0.0
    refuses: web.Response | None = None
    requests: list[tuple[float, dict[str, str]]] = field(default_factory=list)
    tokens_issued: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        fields = {"path": request.path, **form}
        self.requests.append((asyncio.get_running_loop().time(), fields))
        await asyncio.sleep(self.takes)
        if self.refuses is not None:
            return web.Response(
                body=self.refuses.body,
                status=self.refuses.status,
                content_type=self.refuses.content_type,
            )
        self.tokens_issued += 1
        token = {"access_token": f"token-{self.tokens_issued}", "expires_in": self.lifetime}
        return web.json_response({"token_type": "Bearer", "resource": "ours", **token})

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app


def application(folder: Path, authority: str) -> dict[str, object]:
    """The settings of an application that authenticates with its secret."""
    (folder / "client-secret").write_text(SECRET + "\n")
    settings = {"tenant_id": TENANT, "client_id": CLIENT, "authority": authority}
    return {"entra": {**settings, "client_secret_file": str(folder / "client-secret")}}


@dataclass
class Proxy:
    """A proxy for CONNECT that records its requests, or that sends another answer."""

    answer: str = "200 Connection established"
    requests: list[str] = field(default_factory=list)
    port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{self.port}"
        finally:
            server.close()
            for writer in list(self._open):
                writer.transport.abort()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split(" ", 2)
            self.requests.append(f"{method} {target}")
            writer.write(f"HTTP/1.1 {self.answer}\r\n\r\n".encode())
            if self.answer.startswith("200"):
                host, _, port = target.rpartition(":")
                upstream_reader, upstream_writer = await asyncio.open_connection(host, int(port))
                self._open.add(upstream_writer)
                await asyncio.gather(
                    _forward(reader, upstream_writer), _forward(upstream_reader, writer)
                )
        writer.close()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
    writer.close()
