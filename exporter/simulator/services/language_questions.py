"""Question answering: jobs of projects, at `/language/authoring/query-knowledgebases/projects`.

https://learn.microsoft.com/rest/api/questionanswering/question-answering-projects
The version 2021-10-01 has the same routes without `/authoring`.
"""

from collections.abc import Iterable
from functools import partial

from exporter.simulator.messages import (
    Answer,
    Request,
    json_answer,
    offset_timestamp,
    whole_timestamp,
)
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.language import DAY, QuestionJob
from exporter.simulator.play.scenario import Pace
from exporter.simulator.services.errors import check_version, no_such_route
from exporter.simulator.services.language_bodies import errors_of, job_body
from exporter.simulator.services.language_requests import accepted, list_answer, not_found

_VERSIONS = ("2023-04-01", "2025-05-15-preview")
_OLD_VERSIONS = ("2021-10-01",)
_STARTERS = {
    ("POST", ":import"): "import",
    ("POST", ":export"): "export",
    ("PATCH", "sources"): "sources",
    ("PATCH", "qnas"): "qnas",
}


class Questions:
    """`query-knowledgebases/projects`: a project is there while it has a job."""

    def __init__(self, jobs: Iterable[QuestionJob], pace: Pace) -> None:
        self.by_id = {job.full_id: job for job in jobs}
        self._pace = pace

    def answer(self, request: Request, now: float) -> Answer:
        versions = _VERSIONS if "/authoring/" in request.path else _OLD_VERSIONS
        check_version(request.argument("api-version"), versions, "InvalidRequest")
        path = request.path.partition("/projects")[2]
        is_list = request.method == "GET" and not path
        answer = self._projects(request, now) if is_list else self._answer(request, path, now)
        text = "Some of the services of Language have been announced for retirement."
        return answer.plus(warn_code="299", warn_agent="-", warn_text=text)

    def _answer(self, request: Request, path: str, now: float) -> Answer:
        match [request.method, *path.split("/")]:
            case ["GET", "", project, "deployments", name]:
                return self._deployment(project, name, now)
            case ["GET", "", _, ("sources" | "qnas")]:
                return list_answer(request, [])  # the contents of projects are not played
            case ["PUT", "", project, "deployments", name]:
                return self._start(request, project, f"deployments/{name}", now)
            case [method, "", project, starter] if (method, starter) in _STARTERS:
                return self._start(request, project, _STARTERS[method, starter], now)
            case ["GET", "", project, *route, "jobs", id_]:
                return self._job(request, "/".join((project, *route, id_.lower())), now)
        return no_such_route()

    def _job(self, request: Request, full_id: str, now: float) -> Answer:
        job = self.by_id.get(full_id)
        if job is None or not job.exists(now):
            raise not_found("The job does not exist.")
        body = job_body(job, now, partial(offset_timestamp, utc_offset_minutes=0))  # +00:00
        errors = errors_of(job, now)
        if errors:
            body["errors"] = errors
        if job.status(now) != "succeeded":
            waits = job.status(now) in {"notStarted", "running", "cancelling"}
            answer = json_answer(200, body)
            return answer.plus(Retry_After="5") if waits else answer
        if job.route in {"sources", "qnas"}:
            body["resultUrl"] = f"/knowledgebases/{job.project}"  # no route of this API
        elif job.route == "export":
            body["resultUrl"] = f"{request.origin}{request.path}/result"
        return json_answer(200, body)

    def _deployment(self, project: str, name: str, now: float) -> Answer:
        ends = [
            job.finished
            for job in self.by_id.values()
            if (job.project, job.route) == (project, f"deployments/{name}")
            and job.exists(now)
            and job.status(now) == "succeeded"
        ]
        if not ends:
            raise not_found("The deployment does not exist.")
        last = max(at for at in ends if at is not None)
        body = {"deploymentName": name, "lastDeployedDateTime": whole_timestamp(last)}
        return json_answer(200, body)

    def _projects(self, request: Request, now: float) -> Answer:
        created = {job.project: job.created for job in self.by_id.values() if job.exists(now)}
        items = [
            {
                "projectName": name,
                "description": "A project of the simulator.",
                "language": "en",
                "createdDateTime": whole_timestamp(at - DAY),
                "lastModifiedDateTime": whole_timestamp(at),
            }
            for name, at in created.items()
        ]
        return list_answer(request, items)

    def _start(self, request: Request, project: str, route: str, now: float) -> Answer:
        started = now + self._pace.queue
        job = QuestionJob(
            id=seeded_uuid(project, route, now, len(self.by_id)),
            created=now,
            started=started,
            finished=started + self._pace.analysis,
            project=project,
            route=route,
        )
        self.by_id[job.full_id] = job
        root = request.path.partition("/projects")[0]
        return accepted(request, f"{root}/projects/{project}/{route}/jobs/{job.id}", port=True)
