"""The check of a connection to a resource: the steps that need no key."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

from exporter.config.plan import ResourceConnection
from exporter.doctor import network
from exporter.doctor.certificates import EXPIRY_WARNING_SECONDS, Certificate, start_tls
from exporter.doctor.findings import Finding, FindingContext, StepError
from exporter.doctor.network import Origin, ResponseHead, closing

STEP_SECONDS = 5.0  # for each step
_GRACE_SECONDS = 0.5  # timeouts inside a step end so much earlier than the step's own
_SKEW, _MAX_SKEW = 30.0, 300.0  # seconds that clocks may differ; tokens allow five minutes

Result = TypeVar("Result")


@dataclass
class ConnectionCheck:
    """The connection to one resource; `remaining` are the steps that were not reached."""

    context: FindingContext
    connection: ResourceConnection
    clock: Callable[[], float]
    findings: list[Finding] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)

    async def run(self) -> bool:
        """Run the steps until one fails; returns whether all succeeded."""
        uses_tls = self.connection.endpoint.startswith("https:")
        self.remaining = ["name", "tcp", *(["proxy"] if self.connection.proxy else [])]
        self.remaining += [*(["tls"] if uses_tls else []), "http"]
        try:
            async with AsyncExitStack() as stack:
                await self._run_steps(stack, uses_tls=uses_tls)
        except StepError as error:
            self._add_finding(error.kind, error.what)
            return False
        return True

    def _add_finding(self, kind: str, what: str) -> None:
        self.findings.append(self.context.finding(kind, self.remaining.pop(0), what))

    async def _run_steps(self, stack: AsyncExitStack, *, uses_tls: bool) -> None:
        origin = Origin.of(self.connection.endpoint)
        proxy = Origin.of(self.connection.proxy) if self.connection.proxy else None
        first = proxy or origin
        addresses = await self._timed_to_first(network.resolve_host(first), "name-unknown", first)
        self._add_finding("fine", f"{first.host} resolves to {', '.join(addresses)}")

        async def through_proxy(tcp: network.TcpConnection, proxy: Origin) -> None:
            context = (
                self.connection.tls.context if self.connection.tls else ssl.create_default_context()
            )
            await network.start_proxy_tls(tcp, proxy, context)
            if uses_tls:
                await network.connect_through(tcp, proxy, origin)

        async def connect() -> network.TcpConnection:
            tcp = await network.connect(first, addresses, STEP_SECONDS)
            if proxy:
                await through_proxy(tcp, proxy)
            return tcp

        tcp = await self._timed_to_first(
            network.connect(first, addresses, STEP_SECONDS), "unreachable", first
        )
        await stack.enter_async_context(closing(tcp))
        port = f"port {first.port} of {'the proxy' if proxy else first.host}"
        self._add_finding("fine", f"{port} accepts connections, after {tcp.seconds * 1000:.0f} ms")
        if proxy:
            await _timed(through_proxy(tcp, proxy), "proxy-broken", proxy.address)
            self._add_finding("fine", f"{proxy.address} connects to {origin.address}")
        if uses_tls:
            handshake = start_tls(tcp, self.connection.tls, origin.host, connect)
            session = await _timed(handshake, "silent", "TLS")
            self._add_finding(
                *_certificate_finding(session.protocol, session.certificate, self.clock())
            )
        url = f"{self.connection.endpoint}/"
        target = url if proxy and not uses_tls else urlsplit(url).path
        head = await _timed(network.request_head(tcp, origin, target), "silent", "a request")
        milliseconds = (head.answered - head.sent) * 1000
        self._add_finding("fine", f"HTTP works, after {milliseconds:.0f} ms")
        self.remaining.append("clock")
        self._add_finding(*_clock_finding(head, self.clock()))

    async def _timed_to_first(self, step: Awaitable[Result], kind: str, first: Origin) -> Result:
        """Run a step to the first host; with a proxy, a failure is the proxy's."""
        try:
            return await _timed(step, kind, first.host)
        except StepError as error:
            if self.connection.proxy:
                raise StepError("proxy-unreachable", f"proxy: {error.what}") from None
            raise


async def _timed(step: Awaitable[Result], kind: str, what: str) -> Result:
    try:
        async with asyncio.timeout(STEP_SECONDS + _GRACE_SECONDS):
            return await step
    except TimeoutError:
        raise StepError(kind, f"{what}: no answer within {STEP_SECONDS:g} s") from None


def _certificate_finding(protocol: str, certificate: Certificate, now: float) -> tuple[str, str]:
    text = (
        f"{protocol}, the certificate of {certificate.issuer} is valid until {certificate.last_day}"
    )
    if certificate.end - now < EXPIRY_WARNING_SECONDS:
        days = max(0, int((certificate.end - now) / 86400))
        return "tls-ending", f"{text}, which is in {days} days"
    return "fine", text


def _clock_finding(head: ResponseHead, now: float) -> tuple[str, str]:
    """Compare the middle of Azure's second with the middle of the exchange."""
    try:
        date = parsedate_to_datetime(head.date)
    except ValueError:
        return "clock-unknown", "the response has no date"
    azure_time = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() + 0.5
    difference = now - (head.answered - head.sent) / 2 - azure_time
    seconds = abs(difference)
    if seconds <= _SKEW:
        return "fine", f"equal to Azure's, within {max(1, round(seconds))} s"
    direction = "ahead of" if difference > 0 else "behind"
    return (
        "clock" if seconds <= _MAX_SKEW else "clock-wrong",
        f"it is {seconds:.0f} s {direction} Azure's",
    )
