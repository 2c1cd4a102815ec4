"""One resource's client: throttled, authorised, patient."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Self

from exporter.azure.answer import Answer, Shape
from exporter.azure.auth.secret import Credential
from exporter.azure.breaker import CircuitBreaker
from exporter.azure.budget import Budget
from exporter.azure.http import Http
from exporter.azure.retry import USUAL, RetryPolicy
from exporter.azure.throttle import Refusals
from exporter.azure.transport import Tls
from exporter.errors import Failure, Gone, Throttled, Unauthorised, Unreadable
from exporter.model.operation import OperationKey


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its outcome; `status` as in `Failure`, durations in seconds.

    Attributes:
        at: Unix seconds of its end.
        waited: for the budget, before it left.
    """

    key: OperationKey
    path: str
    status: str
    seconds: float
    waited: float
    retry_after: float | None
    failure: Failure | None
    at: float = 0.0
    request_id: str = ""


class Client:
    """Speaks to one resource. Use as a context manager: it holds the connections.

    Args:
        endpoint: scheme, host and port; the key goes nowhere else.
        key_headers: the header that carries a key, by the name of the API.
        timeout: seconds for one request, its body included.
        observe: is told of every exchange.
        clock: Unix seconds; durations and pauses use the loop's time.
        tls: what TLS needs, for tokens as well.
        proxy: scheme, host and port, for tokens as well.
    """

    def __init__(
        self,
        endpoint: str,
        credential: Credential,
        budget: Budget,
        *,
        key_headers: Mapping[str, str],
        timeout: float,
        observe: Callable[[Exchange], None],
        clock: Callable[[], float],
        tls: Tls | None = None,
        proxy: str | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._proxy = proxy
        self._http = Http(endpoint, timeout, tls, proxy, clock)
        self._credential = credential
        self._key_headers = key_headers
        self.budget = budget
        self._observe = observe
        self._clock = clock
        self._throttled = Refusals()
        self._lists = count()
        self.breaker = CircuitBreaker()
        self._waiting = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def renew(self) -> None:
        """Read the key again, and let a pause be over: the configuration was loaded anew."""
        self._credential.refresh()
        self.breaker.half_open()

    def open(self) -> None:
        """Be ready to ask; needs the loop."""
        self._http.open()
        self._credential.open(self._http.session, self._proxy)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    async def retire(self) -> None:
        """Let go of the connections once nobody waits for an answer any more."""
        try:
            await self._idle.wait()
        finally:
            await self.close()

    async def __aenter__(self) -> Self:
        self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def get(
        self, key: OperationKey, path: str, shape: type[Shape], policy: RetryPolicy = USUAL
    ) -> Answer[Shape]:
        """The answer to a GET of `path` on behalf of the operation `key`.

        Raises:
            Failure: after what can pass was tried again, with full jitter.
        """
        self._waiting += 1
        self._idle.clear()
        try:
            return await self._get(key, path, shape, policy)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._idle.set()

    async def _get(
        self, key: OperationKey, path: str, shape: type[Shape], policy: RetryPolicy
    ) -> Answer[Shape]:
        for attempt in range(1, policy.attempts + 1):
            if self.breaker.open:
                async with self.breaker.permit() as probing:
                    if probing:
                        self._credential.refresh()
                    outcome = await self._ask(key, path, shape, policy)
            else:
                outcome = await self._ask(key, path, shape, policy)
            if isinstance(outcome, Answer):
                return outcome
            pause = policy.pause(outcome, attempt)
            if pause is None:
                raise outcome
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _ask(
        self, key: OperationKey, path: str, shape: type[Shape], policy: RetryPolicy
    ) -> Answer[Shape] | Failure:
        """One request, judged; if it was refused and there is another credential, one more."""
        queued = asyncio.get_running_loop().time()
        async with self.budget.turn(key.api, under_way=policy.under_way):
            outcome, another = await self._exchange(key, path, shape, queued)
            if another:
                outcome, _ = await self._exchange(key, path, shape, queued)
        self._judge(key, outcome if isinstance(outcome, Failure) else None)
        return outcome

    async def _exchange(
        self,
        key: OperationKey,
        path: str,
        shape: type[Shape],
        queued: float,
    ) -> tuple[Answer[Shape] | Failure, bool]:
        """One request, observed, and whether another credential is there to be tried."""
        loop = asyncio.get_running_loop()
        secret = await self._credential.current()
        begun = loop.time()
        if isinstance(secret, Failure):
            outcome: Answer[Shape] | Failure = secret
        else:
            outcome = await self._http.get(path, shape, secret.headers(self._key_headers[key.api]))
        seconds = loop.time() - begun
        failure = outcome if isinstance(outcome, Failure) else None
        details = outcome.details if isinstance(outcome, Failure) else outcome
        exchange = Exchange(
            key,
            path,
            failure.status if failure else "200",
            seconds,
            begun - queued,
            details.retry_after,
            failure,
            self._clock(),
            details.request_id,
        )
        self._observe(exchange)
        if isinstance(failure, Unauthorised) and not isinstance(secret, Failure):
            return outcome, self._credential.refused(secret, failure)
        return outcome, False

    def _judge(self, key: OperationKey, failure: Failure | None) -> None:
        """Whether this outcome says something of the resource, beyond the one operation."""
        # Lists have no other to be compared with: two in a row mean the resource as well.
        operation = f"{key.api}/{key.operation or next(self._lists)}"
        if isinstance(failure, Unauthorised):
            self.breaker.refused(operation, failure)
        elif isinstance(failure, Throttled):
            wait = failure.details.retry_after or 0.0
            if self._throttled.refused(operation):
                self.budget.pause(wait)
        elif failure is None or isinstance(failure, Gone | Unreadable):
            self.breaker.accepted()
            self._throttled.accepted()
