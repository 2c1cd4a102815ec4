"""The local Azure without I/O: a request and a moment in, an answer out.

The gateway checks the key and the request limits, one service answers, Document Translation's
cache may give an older answer instead, and the gateway adds its headers.
"""

import random
import uuid
from collections.abc import Callable
from email.utils import formatdate
from typing import Protocol

from exporter.simulator.play.scenario import Scenario
from exporter.simulator.services.avatar import Avatar
from exporter.simulator.services.cache import AnswerCache
from exporter.simulator.services.document_translation import DocumentTranslation
from exporter.simulator.services.errors import Refusal, no_such_route, over_limit, unauthorised
from exporter.simulator.services.limits import Limits, RequestLimits
from exporter.simulator.services.qna_maker import QnaMaker
from exporter.simulator.services.video_translation import VideoTranslation
from exporter.simulator.wire import Answer, Request, etag

HOW_OFTEN_STALE = 0.5
"""The part of Document Translation's answers that come out of its cache, when it has one."""


class Service(Protocol):
    """One API: answers what begins with its prefix, or raises Refusal."""

    @property
    def prefix(self) -> str: ...
    def answer(self, request: Request, now: float) -> Answer: ...
    def refuse(self, refusal: Refusal, request: Request) -> Answer: ...


class Azure:
    """All services behind one gateway and one key."""

    def __init__(
        self, scenario: Scenario, key: str, *, cache: bool, seed: int, limits: Limits
    ) -> None:
        pace = scenario.pace
        self.translation = DocumentTranslation(scenario.batches, pace, seed)
        self._video = VideoTranslation(scenario.translations, scenario.video_translation, pace)
        self._avatar = Avatar(scenario.syntheses, scenario.avatar, pace)
        self._services: tuple[Service, ...] = (
            self.translation,
            self._video,
            self._avatar,
            QnaMaker(scenario.qna_maker),
        )
        self._key = key
        self._limits = RequestLimits(limits)
        self._cache = AnswerCache(HOW_OFTEN_STALE if cache else 0.0, seed)
        self._random = random.Random(f"ids/{seed}")

    def begin(self, work: Scenario) -> None:
        """More batches, translations and syntheses, as if somebody had started them."""
        self.translation.batches |= {each.id: each for each in work.batches}
        self._video.translations |= {each.id: each for each in work.translations}
        self._avatar.syntheses |= {each.id: each for each in work.syntheses}

    def forget(self, work: Scenario) -> None:
        """As if their time to live were over; what somebody has deleted is gone already."""
        for batch in work.batches:
            self.translation.batches.pop(batch.id, None)
        for translation in work.translations:
            self._video.translations.pop(translation.id, None)
        for synthesis in work.syntheses:
            self._avatar.syntheses.pop(synthesis.id, None)

    def answer(
        self,
        request: Request,
        now: float,
        *,
        stale: bool = False,
        change: Callable[[Answer], Answer] | None = None,
    ) -> Answer:
        """The answer; `stale` asks for a cached one, `change` does something to a fresh one."""
        if request.headers.get("Ocp-Apim-Subscription-Key") != self._key:
            return self.stamped(unauthorised(), now)
        wait = self._limits.wait(request.path, now)
        if wait is not None:
            return self.stamped(over_limit(wait), now)
        fresh = self._served(request, now)
        if change is not None:
            fresh = change(fresh)
        fresh = self._from_a_service(fresh, now)
        if not fresh.cached_by_url:
            return fresh
        fresh = fresh.plus(ETag=etag(fresh.body))
        if change is not None:
            return fresh
        given = self._cache.answer(request.url, now, fresh, stale=stale)
        # A cached answer repeats the X-RequestId of the one that was kept.
        return given if given is fresh else self.stamped(given, now)

    def refuse(self, refusal: Refusal, request: Request, now: float) -> Answer:
        """The refusal in the words of the service that was asked."""
        service = self._service(request)
        answer = no_such_route() if service is None else service.refuse(refusal, request)
        return self._from_a_service(answer, now)

    def stamped(self, answer: Answer, now: float) -> Answer:
        """With what the gateway adds to every answer."""
        return answer.plus(
            apim_request_id=str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            x_ms_region="West US",
            Strict_Transport_Security="max-age=31536000; includeSubDomains; preload",
            X_Content_Type_Options="nosniff",
            Date=formatdate(now, usegmt=True),
        )

    def _from_a_service(self, answer: Answer, now: float) -> Answer:
        stamped = self.stamped(answer, now)
        return stamped.plus(X_RequestId=stamped.headers["apim-request-id"])

    def _served(self, request: Request, now: float) -> Answer:
        service = self._service(request)
        if service is None:
            return no_such_route()
        try:
            return service.answer(request, now)
        except Refusal as refusal:
            return service.refuse(refusal, request)

    def _service(self, request: Request) -> Service | None:
        known = (one for one in self._services if request.path.startswith(one.prefix))
        return next(known, None)
