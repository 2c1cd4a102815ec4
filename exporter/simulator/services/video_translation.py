"""Video Translation: translations and their iterations come by PUT and go by DELETE or by age.

https://learn.microsoft.com/azure/ai-services/speech-service/video-translation-get-started
What does not exist is answered with 204 and no body; an operation that does not exist with 404.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from exporter.simulator.play.scenario import Iteration, Operation, Pace, Translation
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
    NEWEST,
    expires,
    iteration_body,
    translation_body,
)
from exporter.simulator.wire import Answer, Request, json_answer

_VERSIONS = ("2025-05-20", NEWEST)


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
        found = self.translations.get(name)
        return found if found is not None and found.created <= now < expires(found) else None

    def _list(self, call: Call) -> Answer:
        found = [self._find(name, call.now) for name in self.translations]
        page, rest = page_of((one for one in found if one is not None), call.request, top=True)
        items = [translation_body(one, call.now, call.version, details=False) for one in page]
        return _listed(call, items, rest)

    def _get(self, name: str, call: Call) -> Answer:
        translation = self._find(name, call.now)
        if translation is None:
            return Answer(204)
        return json_answer(200, _single(translation, call))

    def _put(self, name: str, call: Call) -> Answer:
        """201 and an operation; the same once more is 200, something else under its name 400."""
        check_name(name, "translationId")
        operation = _operation_id(call)
        body = read_body(call.request, "input")
        wanted = object_in(body, "input")
        for field in ("targetLocale", "voiceKind"):
            if not text_in(wanted, field):
                raise bad_argument(f"input.{field}", f"The field input.{field} is required.")
        known = self._find(name, call.now)
        if self._operations.repeats(operation, call.request) and known is not None:
            return accepted(call, 200, _single(known, call), operation)
        if known is not None:
            raise bad_argument("translationId", f"Translation {name} exists already.")
        first = replace(self._work("Initial", call), input=object_in(body, "firstIterationInput"))
        translation = Translation(
            id=name,
            created=call.now,
            input=wanted,
            iterations=(first,) if wanted.get("autoCreateFirstIteration") is True else (),
            display_name=text_in(body, "displayName"),
            description=text_in(body, "description"),
            hours_to_live=hours_in(body),
        )
        self.translations[name] = translation
        # Without an iteration there is nothing to do but to take it down.
        work = first if translation.iterations else replace(first, finished=first.started)
        self._operations.start(operation, work, call.request)
        return accepted(call, 201, _single(translation, call), operation)

    def _delete(self, name: str, call: Call) -> Answer:
        """Its iterations and operations go with it."""
        if self._find(name, call.now) is not None:
            del self.translations[name]
            self._operations.forget(call.request.path)
        return Answer(204)

    def _list_iterations(self, name: str, call: Call) -> Answer:
        translation = self._find(name, call.now)
        if translation is None:
            return Answer(204)
        created = (one for one in translation.iterations if one.created <= call.now)
        page, rest = page_of(created, call.request, top=True)
        items = [iteration_body(translation, one, call.now, details=False) for one in page]
        return _listed(call, items, rest)

    def _get_iteration(self, name: str, iteration: str, call: Call) -> Answer:
        translation = self._find(name, call.now)
        found = None if translation is None else _iteration(translation, iteration, call.now)
        if translation is None or found is None:
            return Answer(204)
        return json_answer(200, iteration_body(translation, found, call.now, details=True))

    def _put_iteration(self, name: str, iteration: str, call: Call) -> Answer:
        """As a translation; from the second one on it needs a `webvttFile` to work on."""
        check_name(iteration, "iterationId")
        operation = _operation_id(call)
        body = read_body(call.request, "input")
        translation = self._find(name, call.now)
        if translation is None:
            raise Refusal(404, "NotFound", f"Translation {name} is not found.")
        known = _iteration(translation, iteration, call.now)
        if self._operations.repeats(operation, call.request) and known is not None:
            old = iteration_body(translation, known, call.now, details=True)
            return accepted(call, 200, old, operation)
        if known is not None:
            raise bad_argument("iterationId", f"Iteration {iteration} exists already.")
        wanted = object_in(body, "input")
        if translation.iterations and "webvttFile" not in wanted:
            raise bad_argument("input.webvttFile", "The field input.webvttFile is required.")
        description = text_in(body, "description")
        work = replace(self._work(iteration, call), input=wanted, description=description)
        translation = replace(translation, iterations=(*translation.iterations, work))
        self.translations[name] = translation
        self._operations.start(operation, work, call.request)
        new = iteration_body(translation, work, call.now, details=True)
        return accepted(call, 201, new, operation)

    def _work(self, iteration: str, call: Call) -> Iteration:
        started = call.now + self._pace.queue
        done = started + self._pace.iteration
        return Iteration(id=iteration, created=call.now, started=started, finished=done)


def _single(translation: Translation, call: Call) -> dict[str, object]:
    return translation_body(translation, call.now, call.version, details=True)


def _iteration(translation: Translation, name: str, now: float) -> Iteration | None:
    created = (one for one in translation.iterations if one.id == name and one.created <= now)
    return next(created, None)


def _operation_id(call: Call) -> str:
    name = call.request.headers.get("Operation-Id")
    if not name:
        raise bad_argument("Operation-Id", "The header Operation-Id is required.")
    return name


def _listed(call: Call, items: list[dict[str, object]], rest: dict[str, int] | None) -> Answer:
    """`{value, nextLink}`; the last page has no link."""
    body: dict[str, object] = {"value": items}
    if rest is not None:
        query = "&".join(f"{name}={number}" for name, number in rest.items())
        address = call.request.origin + call.request.path
        body["nextLink"] = f"{address}?{query}&api-version={call.version}"
    return json_answer(200, body)
