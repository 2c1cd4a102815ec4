"""The client of one resource: with budget, credential, circuit breaker and retry policy."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from exporter.azure.answer import Answer, Shape
from exporter.azure.auth.secret import Credential
from exporter.azure.body import Parse
from exporter.azure.breaker import CircuitBreaker
from exporter.azure.budget import Budget
from exporter.azure.exchange import Exchange
from exporter.azure.files import Files
from exporter.azure.http import Http
from exporter.azure.pending import Pending
from exporter.azure.retry import DEFAULT_POLICY, RetryPolicy
from exporter.azure.throttle import Refusals
from exporter.azure.transport import Tls
from exporter.errors import (
    Failure,
    Gone,
    Throttled,
    Unauthorised,
    Unreadable,
    may_mean_absent,
)
from exporter.model.operation import OperationKey


class Client:
    """Sends requests to one resource. Use as a context manager: it holds the connections.

    Args:
        endpoint: scheme, host, port and perhaps a path; the key is sent nowhere else.
        key_headers: the header that carries a key, by the name of the API.
        timeout: seconds for one request, its body included.
        observe: is called with every exchange.
        clock: Unix seconds; durations and pauses use the loop's time.
        tls: TLS settings, for requests for tokens as well.
        proxy: scheme, host and port, for requests for tokens as well.
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
        self.credential = credential
        self._key_headers = key_headers
        self.budget = budget
        self._observe = observe
        self._clock = clock
        self._throttle_refusals = Refusals()
        self._list_numbers = count()
        self.breaker = CircuitBreaker()
        self._pending = Pending()
        self._files = Files(endpoint, self._http, budget, observe, clock)

    def renew(self) -> None:
        """Read the key again and end a pause: the configuration was reloaded."""
        self.credential.refresh()
        self.breaker.half_open()

    def open(self) -> None:
        """Open the connections; needs the loop."""
        self._http.open()
        self.credential.open(self._http.session, self._proxy)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def retire(self) -> None:
        """Close the connections after all pending requests have ended."""
        try:
            await self._pending.end()
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
        self,
        key: OperationKey,
        path: str,
        parse: Parse[Shape],
        policy: RetryPolicy = DEFAULT_POLICY,
        body: bytes = b"",
    ) -> Answer[Shape]:
        """The answer to a GET of `path` on behalf of the operation `key`.

        With a `body`, which is JSON, it is a POST; one that changes nothing, for it is repeated.

        Raises:
            Failure: all attempts failed; only passing failures are tried again.
        """
        with self._pending:
            waited = 0.0
            for attempt in range(1, policy.attempts + 1):
                if self.breaker.open:
                    async with self.breaker.permit() as probing:
                        if probing:
                            self.credential.refresh()
                        outcome, seconds = await self._send(key, path, parse, policy, body)
                else:
                    outcome, seconds = await self._send(key, path, parse, policy, body)
                waited += seconds
                if isinstance(outcome, Answer):
                    return replace(outcome, waited=waited) if waited else outcome
                pause = policy.pause(outcome, attempt)
                if pause is None:
                    outcome.details = replace(outcome.details, waited=waited)
                    raise outcome
                await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def file(
        self, key: OperationKey, url: str, parse: Parse[Shape], policy: RetryPolicy = DEFAULT_POLICY
    ) -> Answer[Shape]:
        """The content of a file in blob storage, whose signed URL an answer named.

        Raises:
            Failure: it cannot be read, or the URL may not be fetched.
        """
        with self._pending:
            return await self._files.get(key, url, parse, policy)

    async def _send(
        self,
        key: OperationKey,
        path: str,
        parse: Parse[Shape],
        policy: RetryPolicy,
        body: bytes,
    ) -> tuple[Answer[Shape] | Failure, float]:
        """Send one request; if it is refused and there is another credential, send one more.

        Also returns the seconds that it waited for the budget.
        """
        waited = await self.budget.acquire(key, policy.priority, under_way=policy.under_way)
        try:
            outcome, try_again = await self._exchange(key, path, parse, waited, body)
            if try_again:
                outcome, _ = await self._exchange(key, path, parse, 0.0, body)
        finally:
            self.budget.release()
        failure = outcome if isinstance(outcome, Failure) else None
        if policy.presumed and may_mean_absent(failure):
            self.breaker.doubt()
        else:
            self._record_outcome(key, failure)
        return outcome, waited

    async def _exchange(
        self,
        key: OperationKey,
        path: str,
        parse: Parse[Shape],
        waited: float,
        body: bytes,
    ) -> tuple[Answer[Shape] | Failure, bool]:
        """Send and observe one request; True if another credential is to be tried."""
        loop = asyncio.get_running_loop()
        secret = await self.credential.current()
        started = loop.time()
        if isinstance(secret, Failure):
            outcome: Answer[Shape] | Failure = secret
        else:
            headers = secret.headers(self._key_headers[key.api])
            outcome = await self._http.get(path, parse, headers, body)
        seconds = loop.time() - started
        failure = outcome if isinstance(outcome, Failure) else None
        details = outcome.details if isinstance(outcome, Failure) else outcome
        exchange = Exchange(
            key,
            path,
            failure.status if failure else "200",
            seconds,
            waited,
            details.retry_after,
            failure,
            self._clock(),
            details.request_id,
        )
        self._observe(exchange)
        if isinstance(failure, Unauthorised) and not isinstance(secret, Failure):
            return outcome, await self.credential.refused(secret, failure)
        return outcome, False

    def _record_outcome(self, key: OperationKey, failure: Failure | None) -> None:
        """Tell circuit breaker and budget of an outcome that concerns the whole resource."""
        # Each list request counts as an operation of its own: two refusals mean the resource.
        operation = f"{key.api}/{key.operation or next(self._list_numbers)}"
        if isinstance(failure, Unauthorised):
            self.breaker.refused(operation, failure)
        elif isinstance(failure, Throttled):
            wait = failure.details.retry_after or 0.0
            if self._throttle_refusals.refused(operation):
                self.budget.pause(wait)
        elif failure is None or isinstance(failure, Gone | Unreadable):
            self.breaker.accepted()
            self._throttle_refusals.accepted()
