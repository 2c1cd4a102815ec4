"""Azure OpenAI's batches: POST creates one, and cancels it.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Pace
from exporter.simulator.services.errors import no_such_route
from exporter.simulator.services.openai_bodies import batch_body
from exporter.simulator.services.openai_requests import bad_request, not_found, page_of, read_body

_FILTERING_VERSION = "2025-04-01-preview"
_CONDITION = re.compile(r"created_at (?P<order>gt|lt) (?P<time>\d+)|status eq '(?P<status>\w+)'")


class OpenaiBatches:
    """`batches`, below each version's path."""

    def __init__(self, batches: Iterable[OpenaiBatch], pace: Pace) -> None:
        self.by_id = {batch.id: batch for batch in batches}
        self._pace = pace

    def answer(self, request: Request, path: Sequence[str], now: float) -> Answer:
        """`path` are the parts behind `batches`."""
        match [request.method, *path]:
            case ["GET"]:
                return self._list(request, now)
            case ["POST"]:
                return self._create(request, now)
            case ["GET", id_]:
                return json_answer(200, batch_body(self._find(id_, now), now))
            case ["POST", id_, "cancel"]:
                return self._cancel(id_, now)
        return no_such_route()

    def _find(self, id_: str, now: float) -> OpenaiBatch:
        batch = self.by_id.get(id_)
        if batch is None or now < batch.created:
            raise not_found()
        return batch

    def _list(self, request: Request, now: float) -> Answer:
        created = [batch for batch in self.by_id.values() if batch.created <= now]
        if request.argument("api-version") == _FILTERING_VERSION:
            matches = _filter(request.argument("$filter") or "")
            created = [batch for batch in created if matches(batch, now)]
        page = page_of(created, request)
        ids = [batch.id for batch in page.items]
        return json_answer(
            200,
            {
                "data": [batch_body(batch, now) for batch in page.items],
                "first_id": ids[0] if ids else None,
                "last_id": ids[-1] if ids else None,
                "has_more": page.has_more,
            },
        )

    def _create(self, request: Request, now: float) -> Answer:
        """A new batch. The id of its input file is accepted as it is."""
        body = read_body(request, "input_file_id", "endpoint", "completion_window")
        started = now + self._pace.validating
        finalizing = started + self._pace.requests
        batch = OpenaiBatch(
            id=f"batch_{seeded_uuid('openai batch', now, len(self.by_id))}",
            created=now,
            counted=now + self._pace.validating / 2,
            started=started,
            finalizing=finalizing,
            finished=finalizing + self._pace.finalizing,
            endpoint=str(body["endpoint"]).removeprefix("/v1"),
            input_file=str(body["input_file_id"]),
        )
        self.by_id[batch.id] = batch
        return json_answer(200, batch_body(batch, now)).plus(
            deployment_enqueued_tokens="0", deployment_maximum_enqueued_tokens="24487000"
        )

    def _cancel(self, id_: str, now: float) -> Answer:
        batch = self._find(id_, now)
        status = batch.status(now)
        if status in {"completed", "failed", "expired", "cancelled"}:
            raise bad_request(f"Cannot cancel a batch with status '{status}'.")
        if status != "cancelling":
            batch = replace(batch, cancel_asked=now, cancelled=now + self._pace.cancelling)
            self.by_id[id_] = batch
        return json_answer(200, batch_body(batch, now))


def _filter(text: str) -> Callable[[OpenaiBatch, float], bool]:
    """The condition of `$filter`, whose status begins with a capital letter."""
    parts = [_CONDITION.fullmatch(part) for part in text.split(" and ")] if text else []

    def matches(batch: OpenaiBatch, now: float) -> bool:
        return all(part is not None and _holds(part, batch, now) for part in parts)

    if None in parts:
        raise bad_request(f"The filter '{text}' is not valid.")
    return matches


def _holds(condition: re.Match[str], batch: OpenaiBatch, now: float) -> bool:
    if condition["status"]:
        return condition["status"].lower() == batch.status(now)
    limit, created = int(condition["time"]), int(batch.created)
    return created > limit if condition["order"] == "gt" else created < limit
