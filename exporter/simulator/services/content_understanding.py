"""Content Understanding, 2025-11-01: POST starts an analysis, PUT makes an analyzer.

https://learn.microsoft.com/rest/api/contentunderstanding/content-analyzers/analyze
In recorded traffic no answer has a Retry-After, and nothing is ever NotStarted.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.content_building import analysis as new_analysis
from exporter.simulator.play.content_understanding import ContentAnalysis
from exporter.simulator.play.scenario import Pace
from exporter.simulator.services.content_bodies import analyzer_body, operation_body
from exporter.simulator.services.errors import Refusal, check_version, no_such_route, refused
from exporter.simulator.services.speech import Call, read_body

_VERSIONS = ("2025-11-01",)
_USAGE_OF_NEW = {
    "documentPagesStandard": 2,
    "contextualizationTokens": 2000,
    "tokens": {"gpt-4.1-input": 3141, "gpt-4.1-output": 592, "text-embedding-3-large-input": 6},
}


class ContentUnderstanding:
    """`{endpoint}/contentunderstanding/analyzerResults/{id}`, and `analyzers`.

    Attributes:
        by_place: analyses, and operations that make analyzers.
    """

    prefix = "/contentunderstanding/"

    def __init__(self, analyses: Iterable[ContentAnalysis], pace: Pace) -> None:
        self.by_place = {analysis.place: analysis for analysis in analyses}
        self._pace = pace

    def answer(self, request: Request, now: float) -> Answer:
        handler = self._handler(request)
        if handler is None:
            return no_such_route()
        version = check_version(request.argument("api-version"), _VERSIONS, "InvalidRequest")
        return handler(Call(request, now, version))

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return refused(refusal, "azure core")

    def _handler(self, request: Request) -> Callable[[Call], Answer] | None:
        root, *rest = request.path.removeprefix(self.prefix).split("/")
        match [root, request.method, *rest]:
            case ["analyzerResults", "GET", id_]:
                return partial(self._get, f"{root}/{id_}")
            case ["analyzerResults", "DELETE", id_]:
                return partial(self._delete, f"{root}/{id_}")
            case ["analyzers", method, *parts]:
                return self._handler_of_analyzers(method, parts)
        return None

    def _handler_of_analyzers(
        self, method: str, parts: Sequence[str]
    ) -> Callable[[Call], Answer] | None:
        match [method, *parts]:
            case ["GET"]:
                return partial(self._analyzers, None)
            case ["GET", name]:
                return partial(self._analyzers, name)
            case ["GET", name, "operations", id_]:
                return partial(self._get, f"analyzers/{name}/{id_}")
            case ["PUT", name]:
                return partial(self._make_analyzer, name)
            case ["POST", action] if ":analyze" in action:
                return partial(self._analyze, action)
        return None

    def _get(self, place: str, call: Call) -> Answer:
        """A Failed one is an HTTP 200, too.

        https://github.com/Azure/azure-sdk-for-net/issues/56192
        """
        return json_answer(200, operation_body(self._find(place, call.now), call.now))

    def _find(self, place: str, now: float) -> ContentAnalysis:
        analysis = self.by_place.get(place)
        if analysis is None or not analysis.exists(now):
            raise Refusal(404, "NotFound", "Operation not found.", None, "OperationNotFound")
        return analysis

    def _delete(self, place: str, call: Call) -> Answer:
        del self.by_place[self._find(place, call.now).place]
        return Answer(204)

    def _analyzers(self, name: str | None, call: Call) -> Answer:
        """One analyzer; or all that were made, on one page, without a link."""
        made = [one for one in self.by_place.values() if one.makes_analyzer]
        bodies = {one.analyzer: analyzer_body(one, call.now) for one in made}
        if name is None:
            return json_answer(200, {"value": list(bodies.values())})
        if name not in bodies:
            raise Refusal(404, "NotFound", "Analyzer not found.", None, "ModelNotFound")
        return json_answer(200, bodies[name])

    def _analyze(self, action: str, call: Call) -> Answer:
        """`NAME:analyze` with URLs of inputs, or `NAME:analyzeBinary` with the input itself."""
        analyzer, _, verb = action.partition(":")
        if verb == "analyze":
            read_body(call.request, "inputs")
        analysis = self._started(analyzer, call, usage=_USAGE_OF_NEW)
        return _accepted(202, operation_body(analysis, call.now), analysis, call)

    def _make_analyzer(self, name: str, call: Call) -> Answer:
        read_body(call.request)
        analysis = self._started(name, call, makes_analyzer=True)
        return _accepted(201, analyzer_body(analysis, call.now), analysis, call)

    def _started(
        self,
        analyzer: str,
        call: Call,
        *,
        makes_analyzer: bool = False,
        usage: dict[str, object] | None = None,
    ) -> ContentAnalysis:
        analysis = new_analysis(
            created=call.now,
            takes=self._pace.content_analysis,
            analyzer=analyzer,
            makes_analyzer=makes_analyzer,
            usage=usage,
            seed=len(self.by_place),
        )
        self.by_place[analysis.place] = analysis
        return analysis


def _accepted(
    status: int, body: dict[str, object], analysis: ContentAnalysis, call: Call
) -> Answer:
    """Unlike other services, this one sends a body with the link."""
    part = f"analyzers/{analysis.analyzer}/operations/{analysis.id}"
    path = ContentUnderstanding.prefix + (part if analysis.makes_analyzer else analysis.place)
    location = f"{call.request.origin}{path}?api-version={call.version}"
    return json_answer(status, body).plus(Operation_Location=location)
