"""All operations as JSON, for programs: the contents of `/metrics`, and more."""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec
from aiohttp import web
from msgspec import structs

from exporter.accounts.found import Unwatched
from exporter.model.operation import Document, Fault, OperationKey, State
from exporter.model.quantities import Amount, Counted
from exporter.model.snapshot import Snapshot
from exporter.model.store import Store
from exporter.model.trouble import troubles
from exporter.telemetry.history import History
from exporter.telemetry.packed_requests import RequestRecord
from exporter.text import public
from exporter.web.chosen import chosen
from exporter.web.port.names import PortNames
from exporter.web.resource_troubles import ResourceTrouble

_SLICE_OPERATIONS = 128  # they take some milliseconds

Json = dict[str, object]


@dataclass(frozen=True)
class OperationsApi:
    """`/api/v1/operations`, and `/sd` for Prometheus.

    Args:
        sections: resource and API of each configured section.
        problems: problems with operation files, in sentences.
        parameter_values: the parameters of the status page, and the values that each may have.
        unwatched: accounts that were found and cannot be watched.
        resource_troubles: resources that Azure refuses, or that do not answer.
        names: the names of the port, for the targets of `/sd`.
        clock: Unix seconds.
    """

    store: Store
    history: History
    sections: Callable[[], Iterable[tuple[str, str]]]
    problems: Callable[[], Sequence[str]]
    parameter_values: Callable[[], Mapping[str, Collection[str]]]
    unwatched: Callable[[], Sequence[Unwatched]]
    resource_troubles: Callable[[], Sequence[ResourceTrouble]]
    names: PortNames
    clock: Callable[[], float]

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes."""
        return [
            web.get("/api/v1/operations", self._operations),
            web.get("/api/v1/operations/{resource}/{api}/{operation:.+}", self._operation),
            web.get("/sd", self._targets),
        ]

    async def _operations(self, request: web.Request) -> web.Response:
        apis: dict[str, list[str]] = {}
        for resource, api in self.sections():
            apis.setdefault(resource, []).append(api)
        now = self.clock()
        found = await chosen(tuple(self.store), request.query, self.parameter_values(), now)
        parts: Json = {
            "total": found.total,
            "notices": list(found.notices),
            "problems": list(self.problems()),
            "resources": apis,
            "resource_troubles": [trouble._asdict() for trouble in self.resource_troubles()],
        }
        if unwatched := self.unwatched():
            parts["unwatched"] = [_account(each) for each in unwatched]
        rest = json.dumps(parts).encode()  # the name of a file may not be valid text
        operations = await _joined(found.snapshots, lambda snapshot: summary(snapshot, now))
        return _answer(b'{"operations":[' + operations + b"]," + rest[1:])

    async def _operation(self, request: web.Request) -> web.Response:
        key = OperationKey(*(request.match_info[name] for name in ("resource", "api", "operation")))
        if key not in self.store:
            return web.json_response({"error": "the operation is not watched"}, status=404)
        snapshot = self.store[key]
        documents = snapshot.operation.documents if snapshot.operation else {}
        details: Json = {
            "documents": [_document(document) for document in documents.values()],
            "timeline": [moment._asdict() for moment in self.history.timeline(snapshot)],
            "polls": [_request(record) for record in self.history[key]],
        }
        return web.json_response(summary(snapshot, self.clock()) | details)

    async def _targets(self, request: web.Request) -> web.Response:
        """All operations as targets of `/probe`.

        https://prometheus.io/docs/prometheus/latest/http_sd/
        """
        address = self.names.address_of(request)
        path = self.names.path_back(request, "/probe")
        targets = await _joined(self.store, lambda snapshot: _target(snapshot, address, path))
        return _answer(b"[" + targets + b"]")


async def _joined(snapshots: Iterable[Snapshot], to_json: Callable[[Snapshot], Json]) -> bytes:
    """The snapshots of one time as JSON, separated by commas; other tasks run in between."""
    iterator, parts = iter(tuple(snapshots)), []
    while slice_of_snapshots := list(islice(iterator, _SLICE_OPERATIONS)):
        parts += [_encoded(to_json(snapshot)) for snapshot in slice_of_snapshots]
        await asyncio.sleep(0)
    return b",".join(parts)


def _answer(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", charset="utf-8")


def summary(snapshot: Snapshot, now: float) -> Json:
    """One operation as of `now`. Times are Unix seconds; a value that is not known is null."""
    watch, operation = snapshot.watch, snapshot.shown
    fields: Json = {
        "resource": watch.key.resource,
        "api": watch.key.api,
        "operation": watch.key.operation,
        "kind": snapshot.kind,
        "name": public(watch.name),
        "labels": dict(watch.labels),
        "up": snapshot.up,
        "troubles": [trouble._asdict() for trouble in troubles(snapshot, now)],
        "failure": snapshot.failure.reason if snapshot.failure else None,
        "last_success": snapshot.last_success,
        "last_change": snapshot.last_change,
        "documents_unreadable": len(snapshot.unreadable_since),
    }
    if operation is None:
        return fields | {"state": None}
    return fields | {
        "state": operation.state.value,
        "finished": operation.state.finished,
        "bad": operation.state.bad,
        "created": operation.created,
        "last_action": operation.last_action,
        "started": operation.started,
        "deadline": operation.deadline,
        "expires": operation.expires,
        "duration": snapshot.duration,
        "progress": operation.progress,
        "estimated_completion": snapshot.estimated_completion,
        "counts": {
            counted.value: _count(by_state, operation.submitted.get(counted))
            for counted, by_state in operation.counts.items()
        },
        "amounts": {amount.value: value for amount, value in operation.amounts.items()},
        "cost": structs.asdict(snapshot.cost) if snapshot.cost else None,
        "error": _fault(operation.fault),
        # The names of version 0.1.0.
        "characters_charged": operation.amounts.get(Amount.CHARACTERS_CHARGED),
        "documents_submitted": operation.submitted.get(Counted.DOCUMENTS),
        "documents_by_state": _by_state(operation.counts.get(Counted.DOCUMENTS)),
        "outputs": _by_state(operation.counts.get(Counted.OUTPUTS)),
    }


_encoded = msgspec.json.Encoder().encode


def _count(by_state: Mapping[State, int], submitted: int | None) -> Json:
    return {
        "by_state": _by_state(by_state),
        "submitted": submitted,
        "finished": sum(count for state, count in by_state.items() if state.finished),
        "bad": sum(count for state, count in by_state.items() if state.bad),
    }


def _by_state(counts: Mapping[State, int] | None) -> Json | None:
    return None if counts is None else {state.value: count for state, count in counts.items()}


def _fault(fault: Fault | None) -> Json | None:
    if fault is None:
        return None
    return {
        "code": fault.code,
        "inner_code": fault.inner_code,
        "target": fault.target,
        "message": public(fault.message),
    }


def _document(document: Document) -> Json:
    return {
        "id": document.id,
        "name": document.name or None,
        "language": document.language,
        "state": document.state.value,
        "progress": document.progress,
        "characters_charged": document.characters_charged,
        "last_action": document.last_action,
        "error": _fault(document.fault),
    }


def _account(unwatched: Unwatched) -> Json:
    account = unwatched.account
    return {
        "account": public(account.name),
        "subscription": account.subscription,
        "resource_group": public(account.resource_group),
        "kind": public(account.kind),
        "reason": unwatched.reason,
        "why": public(unwatched.why),
    }


def _request(record: RequestRecord) -> Json:
    return {
        "at": record.at,
        "status": record.status,
        "seconds": record.seconds,
        "waited": record.waited,
        "retry_after": record.retry_after,
        "request_id": record.request_id,
        "failure": record.failure or None,
        "changed": record.changed or None,
        "listed": record.listed,
    }


def _target(snapshot: Snapshot, address: str, probe: str) -> Json:
    key = snapshot.watch.key
    labels = {f"__param_{name}": value for name, value in key._asdict().items()}
    path = {"__metrics_path__": probe, "instance": "/".join(key)}
    return {"targets": [address], "labels": labels | path}
