"""Batch syntheses of Avatar and of text to speech: PUT starts them; DELETE or age removes them.

https://learn.microsoft.com/azure/ai-services/speech-service/text-to-speech-avatar/batch-synthesis-avatar
https://learn.microsoft.com/azure/ai-services/speech-service/batch-synthesis
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import partial

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.building import MILLISECONDS_PER_CHARACTER, seeded_uuid
from exporter.simulator.play.operation import Operation
from exporter.simulator.play.scenario import Pace
from exporter.simulator.play.speech_jobs import Synthesis
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
from exporter.simulator.services.synthesis_bodies import avatar_body, speech_body


class Syntheses(ABC):
    """`batchsyntheses/{id}` and `operations/{id}` below the prefix of one API.

    Attributes:
        versions: of the API.
        required: the fields that the body of a PUT must have.
        list_path: in the links of its list.
    """

    prefix: str
    versions: tuple[str, ...]
    required: tuple[str, ...]
    list_path = "batchsyntheses"

    def __init__(
        self, syntheses: Iterable[Synthesis], operations: Iterable[Operation], pace: Pace
    ) -> None:
        self.syntheses = {synthesis.id: synthesis for synthesis in syntheses}
        self._operations = Operations(operations)
        self._pace = pace

    def answer(self, request: Request, now: float) -> Answer:
        handler = self._handler(request)
        if handler is None:
            return no_such_route()
        version = check_version(request.argument("api-version"), self.versions, "BadArgument")
        return handler(Call(request, now, version))

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return refused(refusal, "azure core")

    @abstractmethod
    def body(self, synthesis: Synthesis, now: float) -> dict[str, object]:
        """The JSON body of a synthesis."""

    @abstractmethod
    def absent(self, name: str) -> Answer:
        """The answer to a GET of a synthesis that does not exist; or Refusal."""

    def _handler(self, request: Request) -> Callable[[Call], Answer] | None:
        match [request.method, *request.path.removeprefix(self.prefix).split("/")]:
            case ["GET", "operations", name]:
                return partial(self._operations.get, name)
            case ["GET", "batchsyntheses"] | ["GET", "batchsyntheses", ""]:
                return self._list
            case ["GET", "batchsyntheses", name]:
                return partial(self._get, name)
            case ["PUT", "batchsyntheses", name]:
                return partial(self._put, name)
            case ["DELETE", "batchsyntheses", name]:
                return partial(self._delete, name)
        return None

    def _find(self, name: str, now: float) -> Synthesis | None:
        synthesis = self.syntheses.get(name)
        return synthesis if synthesis and synthesis.exists(now) else None

    def _list(self, call: Call) -> Answer:
        syntheses = (self._find(name, call.now) for name in self.syntheses)
        page, next_query = page_of(
            (synthesis for synthesis in syntheses if synthesis), call.request
        )
        items = [self.body(synthesis, call.now) for synthesis in page]
        body: dict[str, object] = {"value": items}
        if next_query is not None:
            address = f"{call.request.origin}{self.prefix}{self.list_path}"
            query = f"maxpagesize={next_query['maxpagesize']}&skip={next_query['skip']}"
            body["nextLink"] = f"{address}?{query}&api-version={call.version}"
        return json_answer(200, body)

    def _get(self, name: str, call: Call) -> Answer:
        synthesis = self._find(name, call.now)
        if synthesis is None:
            return self.absent(name)
        return json_answer(200, self.body(synthesis, call.now))

    def _put(self, name: str, call: Call) -> Answer:
        """Answer 201 and an operation, also if repeated; 400 if the name exists otherwise."""
        check_name(name, "id")
        operation_id = call.request.headers.get("Operation-Id")
        operation = operation_id or seeded_uuid(self.prefix, "operation", name, call.now)
        synthesis = self._new_synthesis(name, call)
        existing = self._find(name, call.now)
        if self._operations.repeats(operation, call.request) and existing is not None:
            return accepted(call, 201, self.body(existing, call.now), operation)
        if existing is not None:
            raise bad_argument("id", f"Batch synthesis {name} exists already.")
        self.syntheses[name] = synthesis
        self._operations.start(operation, synthesis, call.request)
        return accepted(call, 201, self.body(synthesis, call.now), operation)

    def _delete(self, name: str, call: Call) -> Answer:
        """Answer 204 whether it existed or not, as Azure's guidelines require."""
        if self._find(name, call.now) is not None:
            del self.syntheses[name]
        return Answer(204)

    def _new_synthesis(self, name: str, call: Call) -> Synthesis:
        body = read_body(call.request, *self.required)
        inputs = body["inputs"]
        texts = [
            item.get("content") if isinstance(item, dict) else None
            for item in (inputs if isinstance(inputs, list) else [None])
        ]
        characters = sum(len(text) for text in texts if isinstance(text, str))
        if not all(isinstance(text, str) and text for text in texts):
            raise bad_argument("inputs", "A list of inputs with content is expected at inputs.")
        started = call.now + self._pace.queue
        return Synthesis(
            id=name,
            created=call.now,
            started=started,
            finished=started + self._pace.synthesis,
            description=text_in(body, "description"),
            voice=text_in(object_in(body, "synthesisConfig"), "voice") or Synthesis.voice,
            avatar=object_in(body, "avatarConfig"),
            input_kind=text_in(body, "inputKind") or Synthesis.input_kind,
            outputs=len(texts),
            neural_characters=characters,
            milliseconds=characters * MILLISECONDS_PER_CHARACTER,
            hours_to_live=hours_in(body),
        )


class Avatar(Syntheses):
    """`{endpoint}/avatar/batchsyntheses/{id}` and `/avatar/operations/{id}`."""

    prefix = "/avatar/"
    versions = ("2024-08-01",)
    required = ("inputKind", "avatarConfig", "inputs")
    list_path = "batchsyntheses/"  # a slash before the query, as in the published example

    def body(self, synthesis: Synthesis, now: float) -> dict[str, object]:
        return avatar_body(synthesis, now)

    def absent(self, name: str) -> Answer:
        raise Refusal(404, "NotFound", f"Batch synthesis {name} is not found.")


class SpeechSynthesis(Syntheses):
    """`{endpoint}/texttospeech/batchsyntheses/{id}` and `/texttospeech/operations/{id}`."""

    prefix = "/texttospeech/"
    versions = ("2024-04-01",)
    required = ("inputKind", "inputs")

    def body(self, synthesis: Synthesis, now: float) -> dict[str, object]:
        return speech_body(synthesis, now)

    def absent(self, name: str) -> Answer:  # noqa: ARG002
        """Answer 204, as Azure's page says of a job that does not exist."""
        return Answer(204)
