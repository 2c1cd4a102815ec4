"""One resource's client: throttled, authorised, patient."""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Self

from exporter.azure.answer import Answer, Shape
from exporter.azure.auth.keys import Credential
from exporter.azure.breaker import Bar
from exporter.azure.http import Http
from exporter.azure.throttle import Refusals, Throttle
from exporter.azure.transport import Tls
from exporter.errors import Failure, Gone, Throttled, Unauthorised, Unreadable
from exporter.model.operation import Key

PATIENCE = 10.0  # seconds; a longer wait than this belongs to the poller, not to one request


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask.

    Attributes:
        attempts: at what can pass; no more than one where the latest look has failed.
        under_way: whether it goes on with what others have begun to read.
    """

    attempts: int = 3
    under_way: bool = False


USUAL = Manner()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its outcome; `status` as in `Failure`, durations in seconds.

    Attributes:
        at: Unix seconds of its end.
        waited: for the budget, before it left.
    """

    key: Key
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
        of_api: requests a second of single APIs, within the budget of the resource.
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
        throttle: Throttle,
        *,
        of_api: Mapping[str, float] | None = None,
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
        self._throttle = throttle
        self._of_api: dict[str, Throttle] = {}
        self.limit(of_api or {})
        self._observe = observe
        self._clock = clock
        self._throttled = Refusals()
        self._lists = count()
        self.bar = Bar()
        self._waiting = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def limit(self, of_api: Mapping[str, float]) -> None:
        """Requests a second of single APIs; those that stay the same go on as they are."""
        self._of_api = {
            api: same
            if (same := self._of_api.get(api)) and same.requests_per_second == limit
            else Throttle(limit, 1)
            for api, limit in of_api.items()
        }

    @property
    def requests_per_second(self) -> float:
        """The budget of the resource."""
        return self._throttle.requests_per_second

    @property
    def throttled_for(self) -> float:
        """Seconds for which Azure wants no request at all."""
        return self._throttle.paused_for

    def renew(self) -> None:
        """Read the key again, and let a pause be over: the configuration was loaded anew."""
        self._credential.refresh()
        self.bar.reopen()

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
        self, key: Key, path: str, shape: type[Shape], manner: Manner = USUAL
    ) -> Answer[Shape]:
        """The answer to a GET of `path` on behalf of the operation `key`.

        Raises:
            Failure: after what can pass was tried again, with full jitter.
        """
        self._waiting += 1
        self._idle.clear()
        try:
            return await self._get(key, path, shape, manner)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._idle.set()

    async def _get(self, key: Key, path: str, shape: type[Shape], manner: Manner) -> Answer[Shape]:
        for attempt in range(1, manner.attempts + 1):
            if self.bar.closed:
                async with self.bar.passage() as probing:
                    if probing:
                        self._credential.refresh()
                    outcome = await self._ask(key, path, shape, manner)
            else:
                outcome = await self._ask(key, path, shape, manner)
            if isinstance(outcome, Answer):
                return outcome
            pause = _pause(outcome, attempt)
            if not outcome.passing or attempt == manner.attempts or pause > PATIENCE:
                raise outcome
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _ask(
        self, key: Key, path: str, shape: type[Shape], manner: Manner
    ) -> Answer[Shape] | Failure:
        """One request, judged; if it was refused and there is another credential, one more."""
        queued = asyncio.get_running_loop().time()
        limit = self._of_api.get(key.api)
        turn = self._throttle.turn(under_way=manner.under_way)
        async with limit.turn(under_way=manner.under_way) if limit else nullcontext(), turn:
            if limit:
                limit.leaves()
            outcome, another = await self._exchange(key, path, shape, queued)
            if another:
                outcome, _ = await self._exchange(key, path, shape, queued)
        self._judge(key, outcome if isinstance(outcome, Failure) else None)
        return outcome

    async def _exchange(
        self,
        key: Key,
        path: str,
        shape: type[Shape],
        queued: float,
    ) -> tuple[Answer[Shape] | Failure, bool]:
        """One request, observed, and whether another credential is there to be tried."""
        loop = asyncio.get_running_loop()
        carried = await self._credential.headers()
        begun = loop.time()
        if isinstance(carried, Failure):
            outcome: Answer[Shape] | Failure = carried
        else:
            outcome = await self._http.get(path, shape, carried)
        seconds = loop.time() - begun
        failure = outcome if isinstance(outcome, Failure) else None
        said = outcome.details if isinstance(outcome, Failure) else outcome
        exchange = Exchange(
            key,
            path,
            failure.status if failure else "200",
            seconds,
            begun - queued,
            said.retry_after,
            failure,
            self._clock(),
            said.request_id,
        )
        self._observe(exchange)
        if isinstance(failure, Unauthorised) and not isinstance(carried, Failure):
            return outcome, self._credential.refused(carried, failure)
        return outcome, False

    def _judge(self, key: Key, failure: Failure | None) -> None:
        """Whether this outcome says something of the resource, beyond the one operation."""
        # Lists have no other to be compared with: two in a row mean the resource as well.
        operation = f"{key.api}/{key.operation or next(self._lists)}"
        if isinstance(failure, Unauthorised):
            self.bar.refused(operation, failure)
        elif isinstance(failure, Throttled):
            wait = failure.details.retry_after or 0.0
            if self._throttled.refused(operation):
                self._throttle.pause(wait)
        elif failure is None or isinstance(failure, Gone | Unreadable):
            self.bar.accepted()
            self._throttled.accepted()


def _pause(failure: Failure, attempt: int) -> float:
    """Seconds before the next attempt: what Azure asked for, else full jitter.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    asked = failure.details.retry_after
    if asked is not None:
        return asked + random.uniform(0, 0.1 + asked / 10)
    return random.uniform(0, 2.0**attempt)
