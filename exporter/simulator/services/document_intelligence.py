"""Document Intelligence 2024-11-30, and 2023-07-31 below another root and without batches.

https://learn.microsoft.com/rest/api/aiservices/document-models
https://learn.microsoft.com/azure/ai-services/document-intelligence/prebuilt/batch-analysis
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.document_jobs import (
    BatchAnalysis,
    DocumentJob,
    ModelOperation,
    SingleAnalysis,
)
from exporter.simulator.play.scenario import Pace
from exporter.simulator.services.document_bodies import (
    batch_item,
    model_body,
    operation_item,
    single_body,
    word_of,
)
from exporter.simulator.services.document_starts import started_job
from exporter.simulator.services.errors import Refusal, check_version, no_such_route, refused
from exporter.simulator.services.speech import Call

PAGE = 100
"""Items; Azure's own size is not known: all lists that were recorded have one page."""

DOCUMENT_ROOTS = {"/documentintelligence/": "2024-11-30", "/formrecognizer/": "2023-07-31"}
"""The version below each root."""


@dataclass
class DocumentIntelligence:
    """`{endpoint}/documentintelligence` or `{endpoint}/formrecognizer`.

    Attributes:
        prefix: of its paths.
        version: the only one below this prefix.
        jobs: by path, shared by both versions.
    """

    prefix: str
    version: str
    jobs: MutableMapping[str, DocumentJob]
    pace: Pace

    def answer(self, request: Request, now: float) -> Answer:
        version = check_version(request.argument("api-version"), (self.version,), "InvalidRequest")
        call, path = Call(request, now, version), request.path.removeprefix(self.prefix)
        answer = self._start(path, call) if request.method == "POST" else self._read(path, call)
        return no_such_route() if answer is None else answer

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return refused(refusal, "azure core")

    def _read(self, path: str, call: Call) -> Answer | None:
        answer: Answer | None = None
        match [call.request.method, *path.split("/")]:
            case [_, _, _, "analyzeBatchResults", *_] if self.version == "2023-07-31":
                pass  # it has no batches
            case ["GET", "operations"]:
                answer = self._list_operations(call)
            case ["GET", "documentModels", model, "analyzeBatchResults"]:
                answer = self._list_batches(model, call)
            case ["GET", "documentModels" | "documentClassifiers", model]:
                answer = self._made(model, call)
            case ["GET", "operations", _]:
                answer = self._get(path, call)
            case ["GET", _, _, "analyzeBatchResults" | "analyzeResults", _]:
                answer = self._get(path, call)
            case ["DELETE", _, _, "analyzeBatchResults", _]:
                answer = self._delete(path, call)
        return answer

    def _start(self, path: str, call: Call) -> Answer | None:
        if self.version == "2023-07-31" and path.endswith(":analyzeBatch"):
            return None
        job = started_job(path, call, self.pace, len(self.jobs))
        if job is None:
            return None
        self.jobs[job.path] = job
        url = f"{self._root(call)}/{job.path}?api-version={call.version}"
        return Answer(202).plus(Operation_Location=url)

    def _root(self, call: Call) -> str:
        return f"{call.request.origin}{self.prefix.rstrip('/')}"

    def _list_operations(self, call: Call) -> Answer:
        found = [
            job
            for job in self.jobs.values()
            if isinstance(job, ModelOperation) and job.exists(call.now)
        ]
        found.sort(key=lambda job: (-job.created, job.id))
        root = self._root(call)
        items = [operation_item(job, root, call.version, call.now) for job in found]
        return self._page(items, call)

    def _list_batches(self, model: str, call: Call) -> Answer:
        """The batches of a model, ordered by status and id."""
        found = [
            job
            for job in self.jobs.values()
            if isinstance(job, BatchAnalysis) and job.model == model and job.exists(call.now)
        ]
        found.sort(key=lambda job: (word_of(job, call.now), job.id))
        return self._page([batch_item(job, call.now) for job in found], call)

    def _page(self, items: Sequence[Mapping[str, object]], call: Call) -> Answer:
        """One page. Its link lacks the api-version, as in the example of the specification."""
        start = int(call.request.argument("nextLink") or 0)
        body: dict[str, object] = {"value": items[start : start + PAGE]}
        if len(items) > start + PAGE:
            url = f"{call.request.origin}{call.request.path}"
            body["nextLink"] = f"{url}?nextLink={start + PAGE}"
        return json_answer(200, body)

    def _get(self, path: str, call: Call) -> Answer:
        job = self.jobs.get(path)
        if job is None or not job.exists(call.now):
            raise _not_found()
        answer = json_answer(200, single_body(job, self._root(call), call.version, call.now))
        if word_of(job, call.now) != "running":
            return answer
        if isinstance(job, BatchAnalysis):
            return replace(answer, takes=self.pace.batch_status)
        return answer.plus(Retry_After="1") if isinstance(job, SingleAnalysis) else answer

    def _made(self, model: str, call: Call) -> Answer:
        """The model or classifier itself, of which clients ask after its build."""
        for job in self.jobs.values():
            if not isinstance(job, ModelOperation) or job.model != model:
                continue
            if word_of(job, call.now) == "succeeded":
                return json_answer(200, model_body(job, call.version))
        raise _not_found()

    def _delete(self, path: str, call: Call) -> Answer:
        job = self.jobs.get(path)
        if job is None or not job.exists(call.now):
            raise _not_found()
        del self.jobs[path]
        return Answer(204)


def _not_found() -> Refusal:
    return Refusal(
        404,
        "NotFound",
        "Resource not found.",
        None,
        "OperationNotFound",
        "The requested operation was not found. The identifier may be invalid or the operation may "
        "have expired.",
    )
