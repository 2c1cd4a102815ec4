"""Document Translation: start, list, get and cancel batches, in three versions of the API.

https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/rest-api-guide
Details of HTTP and JSON are those of recorded traffic of the Azure SDKs.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.scenario import Batch, Pace
from exporter.simulator.play.timeline import FINISHED, BatchView, batch_at
from exporter.simulator.services.errors import Refusal, check_version, no_such_route, refused
from exporter.simulator.services.paging import Item, link_query, page_of, read_query
from exporter.simulator.services.submission import submitted
from exporter.simulator.services.translation_bodies import batch_body, document_body

_PATH = re.compile(
    r"(?P<root>/translator/(?:document|text/batch/(?P<old>v1\.0)))/batches"
    r"(?:/(?P<batch>[^/]+)(?P<documents>/documents(?:/(?P<document>[^/]+))?)?)?"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DATED_VERSIONS = ("2024-05-01", "2026-03-01")


@dataclass(frozen=True)
class Version:
    """The differences between v1.0 (a version in the path) and the versions with a date."""

    name: str

    @property
    def dated(self) -> bool:
        return self.name in _DATED_VERSIONS

    @property
    def images(self) -> bool:
        return self.name == "2026-03-01"

    @property
    def link_key(self) -> str:
        """In recorded traffic, 2024-05-01 has the key of v1.0; its specification has `nextLink`."""
        return "nextLink" if self.name == "2026-03-01" else "@nextLink"


@dataclass(frozen=True)
class Call:
    """A parsed request to this API. `root` is the path before `/batches`."""

    request: Request
    now: float
    root: str
    version: Version
    batch: str
    document: str


class DocumentTranslation:
    """The batches of one Translator resource. POST starts one, DELETE cancels one."""

    prefix = "/translator/"

    def __init__(self, batches: Iterable[Batch], pace: Pace, seed: int) -> None:
        self.batches = {batch.id: batch for batch in batches}
        self._pace = pace
        self._seed = seed
        self._handlers: dict[tuple[str, str], Callable[[Call], Answer]] = {
            ("POST", "batches"): self._start,
            ("GET", "batches"): self._list_batches,
            ("GET", "batch"): self._get_batch,
            ("DELETE", "batch"): self._cancel,
            ("GET", "documents"): self._list_documents,
            ("GET", "document"): self._get_document,
        }

    def answer(self, request: Request, now: float) -> Answer:
        match = _PATH.fullmatch(request.path)
        if match is None:
            return no_such_route()
        parts = [name for name in ("batch", "documents", "document") if match[name]]
        handler = self._handlers.get((request.method, parts[-1] if parts else "batches"))
        if handler is None:
            return no_such_route()
        argument = request.argument("api-version")
        version = Version(
            match["old"] or check_version(argument, _DATED_VERSIONS, "InvalidArgument")
        )
        batch, document = (match["batch"] or "").lower(), (match["document"] or "").lower()
        if not all(_UUID.fullmatch(id_) for id_ in (batch, document) if id_):
            return Answer(404)  # recorded traffic: an empty body
        return handler(Call(request, now, match["root"], version, batch, document))

    def refuse(self, refusal: Refusal, request: Request) -> Answer:
        old = request.path.startswith("/translator/text/")
        return refused(refusal, "translator" if old else "azure core")

    def _start(self, call: Call) -> Answer:
        name = seeded_uuid("started", self._seed, len(self.batches))
        self.batches[name] = submitted(call.request.body, name, call.now, self._pace)
        address = f"{call.request.origin}{call.root}/batches/{name}"
        if not call.version.dated:
            return Answer(202).plus(Operation_Location=address)
        answer = json_answer(202, {"id": name, "status": "NotStarted"})
        return answer.plus(Operation_Location=f"{address}?api-version={call.version.name}")

    def _cancel(self, call: Call) -> Answer:
        view = self._view(call)
        if view.status in FINISHED or view.status == "Cancelling":
            message = f"The batch is {view.status} and cannot be cancelled."
            raise Refusal(400, "InvalidRequest", message, "Operation", "InvalidOperationState")
        batch = self.batches[call.batch]
        # If the documents are not listed yet, they are listed first and then cancelled.
        stopped = max(call.now, batch.listed or call.now) + self._pace.cancelling
        self.batches[call.batch] = replace(batch, cancel_asked=call.now, cancelled=stopped)
        return json_answer(200, batch_body(self._view(call), images=call.version.images))

    def _get_batch(self, call: Call) -> Answer:
        return _status_answer(batch_body(self._view(call), images=call.version.images))

    def _list_batches(self, call: Call) -> Answer:
        views = (batch_at(batch, call.now) for batch in self.batches.values())
        return _list_answer(call, (view for view in views if view is not None), batch_body)

    def _list_documents(self, call: Call) -> Answer:
        return _list_answer(call, self._view(call).documents, document_body)

    def _get_document(self, call: Call) -> Answer:
        for view in self._view(call).documents:
            if view.id == call.document:
                return _status_answer(document_body(view, images=call.version.images))
        raise _not_found("Document")

    def _view(self, call: Call) -> BatchView:
        batch = self.batches.get(call.batch)
        view = None if batch is None else batch_at(batch, call.now)
        if view is None:
            raise _not_found("Operation")
        return view


def _list_answer(
    call: Call, items: Iterable[Item], body: Callable[..., dict[str, object]]
) -> Answer:
    page, next_query = page_of(items, read_query(call.request.query))
    version = call.version
    list_body: dict[str, object] = {"value": [body(item, images=version.images) for item in page]}
    if next_query is not None:
        api_version = version.name if version.dated else None
        query = link_query(next_query, dollar=not version.dated, api_version=api_version)
        list_body[version.link_key] = f"{call.request.origin}{call.request.path}?{query}"
    return _status_answer(list_body)


def _status_answer(body: dict[str, object]) -> Answer:
    """A status or a list. Retry-After is always a second, also for finished operations."""
    answer = json_answer(200, body).plus(Retry_After="1", Cache_Control="public, max-age=1")
    return replace(answer, cached_by_url=True)


def _not_found(target: str) -> Refusal:
    message = "Resource requested is not found"
    return Refusal(404, "ResourceNotFound", "id not found", target, "ResourceNotFound", message)
