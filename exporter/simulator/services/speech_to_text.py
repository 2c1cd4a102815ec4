"""Speech to text, 2024-11-15 and 2025-10-15: POST starts transcriptions and custom speech.

https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription-create
https://learn.microsoft.com/rest/api/speechtotext/datasets/create
Both versions have the same bodies. The order of a list is not documented: here the oldest first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.building import MILLISECONDS_PER_CHARACTER, seeded_uuid
from exporter.simulator.play.scenario import Pace
from exporter.simulator.play.speech_jobs import CUSTOM_ROUTES, CustomJob, TextJob, Transcription
from exporter.simulator.play.timeline import last_action_of, status_of
from exporter.simulator.services.errors import Refusal, check_version, no_such_route, refused
from exporter.simulator.services.speech import Call, object_in, read_body, text_in
from exporter.simulator.services.speech_files import files_of
from exporter.simulator.services.speech_to_text_bodies import job_body, self_url
from exporter.simulator.services.speech_to_text_lists import Listed, cut_to_page, page_of

_VERSIONS = ("2024-11-15", "2025-10-15")
_HOURS_TO_LIVE = range(6, 745)
_MILLISECONDS_OF_FILE = 1000 * MILLISECONDS_PER_CHARACTER
_ROUTES = {Transcription.route, *CUSTOM_ROUTES}


class SpeechToText:
    """`{endpoint}/speechtotext/{route}/{id}`, a route for each kind of job.

    Attributes:
        jobs: by route and id.
    """

    prefix = "/speechtotext/"

    def __init__(self, jobs: Iterable[TextJob], pace: Pace) -> None:
        self.jobs = {(job.route, job.id): job for job in jobs}
        self._pace = pace

    def answer(self, request: Request, now: float) -> Answer:
        handler = self._handler(request)
        if handler is None:
            return no_such_route()
        version = check_version(request.argument("api-version"), _VERSIONS, "InvalidArgument")
        return handler(Call(request, now, version))

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return refused(refusal, "speech to text")

    def _handler(self, request: Request) -> Callable[[Call], Answer] | None:
        match [request.method, *request.path.removeprefix(self.prefix).split("/")]:
            case ["POST", "transcriptions:submit"]:
                return self._submit
            case ["POST", route] if route in CUSTOM_ROUTES:
                return partial(self._create, route)
            case ["GET", route] if route in _ROUTES:
                return partial(self._list, route)
            case ["GET", route, id_, *rest] if route in _ROUTES:
                return partial(self._get, route, id_, rest)
            case ["DELETE", route, id_] if route in _ROUTES:
                return partial(self._delete, route, id_)
        return None

    def find(self, route: str, id_: str, now: float) -> TextJob | None:
        job = self.jobs.get((route, id_.lower()))
        return job if job and job.exists(now) else None

    def _list(self, route: str, call: Call) -> Answer:
        listed = [
            Listed(job, str(status_of(job, call.now)), last_action_of(job, call.now))
            for job in self.jobs.values()
            if job.route == route and job.exists(call.now)
        ]
        page, next_link = page_of(listed, call)
        return _list_answer([job_body(item.job, call) for item in page], next_link)

    def _get(self, route: str, id_: str, rest: Sequence[str], call: Call) -> Answer:
        """A job; or the list of files of a transcription, empty until it has finished."""
        job = self.find(route, id_, call.now)
        if job is None:
            message = "The specified entity cannot be found."
            raise Refusal(404, "NotFound", message, None, "NotFound")
        if not rest:
            return json_answer(200, job_body(job, call))
        if rest != ["files"] or not isinstance(job, Transcription):
            return no_such_route()
        ended = status_of(job, call.now) == job.outcome
        return _list_answer(*cut_to_page(files_of(job, call) if ended else [], call))

    def _delete(self, route: str, id_: str, call: Call) -> Answer:
        """Answer 204 whether it existed or not; Refusal if it has not finished.

        https://github.com/MicrosoftDocs/azure-docs/issues/64861
        """
        job = self.find(route, id_, call.now)
        if job is not None:
            if status_of(job, call.now) != job.outcome:
                message = "The entity cannot be deleted because it has not finished."
                raise Refusal(400, "InvalidRequest", message, None, "DeleteNotAllowed")
            del self.jobs[route, job.id]
        return Answer(204)

    def _submit(self, call: Call) -> Answer:
        body = read_body(call.request, "displayName", "locale", "properties")
        hours = object_in(body, "properties").get("timeToLiveHours")
        if type(hours) is not int or hours not in _HOURS_TO_LIVE:
            raise _invalid("timeToLiveHours is 6 to 744.", "InvalidTimeToLive")
        urls = body.get("contentUrls") or [body.get("contentContainerUrl")]
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
            message = "contentUrls or contentContainerUrl is required."
            raise _invalid(message, "InvalidRecordingsUri")
        started = call.now + self._pace.queue
        return self._started(
            call,
            Transcription(
                id=seeded_uuid("transcription", call.now, len(self.jobs)),
                created=call.now,
                started=started,
                finished=started + self._pace.transcription,
                display_name=text_in(body, "displayName") or "",
                locale=text_in(body, "locale") or "",
                milliseconds=len(urls) * _MILLISECONDS_OF_FILE,
                files=len(urls),
                hours_to_live=hours,
            ),
        )

    def _create(self, route: str, call: Call) -> Answer:
        body = read_body(call.request, "displayName", "locale")
        started = call.now + self._pace.queue
        return self._started(
            call,
            CustomJob(
                id=seeded_uuid(route, call.now, len(self.jobs)),
                created=call.now,
                started=started,
                finished=started + self._pace.custom_speech,
                display_name=text_in(body, "displayName") or "",
                locale=text_in(body, "locale") or "",
                route=route,
            ),
        )

    def _started(self, call: Call, job: TextJob) -> Answer:
        self.jobs[job.route, job.id] = job
        return json_answer(201, job_body(job, call)).plus(Location=self_url(job, call))


def _list_answer(values: Sequence[Mapping[str, object]], next_link: str | None) -> Answer:
    body: dict[str, object] = {"values": values}
    return json_answer(200, body if next_link is None else body | {"@nextLink": next_link})


def _invalid(message: str, inner_code: str) -> Refusal:
    return Refusal(400, "InvalidRequest", message, None, inner_code)
