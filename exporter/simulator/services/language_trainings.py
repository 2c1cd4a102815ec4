"""Trainings of custom text projects and of conversational ones: POST starts and cancels one.

https://learn.microsoft.com/rest/api/language/text-analysis-authoring/train
"""

from collections.abc import Iterable
from dataclasses import replace

from exporter.simulator.messages import Answer, Request, json_answer, whole_timestamp
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.language import DAY, Training, project_job_id
from exporter.simulator.play.scenario import Pace
from exporter.simulator.services.errors import Refusal, check_version, no_such_route
from exporter.simulator.services.language_bodies import training_body
from exporter.simulator.services.language_requests import (
    accepted,
    list_answer,
    not_found,
    read_body,
)

_VERSIONS = {
    "analyze-text": ("2023-04-01", "2025-05-15-preview"),
    "analyze-conversations": (
        "2023-04-01",
        "2025-11-01",
        "2025-05-15-preview",
        "2025-11-15-preview",
    ),
}


class Trainings:
    """`authoring/{kind}/projects`: a project is there while it has a training."""

    def __init__(self, trainings: Iterable[Training], pace: Pace) -> None:
        self.by_id = {job.full_id: job for job in trainings}
        self._pace = pace

    def answer(self, request: Request, kind: str, now: float) -> Answer:
        check_version(request.argument("api-version"), _VERSIONS[kind], "InvalidRequest")
        path = request.path.partition("/projects")[2]
        match [request.method, *path.split("/")]:
            case ["GET", ""]:
                return self._projects(request, kind, now)
            case ["POST", "", project, ":train"]:
                return self._train(request, kind, project, now)
            case ["GET", "", project, "train", "jobs"]:
                return self._jobs(request, kind, project, now)
            case ["GET", "", project, "train", "jobs", id_]:
                return json_answer(200, self._body(self._find(kind, project, id_, now), now))
            case ["POST", "", project, "train", "jobs", id_, ":cancel"]:
                return self._cancel(request, self._find(kind, project, id_, now), now)
        return no_such_route()

    def _body(self, job: Training, now: float) -> dict[str, object]:
        return training_body(job, now, notice=self._pace.notice)

    def _find(self, kind: str, project: str, id_: str, now: float) -> Training:
        job = self.by_id.get(f"authoring/{kind}/{project}/train/{id_.lower()}")
        if job is None or not job.exists(now):
            raise not_found("The training job does not exist.")
        return job

    def _of_kind(self, kind: str, now: float) -> list[Training]:
        """The newest first; the order is not documented."""
        jobs = [job for job in self.by_id.values() if job.kind == kind and job.exists(now)]
        return sorted(jobs, key=lambda job: (-job.created, job.id))

    def _projects(self, request: Request, kind: str, now: float) -> Answer:
        created = {job.project: job.created for job in self._of_kind(kind, now)}
        items = [
            {
                "createdDateTime": whole_timestamp(at - DAY),
                "lastModifiedDateTime": whole_timestamp(at),
                "projectKind": "Conversation"
                if kind == "analyze-conversations"
                else "CustomEntityRecognition",
                "projectName": name,
                "description": "A project of the simulator.",
                "language": "en",
            }
            for name, at in created.items()
        ]
        return list_answer(request, items)

    def _jobs(self, request: Request, kind: str, project: str, now: float) -> Answer:
        jobs = [job for job in self._of_kind(kind, now) if job.project == project]
        if not jobs:
            raise Refusal(404, "ProjectNotFound", "The specified project was not found.")
        return list_answer(request, [self._body(job, now) for job in jobs])

    def _train(self, request: Request, kind: str, project: str, now: float) -> Answer:
        body = read_body(request, "modelLabel")
        started = now + self._pace.queue
        evaluating = started + 0.8 * self._pace.training
        job = Training(
            id=project_job_id(seeded_uuid(project, now, len(self.by_id)), now),
            created=now,
            started=started,
            evaluating=evaluating if kind == "analyze-text" else None,
            finished=started + self._pace.training,
            kind=kind,  # type: ignore[arg-type]  # the route has checked it
            project=project,
            model=str(body["modelLabel"]),
        )
        self.by_id[job.full_id] = job
        return accepted(request, f"{request.path.removesuffix('/:train')}/train/jobs/{job.id}")

    def _cancel(self, request: Request, job: Training, now: float) -> Answer:
        if job.status(now) in {"notStarted", "running"}:
            stopped = replace(job, cancel_asked=now, cancelled=now + self._pace.cancelling)
            self.by_id[job.full_id] = stopped
        return accepted(request, request.path.removesuffix("/:cancel"))
