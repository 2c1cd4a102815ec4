"""Azure AI Language: `/language/analyze-…/jobs`, `/language/authoring/…/projects`.

https://learn.microsoft.com/rest/api/language/
"""

from collections.abc import Iterable
from dataclasses import replace

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.language import Analysis
from exporter.simulator.play.scenario import Pace, Scenario
from exporter.simulator.services.errors import Refusal, check_version, no_such_route, refused
from exporter.simulator.services.language_bodies import analysis_body
from exporter.simulator.services.language_questions import Questions
from exporter.simulator.services.language_requests import accepted, not_found, number, read_body
from exporter.simulator.services.language_trainings import Trainings

_VERSIONS = ("2022-05-01", "2023-04-01", "2024-11-01")
_DOCUMENT_VERSIONS = ("2024-11-15-preview", "2025-11-15-preview", "2026-05-15-preview")
_KINDS = {
    "analyze-text": _VERSIONS,
    "analyze-conversations": _VERSIONS,
    "analyze-documents": _DOCUMENT_VERSIONS,
}
_FORGOTTEN_AFTER = 5.0
"""Seconds after which a cancelled analysis of text gives an error, as in recorded traffic."""


class Language:
    """The APIs of a Language resource."""

    prefix = "/language/"

    def __init__(self, scenario: Scenario) -> None:
        self._analyses = Analyses(scenario.analyses, scenario.pace)
        self._trainings = Trainings(scenario.trainings, scenario.pace)
        self._questions = Questions(scenario.questions, scenario.pace)

    def begin(self, work: Scenario) -> None:
        """Add the jobs of more work."""
        self._analyses.by_id |= {job.full_id: job for job in work.analyses}
        self._trainings.by_id |= {job.full_id: job for job in work.trainings}
        self._questions.by_id |= {job.full_id: job for job in work.questions}

    def forget(self, work: Scenario) -> None:
        """Remove the jobs of work that is over."""
        for analysis in work.analyses:
            self._analyses.by_id.pop(analysis.full_id, None)
        for training in work.trainings:
            self._trainings.by_id.pop(training.full_id, None)
        for question in work.questions:
            self._questions.by_id.pop(question.full_id, None)

    def answer(self, request: Request, now: float) -> Answer:
        match request.path.removeprefix(self.prefix).split("/"):
            case ["authoring", ("analyze-text" | "analyze-conversations") as kind, "projects", *_]:
                return self._trainings.answer(request, kind, now)
            case ["authoring", "query-knowledgebases", "projects", *_]:
                return self._questions.answer(request, now)
            case ["query-knowledgebases", "projects", *_]:
                return self._questions.answer(request, now)
            case [kind, "jobs", *rest] if kind in _KINDS and len(rest) <= 1:
                return self._analyses.answer(request, kind, "".join(rest), now)
        return no_such_route()

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return refused(refusal, "azure core")


class Analyses:
    """`analyze-text/jobs`, `analyze-conversations/jobs`, `analyze-documents/jobs`."""

    def __init__(self, analyses: Iterable[Analysis], pace: Pace) -> None:
        self.by_id = {analysis.full_id: analysis for analysis in analyses}
        self._pace = pace

    def answer(self, request: Request, kind: str, name: str, now: float) -> Answer:
        """`name` is the last part of the path: empty, an id, or an id and an action."""
        version = check_version(request.argument("api-version"), _KINDS[kind], "InvalidRequest")
        id_, _, action = name.partition(":")
        match request.method, id_, action:
            case "POST", "", "":
                return self._submit(request, kind, now)
            case "GET", _, "" if id_:
                return self._get(request, self._find(kind, id_, now), version, now)
            case "POST", _, "cancel" if id_:
                return self._cancel(request, self._find(kind, id_, now), now)
        return no_such_route()

    def _find(self, kind: str, id_: str, now: float) -> Analysis:
        job = self.by_id.get(f"{kind}/{id_.lower()}")
        if job is None or not job.exists(now):
            raise not_found("Job not found.")
        return job

    def _get(self, request: Request, job: Analysis, version: str, now: float) -> Answer:
        forgotten = job.kind == "analyze-text" and job.status(now - _FORGOTTEN_AFTER) == "cancelled"
        if forgotten:
            raise Refusal(500, "InternalServerError", "Internal server error")
        top, skip = number(request, "top"), number(request, "skip") or 0
        body = analysis_body(job, now, skip=skip, top=top)
        if version == "2022-05-01":
            body["lastUpdateDateTime"] = body.pop("lastUpdatedDateTime")
        if top is not None and skip + top < job.documents:
            link = f"{request.origin}{request.path}?skip={skip + top}&top={top}"
            body["nextLink"] = f"{link}&api-version={version}"
        return json_answer(200, body)

    def _submit(self, request: Request, kind: str, now: float) -> Answer:
        body = read_body(request, "analysisInput", "tasks")
        tasks, given = body["tasks"], body["analysisInput"]
        kinds = [task.get("kind") for task in tasks] if isinstance(tasks, list) else []
        inputs: object = next(iter(given.values()), None) if isinstance(given, dict) else None
        name = body.get("displayName")
        started = now + self._pace.queue
        job = Analysis(
            id=seeded_uuid(kind, now, len(self.by_id)),
            created=now,
            started=started,
            finished=started + self._pace.analysis,
            kind=kind,  # type: ignore[arg-type]  # the route has checked it
            tasks=tuple(map(str, kinds)),
            documents=len(inputs) if isinstance(inputs, list) else 0,
            display_name=name if isinstance(name, str) else None,
        )
        self.by_id[job.full_id] = job
        return accepted(request, f"{request.path}/{job.id}")

    def _cancel(self, request: Request, job: Analysis, now: float) -> Answer:
        if job.status(now) in {"notStarted", "running"}:
            stopped = replace(job, cancel_asked=now, cancelled=now + self._pace.cancelling)
            self.by_id[job.full_id] = stopped
        return accepted(request, request.path.removesuffix(":cancel"))
