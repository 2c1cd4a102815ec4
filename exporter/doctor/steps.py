"""The steps to a resource that need no key, and what each has to say."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

from exporter.config.plan import ResourceConnection
from exporter.doctor import network
from exporter.doctor.certificates import ENDING, Certificate, secured
from exporter.doctor.findings import Finding, FindingPlace, TroubleError
from exporter.doctor.network import Peer, ResponseHead, closing

STEP = 5.0  # seconds for each step
_GRACE = 0.5  # seconds that the timeouts inside of a step have before its own
_SKEW, _WRONG = 30.0, 300.0  # seconds that clocks may differ; tokens bear five minutes

Result = TypeVar("Result")


@dataclass
class Walk:
    """One resource's way. `left` are the steps that were not come to."""

    place: FindingPlace
    to: ResourceConnection
    clock: Callable[[], float]
    findings: list[Finding] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    async def run(self) -> bool:
        """Go as far as it goes; whether it goes all the way."""
        secure = self.to.endpoint.startswith("https:")
        self.left = ["name", "tcp", *(["proxy"] if self.to.proxy else [])]
        self.left += [*(["tls"] if secure else []), "http"]
        try:
            async with AsyncExitStack() as stack:
                await self._go(stack, secure=secure)
        except TroubleError as trouble:
            self._say(trouble.kind, trouble.what)
            return False
        return True

    def _say(self, kind: str, what: str) -> None:
        self.findings.append(self.place.found(kind, self.left.pop(0), what))

    async def _go(self, stack: AsyncExitStack, *, secure: bool) -> None:
        peer = Peer.of(self.to.endpoint)
        proxy = Peer.of(self.to.proxy) if self.to.proxy else None
        first = proxy or peer
        hosts = await self._reached(network.addresses(first), "name-unknown", first)
        self._say("fine", f"{first.host} resolves to {', '.join(hosts)}")

        async def through_proxy(made: network.PeerConnection, proxy: Peer) -> None:
            context = self.to.tls.context if self.to.tls else ssl.create_default_context()
            await network.joined(made, proxy, context)
            if secure:
                await network.passed_on(made, proxy, peer)

        async def dial() -> network.PeerConnection:
            made = await network.connected(first, hosts, STEP)
            if proxy:
                await through_proxy(made, proxy)
            return made

        connection = await self._reached(
            network.connected(first, hosts, STEP), "unreachable", first
        )
        await stack.enter_async_context(closing(connection))
        to = f"port {first.port} of {'the proxy' if proxy else first.host}"
        self._say("fine", f"{to} answers within {connection.seconds * 1000:.0f} ms")
        if proxy:
            await _timed(through_proxy(connection, proxy), "proxy-broken", proxy.address)
            self._say("fine", f"{proxy.address} passes on to {peer.address}")
        if secure:
            shaking = secured(connection, self.to.tls, peer.host, dial)
            agreed = await _timed(shaking, "silent", "TLS")
            self._say(*_of_the_certificate(agreed.protocol, agreed.certificate, self.clock()))
        target = f"{self.to.endpoint}/" if proxy and not secure else "/"
        head = await _timed(network.greeted(connection, peer, target), "silent", "a request")
        took = (head.answered - head.asked) * 1000
        self._say("fine", f"it speaks HTTP, within {took:.0f} ms")
        self.left.append("clock")
        self._say(*_of_the_clock(head, self.clock()))

    async def _reached(self, step: Awaitable[Result], kind: str, first: Peer) -> Result:
        """A step towards the proxy, where there is one, is the proxy's fault."""
        try:
            return await _timed(step, kind, first.host)
        except TroubleError as trouble:
            if self.to.proxy:
                raise TroubleError("proxy-unreachable", f"proxy: {trouble.what}") from None
            raise


async def _timed(step: Awaitable[Result], kind: str, what: str) -> Result:
    try:
        async with asyncio.timeout(STEP + _GRACE):
            return await step
    except TimeoutError:
        raise TroubleError(kind, f"{what}: no answer within {STEP:g} s") from None


def _of_the_certificate(protocol: str, shown: Certificate, now: float) -> tuple[str, str]:
    said = f"{protocol}, the certificate of {shown.issuer} is good until {shown.last_day}"
    if shown.end - now < ENDING:
        days = max(0, int((shown.end - now) / 86400))
        return "tls-ending", f"{said}, which is in {days} days"
    return "fine", said


def _of_the_clock(head: ResponseHead, now: float) -> tuple[str, str]:
    """Azure's second is taken at its middle, and our moment in the middle of the exchange."""
    try:
        date = parsedate_to_datetime(head.date)
    except ValueError:
        return "clock-unknown", "the answer has no date"
    theirs = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() + 0.5
    ahead = now - (head.answered - head.asked) / 2 - theirs
    off = abs(ahead)
    if off <= _SKEW:
        return "fine", f"it is Azure's, within {max(1, round(off))} s"
    way = "ahead of" if ahead > 0 else "behind"
    return "clock" if off <= _WRONG else "clock-wrong", f"it is {off:.0f} s {way} Azure's"
