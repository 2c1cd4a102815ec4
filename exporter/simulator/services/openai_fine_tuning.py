"""Azure OpenAI's fine-tuning jobs: POST creates, cancels, pauses and resumes one.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/fine-tuning
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.scenario import Pace
from exporter.simulator.services.errors import no_such_route
from exporter.simulator.services.openai_bodies import fine_tuning_body
from exporter.simulator.services.openai_requests import bad_request, not_found, page_of, read_body

_ENDS = frozenset({"succeeded", "failed", "cancelled"})


class OpenaiFineTuning:
    """`fine_tuning/jobs`, below each version's path."""

    def __init__(self, jobs: Iterable[FineTuning], pace: Pace) -> None:
        self.by_id = {job.id: job for job in jobs}
        self._pace = pace

    def answer(self, request: Request, path: Sequence[str], now: float) -> Answer:
        """`path` are the parts behind `fine_tuning/jobs`."""
        match [request.method, *path]:
            case ["GET"]:
                return self._list(request, now)
            case ["POST"]:
                return self._create(request, now)
            case ["GET", id_]:
                return json_answer(200, fine_tuning_body(self._find(id_, now), now))
            case ["POST", id_, ("cancel" | "pause" | "resume") as action]:
                return self._act(id_, action, now)
            case ["DELETE", id_]:
                del self.by_id[self._find(id_, now).id]
                return Answer(204)
        return no_such_route()

    def _find(self, id_: str, now: float) -> FineTuning:
        job = self.by_id.get(id_)
        if job is None or now < job.created:
            raise not_found()
        return job

    def _list(self, request: Request, now: float) -> Answer:
        created = [job for job in self.by_id.values() if job.created <= now]
        page = page_of(created, request)
        items = [fine_tuning_body(job, now) for job in page.items]
        return json_answer(200, {"has_more": page.has_more, "data": items, "object": "list"})

    def _create(self, request: Request, now: float) -> Answer:
        """A new job. The id of its training file is accepted as it is."""
        body = read_body(request, "model", "training_file")
        suffix = body.get("suffix")
        started = now + self._pace.validating
        job = FineTuning(
            id=f"ftjob-{seeded_uuid('fine tuning', now, len(self.by_id)).replace('-', '')}",
            created=now,
            started=started,
            finished=started + self._pace.training,
            model=str(body["model"]),
            suffix=suffix if isinstance(suffix, str) else None,
            training_file=str(body["training_file"]),
            trained_tokens=14022,
        )
        self.by_id[job.id] = job
        # Azure's link leads nowhere: it lacks `/jobs/`.
        location = f"{request.origin}/openai/fine_tuning/{job.id}"
        return json_answer(201, fine_tuning_body(job, now)).plus(Location=location)

    def _act(self, id_: str, action: str, now: float) -> Answer:
        job = self._find(id_, now)
        status = job.status(now)
        soon = now + self._pace.cancelling
        if action == "cancel" and status not in _ENDS:
            started = job.started if job.started is not None and job.started <= now else None
            job = replace(job, finished=now, started=started, outcome="cancelled")
        elif action == "pause" and status == "running":
            left = None if job.finished is None else job.finished - now
            job = replace(job, pause_asked=now, paused=soon, finished=None, left=left)
            job = replace(job, resume_asked=None, resumed=None)
        elif action == "resume" and status == "paused":
            finished = None if job.left is None else soon + job.left
            job = replace(job, resume_asked=now, resumed=soon, finished=finished)
        else:
            raise bad_request(f"Cannot {action} a job with status '{status}'.")
        self.by_id[id_] = job
        return json_answer(200, fine_tuning_body(job, now))
