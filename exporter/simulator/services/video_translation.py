"""Video Translation: PUT starts translations and iterations; DELETE or their age removes them.

https://learn.microsoft.com/azure/ai-services/speech-service/video-translation-get-started
A translation or iteration that does not exist is answered with 204 and no body, an operation that
does not exist with 404.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.operation import Operation
from exporter.simulator.play.scenario import Iteration, Pace, Translation
from exporter.simulator.services.errors import Refusal, check_version, no_such_route, refused
from exporter.simulator.services.speech import (
    Call,
    Operations,
    accepted,
    bad_argument,
    check_name,
    hours_in,
    object_in,
    page_of,
    read_body,
    text_in,
)
from exporter.simulator.services.video_bodies import (
    NEWEST_VERSION,
    expires,
    iteration_body,
    translation_body,
)

_VERSIONS = ("2025-05-20", NEWEST_VERSION)


class VideoTranslation:
    """`{endpoint}/videotranslation/translations/{id}/iterations/{id}` and `/operations/{id}`."""

    prefix = "/videotranslation/"

    def __init__(
        self, translations: Iterable[Translation], operations: Iterable[Operation], pace: Pace
    ) -> None:
        self.translations = {translation.id: translation for translation in translations}
        self._operations = Operations(operations)
        self._pace = pace

    def answer(self, request: Request, now: float) -> Answer:
        handler = self._handler(request)
        if handler is None:
            return no_such_route()
        version = check_version(request.argument("api-version"), _VERSIONS, "BadArgument")
        return handler(Call(request, now, version))

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return refused(refusal, "azure core")

    def _handler(self, request: Request) -> Callable[[Call], Answer] | None:  # noqa: PLR0911 - routes
        match [request.method, *request.path.removeprefix(self.prefix).split("/")]:
            case ["GET", "operations", name]:
                return partial(self._operations.get, name)
            case ["GET", "translations"]:
                return self._list
            case ["GET", "translations", name]:
                return partial(self._get, name)
            case ["PUT", "translations", name]:
                return partial(self._put, name)
            case ["DELETE", "translations", name]:
                return partial(self._delete, name)
            case ["GET", "translations", name, "iterations"]:
                return partial(self._list_iterations, name)
            case ["GET", "translations", name, "iterations", iteration]:
                return partial(self._get_iteration, name, iteration)
            case ["PUT", "translations", name, "iterations", iteration]:
                return partial(self._put_iteration, name, iteration)
        return None

    def _find(self, name: str, now: float) -> Translation | None:
        translation = self.translations.get(name)
        if translation is None or not translation.created <= now < expires(translation):
            return None
        return translation

    def _list(self, call: Call) -> Answer:
        translations = (self._find(name, call.now) for name in self.translations)
        page, next_query = page_of(
            (translation for translation in translations if translation), call.request, top=True
        )
        items = [
            translation_body(translation, call.now, call.version, details=False)
            for translation in page
        ]
        return _list_answer(call, items, next_query)

    def _get(self, name: str, call: Call) -> Answer:
        translation = self._find(name, call.now)
        if translation is None:
            return Answer(204)
        return json_answer(200, _body(translation, call))

    def _put(self, name: str, call: Call) -> Answer:
        """Answer 201 and an operation; 200 if repeated, 400 if the name exists otherwise."""
        check_name(name, "translationId")
        operation = _operation_id(call)
        body = read_body(call.request, "input")
        input_ = object_in(body, "input")
        for field in ("targetLocale", "voiceKind"):
            if not text_in(input_, field):
                raise bad_argument(f"input.{field}", f"The field input.{field} is required.")
        existing = self._find(name, call.now)
        if self._operations.repeats(operation, call.request) and existing is not None:
            return accepted(call, 200, _body(existing, call), operation)
        if existing is not None:
            raise bad_argument("translationId", f"Translation {name} exists already.")
        first = _new_iteration("Initial", call, self._pace)
        first = replace(first, input=object_in(body, "firstIterationInput"))
        translation = Translation(
            id=name,
            created=call.now,
            input=input_,
            iterations=(first,) if input_.get("autoCreateFirstIteration") is True else (),
            display_name=text_in(body, "displayName"),
            description=text_in(body, "description"),
            hours_to_live=hours_in(body),
        )
        self.translations[name] = translation
        # Without an iteration, the operation is finished at once.
        work = first if translation.iterations else replace(first, finished=first.started)
        self._operations.start(operation, work, call.request)
        return accepted(call, 201, _body(translation, call), operation)

    def _delete(self, name: str, call: Call) -> Answer:
        """Delete a translation with its iterations and operations."""
        if self._find(name, call.now) is not None:
            del self.translations[name]
            self._operations.forget(call.request.path)
        return Answer(204)

    def _list_iterations(self, name: str, call: Call) -> Answer:
        translation = self._find(name, call.now)
        if translation is None:
            return Answer(204)
        created = [item for item in translation.iterations if item.created <= call.now]
        page, next_query = page_of(created, call.request, top=True)
        items = [
            iteration_body(translation, iteration, call.now, details=False) for iteration in page
        ]
        return _list_answer(call, items, next_query)

    def _get_iteration(self, name: str, iteration_name: str, call: Call) -> Answer:
        translation = self._find(name, call.now)
        if translation is None:
            return Answer(204)
        iteration = _iteration(translation, iteration_name, call.now)
        if iteration is None:
            return Answer(204)
        return json_answer(200, iteration_body(translation, iteration, call.now, details=True))

    def _put_iteration(self, name: str, iteration_name: str, call: Call) -> Answer:
        """The same for an iteration; from the second one on, its input needs a `webvttFile`."""
        check_name(iteration_name, "iterationId")
        operation = _operation_id(call)
        body = read_body(call.request, "input")
        translation = self._find(name, call.now)
        if translation is None:
            raise Refusal(404, "NotFound", f"Translation {name} is not found.")
        existing = _iteration(translation, iteration_name, call.now)
        if self._operations.repeats(operation, call.request) and existing is not None:
            existing_body = iteration_body(translation, existing, call.now, details=True)
            return accepted(call, 200, existing_body, operation)
        if existing is not None:
            raise bad_argument("iterationId", f"Iteration {iteration_name} exists already.")
        input_ = object_in(body, "input")
        if translation.iterations and "webvttFile" not in input_:
            raise bad_argument("input.webvttFile", "The field input.webvttFile is required.")
        iteration = replace(
            _new_iteration(iteration_name, call, self._pace),
            input=input_,
            description=text_in(body, "description"),
        )
        translation = replace(translation, iterations=(*translation.iterations, iteration))
        self.translations[name] = translation
        self._operations.start(operation, iteration, call.request)
        new_body = iteration_body(translation, iteration, call.now, details=True)
        return accepted(call, 201, new_body, operation)


def _new_iteration(name: str, call: Call, pace: Pace) -> Iteration:
    started = call.now + pace.queue
    return Iteration(id=name, created=call.now, started=started, finished=started + pace.iteration)


def _body(translation: Translation, call: Call) -> dict[str, object]:
    return translation_body(translation, call.now, call.version, details=True)


def _iteration(translation: Translation, name: str, now: float) -> Iteration | None:
    for iteration in translation.iterations:
        if iteration.id == name and iteration.created <= now:
            return iteration
    return None


def _operation_id(call: Call) -> str:
    name = call.request.headers.get("Operation-Id")
    if not name:
        raise bad_argument("Operation-Id", "The header Operation-Id is required.")
    return name


def _list_answer(
    call: Call, items: list[dict[str, object]], next_query: dict[str, int] | None
) -> Answer:
    """`{value, nextLink}`; the last page has no link."""
    body: dict[str, object] = {"value": items}
    if next_query is not None:
        query = "&".join(f"{name}={number}" for name, number in next_query.items())
        address = call.request.origin + call.request.path
        body["nextLink"] = f"{address}?{query}&api-version={call.version}"
    return json_answer(200, body)
