"""Files of an API in blob storage: which URLs are fetched, and how."""

import asyncio
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from yarl import URL

from exporter.azure.answer import Answer, Shape
from exporter.azure.auth.clouds import CLOUDS, cloud_of
from exporter.azure.body import Parse
from exporter.azure.budget import Budget
from exporter.azure.exchange import Exchange
from exporter.azure.http import Http
from exporter.azure.retry import RetryPolicy
from exporter.errors import Failure, Rejected, Unreadable
from exporter.model.operation import OperationKey
from exporter.settings.hosts import leads_to_loopback

_PLACE = "a file in blob storage"  # in place of the path, which is of no use without its signature
_ACCOUNT = re.compile(r"[a-z0-9-]{3,63}")


def file_url(endpoint: str, written: str) -> URL:
    """The URL of a file that an answer of `endpoint` names, if it may be fetched.

    It must be https, and of a host in the blob storage of the endpoint's cloud. A simulator, and
    no other, may name a file of its own.

    Raises:
        Unreadable: it may not; the reason does not repeat the URL, which is signed.
    """
    try:
        parts, own = urlsplit(written), urlsplit(endpoint)
        origin = (parts.scheme, parts.hostname, parts.port)
        is_own = origin == (own.scheme, own.hostname, own.port) and leads_to_loopback(endpoint)
        account, _, domain = (parts.hostname or "").partition(".")
        is_blob = origin[0] == "https" and origin[2] in {None, 443} and _ACCOUNT.fullmatch(account)
        if "@" not in parts.netloc and (is_own or (is_blob and domain in _blob_domains(endpoint))):
            return URL(written, encoded=True)
    except ValueError:
        pass
    raise Unreadable("unreadable", "a link to a file is not an https URL of Azure's blob storage")


def _blob_domains(endpoint: str) -> frozenset[str]:
    """Those of the endpoint's cloud; of all clouds, where the endpoint's name does not tell it."""
    cloud = cloud_of(endpoint)
    clouds = CLOUDS.values() if cloud is None else [cloud]
    return frozenset(each.blob_domain for each in clouds)


class Files:
    """Fetches files for one resource, without credentials and without following redirects.

    They are on other hosts than the resource, so what happens to them says nothing about it.
    """

    def __init__(
        self,
        endpoint: str,
        http: Http,
        budget: Budget,
        observe: Callable[[Exchange], None],
        clock: Callable[[], float],
    ) -> None:
        self._endpoint = endpoint
        self._http = http
        self._budget = budget
        self._observe = observe
        self._clock = clock

    async def get(
        self, key: OperationKey, url: str, parse: Parse[Shape], policy: RetryPolicy
    ) -> Answer[Shape]:
        """The content of the file at this signed URL.

        Raises:
            Failure: all attempts failed, or the URL may not be fetched.
        """
        place = file_url(self._endpoint, url)
        for attempt in range(1, policy.attempts + 1):
            outcome = await self._exchange(key, place, parse, policy)
            if isinstance(outcome, Answer):
                return outcome
            pause = policy.pause(outcome, attempt)
            if pause is None:
                raise outcome
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _exchange(
        self, key: OperationKey, url: URL, parse: Parse[Shape], policy: RetryPolicy
    ) -> Answer[Shape] | Failure:
        """Send and observe one request."""
        loop = asyncio.get_running_loop()
        waited = await self._budget.acquire(key, policy.priority, under_way=policy.under_way)
        started = loop.time()
        try:
            outcome = await self._http.fetch(url, parse)
        finally:
            self._budget.release()
        failure = None
        if isinstance(outcome, Failure):
            # Not of the class of the resource's own failures, which would count against it.
            failure = Rejected(outcome.status, f"{_PLACE}: {outcome.reason}", outcome.details)
        status, seconds = failure.status if failure else "200", loop.time() - started
        self._observe(Exchange(key, _PLACE, status, seconds, waited, None, failure, self._clock()))
        return outcome
