"""What is known of each operation, as JSON: a program's view of `/metrics` and more."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec
from aiohttp import web

from exporter.model.operation import Document, Fault, OperationKey, State
from exporter.model.quantities import Amount, Counted
from exporter.model.snapshot import Snapshot
from exporter.model.store import Store
from exporter.model.trouble import troubles
from exporter.telemetry.history import History, RequestRecord
from exporter.text import public

_SLICE = 128  # operations; some milliseconds

Json = dict[str, object]


@dataclass(frozen=True)
class OperationsApi:
    """`/api/v1/operations`, and `/sd` for Prometheus.

    Args:
        problems: what is wrong with files of operations, in sentences.
        clock: Unix seconds.
    """

    store: Store
    history: History
    problems: Callable[[], Sequence[str]]
    clock: Callable[[], float]

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes."""
        return [
            web.get("/api/v1/operations", self._operations),
            web.get("/api/v1/operations/{resource}/{api}/{operation:.+}", self._operation),
            web.get("/sd", self._targets),
        ]

    async def _operations(self, _request: web.Request) -> web.Response:
        problems = json.dumps(list(self.problems())).encode()  # a file's name may be no text
        now = self.clock()
        operations = await _joined(self.store, lambda snapshot: summary(snapshot, now))
        return _answer(b'{"operations":[' + operations + b'],"problems":' + problems + b"}")

    async def _operation(self, request: web.Request) -> web.Response:
        key = OperationKey(*(request.match_info[name] for name in ("resource", "api", "operation")))
        if key not in self.store:
            return web.json_response({"error": "no such operation is watched"}, status=404)
        snapshot = self.store[key]
        documents = snapshot.operation.documents if snapshot.operation else {}
        more: Json = {
            "documents": [_document(document) for document in documents.values()],
            "timeline": [moment._asdict() for moment in self.history.timeline(snapshot)],
            "polls": [_poll(entry) for entry in self.history[key]],
        }
        return web.json_response(summary(snapshot, self.clock()) | more)

    async def _targets(self, request: web.Request) -> web.Response:
        """Each operation as a target of `/probe`.

        https://prometheus.io/docs/prometheus/latest/http_sd/
        """
        targets = await _joined(self.store, lambda snapshot: _target(snapshot, request.host))
        return _answer(b"[" + targets + b"]")


async def _joined(snapshots: Iterable[Snapshot], told: Callable[[Snapshot], Json]) -> bytes:
    """What is told of each, with commas between, of one moment; others have their turn."""
    each, parts = iter(tuple(snapshots)), []
    while taken := list(islice(each, _SLICE)):
        parts += [_encoded(told(snapshot)) for snapshot in taken]
        await asyncio.sleep(0)
    return b",".join(parts)


def _answer(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", charset="utf-8")


def summary(snapshot: Snapshot, now: float) -> Json:
    """One operation at `now`; times are Unix seconds, what was not said is null."""
    watch, known = snapshot.watch, snapshot.shown
    said: Json = {
        "resource": watch.key.resource,
        "api": watch.key.api,
        "operation": watch.key.operation,
        "kind": watch.kind,
        "name": public(watch.name),
        "labels": dict(watch.labels),
        "up": snapshot.up,
        "troubles": [each._asdict() for each in troubles(snapshot, now)],
        "failure": snapshot.failure.reason if snapshot.failure else None,
        "last_success": snapshot.last_success,
        "last_change": snapshot.last_change,
        "documents_unreadable": len(snapshot.unreadable_since),
    }
    if known is None:
        return said | {"state": None}
    return said | {
        "state": known.state.value,
        "finished": known.state.finished,
        "bad": known.state.bad,
        "created": known.created,
        "last_action": known.last_action,
        "progress": known.progress,
        "estimated_completion": snapshot.estimated_completion,
        "counts": {
            counted.value: _count(by_state, known.submitted.get(counted))
            for counted, by_state in known.counts.items()
        },
        "amounts": {amount.value: value for amount, value in known.amounts.items()},
        "error": _fault(known.fault),
        # What version 0.1.0 has of these, under its names.
        "characters_charged": known.amounts.get(Amount.CHARACTERS_CHARGED),
        "documents_submitted": known.submitted.get(Counted.DOCUMENTS),
        "documents_by_state": _by_state(known.counts.get(Counted.DOCUMENTS)),
        "outputs": _by_state(known.counts.get(Counted.OUTPUTS)),
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


def _poll(entry: RequestRecord) -> Json:
    return {
        "at": entry.at,
        "status": entry.status,
        "seconds": entry.seconds,
        "waited": entry.waited,
        "retry_after": entry.retry_after,
        "request_id": entry.request_id,
        "failure": entry.failure or None,
        "changed": entry.changed or None,
        "listed": entry.listed,
    }


def _target(snapshot: Snapshot, host: str) -> Json:
    key = snapshot.watch.key
    labels = {f"__param_{name}": value for name, value in key._asdict().items()}
    own = {"__metrics_path__": "/probe", "instance": "/".join(key)}
    return {"targets": [host], "labels": labels | own}
