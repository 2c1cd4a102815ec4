"""The simulator without I/O: it makes an answer of a request and a time.

The gateway checks the key and the request limits, and one service answers. The cache of Document
Translation may replace the answer by an older one. Then the gateway adds its headers.
"""

import random
import uuid
from collections.abc import Callable
from email.utils import formatdate
from typing import Protocol

from exporter.simulator.manager import tokens
from exporter.simulator.messages import Answer, Request, etag
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.services.cache import AnswerCache
from exporter.simulator.services.content_understanding import ContentUnderstanding
from exporter.simulator.services.document_intelligence import DOCUMENT_ROOTS, DocumentIntelligence
from exporter.simulator.services.document_translation import DocumentTranslation
from exporter.simulator.services.errors import (
    GATEWAY,
    Refusal,
    no_such_route,
    over_limit,
    unauthorised,
)
from exporter.simulator.services.language import Language
from exporter.simulator.services.limits import Limits, RequestLimits
from exporter.simulator.services.openai import FoundryProject, Openai, has_key, is_openai
from exporter.simulator.services.openai_batches import OpenaiBatches
from exporter.simulator.services.openai_fine_tuning import OpenaiFineTuning
from exporter.simulator.services.qna_maker import QnaMaker
from exporter.simulator.services.speech_files import BlobStorage
from exporter.simulator.services.speech_to_text import SpeechToText
from exporter.simulator.services.syntheses import Avatar, SpeechSynthesis
from exporter.simulator.services.video_translation import VideoTranslation

_AUDIENCES = tokens.AUDIENCES - {tokens.MANAGER}
STALE_RATIO = 0.5
"""The part of Document Translation's answers that come from its cache, if the cache is used."""


class Service(Protocol):
    """One API. It answers requests to paths that begin with its prefix, or raises Refusal."""

    @property
    def prefix(self) -> str: ...
    def answer(self, request: Request, now: float) -> Answer: ...
    def refuse(self, refusal: Refusal, request: Request) -> Answer: ...


class Azure:
    """All services behind one gateway and one key."""

    refusals = GATEWAY

    def __init__(
        self, scenario: Scenario, key: str, *, cache: bool, seed: int, limits: Limits
    ) -> None:
        pace = scenario.pace
        self.translation = DocumentTranslation(scenario.batches, pace, seed)
        self._video = VideoTranslation(scenario.translations, scenario.video_translation, pace)
        self._avatar = Avatar(scenario.syntheses, scenario.avatar, pace)
        self._openai_batches = OpenaiBatches(scenario.openai_batches, pace)
        self._speech = SpeechSynthesis(scenario.speech_syntheses, (), pace)
        self._speech_to_text = SpeechToText(
            (*scenario.transcriptions, *scenario.custom_speech), pace
        )
        self._fine_tuning = OpenaiFineTuning(scenario.fine_tunings, pace)
        self._language = Language(scenario)
        self._document_jobs = {job.path: job for job in scenario.document_jobs}
        self._content = ContentUnderstanding(scenario.content_understanding, pace)
        self._services: tuple[Service, ...] = (
            self.translation,
            self._video,
            self._avatar,
            QnaMaker(scenario.qna_maker),
            Openai(self._openai_batches, self._fine_tuning),
            FoundryProject(self._fine_tuning),
            self._speech,
            self._speech_to_text,
            self._language,
            *(
                DocumentIntelligence(prefix, version, self._document_jobs, pace)
                for prefix, version in DOCUMENT_ROOTS.items()
            ),
            self._content,
            BlobStorage(self._speech_to_text.find),
        )
        self._key = key
        self._limits = RequestLimits(limits)
        self._cache = AnswerCache(STALE_RATIO if cache else 0.0, seed)
        self._random = random.Random(f"ids/{seed}")

    def begin(self, work: Scenario) -> None:
        """Add work, as if users had started it."""
        self.translation.batches |= {batch.id: batch for batch in work.batches}
        self._video.translations |= {
            translation.id: translation for translation in work.translations
        }
        self._avatar.syntheses |= {synthesis.id: synthesis for synthesis in work.syntheses}
        self._openai_batches.by_id |= {batch.id: batch for batch in work.openai_batches}
        self._speech.syntheses |= {synthesis.id: synthesis for synthesis in work.speech_syntheses}
        self._speech_to_text.jobs |= {
            (job.route, job.id): job for job in (*work.transcriptions, *work.custom_speech)
        }
        self._fine_tuning.by_id |= {job.id: job for job in work.fine_tunings}
        self._language.begin(work)
        self._document_jobs |= {job.path: job for job in work.document_jobs}
        self._content.by_place |= {one.place: one for one in work.content_understanding}

    def forget(self, work: Scenario) -> None:
        """Remove work as if its time to live were over; work deleted before is ignored."""
        for batch in work.batches:
            self.translation.batches.pop(batch.id, None)
        for translation in work.translations:
            self._video.translations.pop(translation.id, None)
        for synthesis in work.syntheses:
            self._avatar.syntheses.pop(synthesis.id, None)
        for openai_batch in work.openai_batches:
            self._openai_batches.by_id.pop(openai_batch.id, None)
        for synthesis in work.speech_syntheses:
            self._speech.syntheses.pop(synthesis.id, None)
        for job in (*work.transcriptions, *work.custom_speech):
            self._speech_to_text.jobs.pop((job.route, job.id), None)
        for training in work.fine_tunings:
            self._fine_tuning.by_id.pop(training.id, None)
        self._language.forget(work)
        for document_job in work.document_jobs:
            self._document_jobs.pop(document_job.path, None)
        for analysis in work.content_understanding:
            self._content.by_place.pop(analysis.place, None)

    def answer(
        self,
        request: Request,
        now: float,
        *,
        stale: bool = False,
        change: Callable[[Answer], Answer] | None = None,
    ) -> Answer:
        """The answer: a cached one if `stale`, otherwise a fresh one, changed by `change`."""
        if not self._is_authorised(request, now):
            return self.with_gateway_headers(unauthorised(), now)
        wait = self._limits.wait(request.path, now)
        if wait is not None:
            return self.with_gateway_headers(over_limit(wait), now)
        fresh = self._service_answer(request, now)
        if change is not None:
            fresh = change(fresh)
        fresh = self._with_request_id(fresh, now)
        if not fresh.cached_by_url:
            return fresh
        fresh = fresh.plus(ETag=etag(fresh.body))
        if change is not None:
            return fresh
        cached = self._cache.answer(request.url, now, fresh, stale=stale)
        # A cached answer keeps its X-RequestId, and gets other headers of the gateway again.
        return cached if cached is fresh else self.with_gateway_headers(cached, now)

    def refuse(self, refusal: Refusal, request: Request, now: float) -> Answer:
        """The refusal in the form of the service that the request is for."""
        service = self._service(request)
        answer = no_such_route() if service is None else service.refuse(refusal, request)
        return self._with_request_id(answer, now)

    def with_gateway_headers(self, answer: Answer, now: float) -> Answer:
        """The answer with the headers that the gateway adds to each answer."""
        return answer.plus(
            apim_request_id=str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            x_ms_region="West US",
            Strict_Transport_Security="max-age=31536000; includeSubDomains; preload",
            X_Content_Type_Options="nosniff",
            Date=formatdate(now, usegmt=True),
        )

    def _is_authorised(self, request: Request, now: float) -> bool:
        """Whether a request has the key, or a token for the data plane."""
        token = tokens.bearer(request.headers.get("Authorization"))
        if token and not tokens.problem_of(token, _AUDIENCES, now):
            return True
        if is_openai(request.path):
            return has_key(request, self._key)
        if request.path.startswith(BlobStorage.prefix):
            return True  # its requests are signed
        return request.headers.get("Ocp-Apim-Subscription-Key") == self._key

    def _with_request_id(self, answer: Answer, now: float) -> Answer:
        complete = self.with_gateway_headers(answer, now)
        return complete.plus(X_RequestId=complete.headers["apim-request-id"])

    def _service_answer(self, request: Request, now: float) -> Answer:
        service = self._service(request)
        if service is None:
            return no_such_route()
        try:
            return service.answer(request, now)
        except Refusal as refusal:
            return service.refuse(refusal, request)

    def _service(self, request: Request) -> Service | None:
        matches = (service for service in self._services if request.path.startswith(service.prefix))
        return next(matches, None)
