"""An Azure that writes secrets wherever it writes text, and repeats the request."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count

from aiohttp import web

from exporter.simulator.play.building import (
    batch,
    iteration,
    qna_operation,
    rejected_batch,
    seeded_uuid,
    synthesis,
    translation,
)
from exporter.simulator.play.content_building import analysis
from exporter.simulator.play.document_building import model_operation
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.language import QuestionJob, Training
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Failure, Scenario
from exporter.simulator.play.speech_building import custom_job, transcription
from exporter.simulator.server import DEFAULT_KEY, Simulator
from tests.support.local import START, clock, served
from tests.support.secret_forms import NAMES, SECRETS

OWN = "PlantedKey-of-the-exporter"  # `tests.support.surfaces` searches for its beginning
FORMS = [
    *(form.format("PlantedKey0of0somebody0else") for form in SECRETS),
    *(form.format("PlantedKey-plan.docx") for form in NAMES),
    OWN,
    f"You sent {OWN}.",
    f"ocp-apim-subscription-key%3a%20{OWN}",
    f"x{OWN}x",
]
SOME = [*FORMS[::8], *FORMS[-4:]]
ANALYSES = tuple(
    analysis(
        created=START - 90,
        outcome="Failed",
        analyzer=form,
        error=(form, form, form),
        seed=number,
    )
    for number, form in enumerate(SOME)
)
_KEY = {"Ocp-Apim-Subscription-Key": DEFAULT_KEY, "api-key": DEFAULT_KEY}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _failure(form: str) -> Failure:
    return Failure(inner_code=form, message=form, code=form)


def scenario() -> Scenario:
    """Forms in every text of an operation that Azure or a person writes; every form in batches."""
    failures = [_failure(form) for form in FORMS]
    whole = batch(created=START - 90, documents=len(FORMS), failed=len(FORMS))
    documents = tuple(
        replace(
            document,
            failure=failure,
            # Names of documents are asked for here, so that they may show.
            source=document.source if "plan.docx" in failure.message else failure.message,
            target=failure.message,
        )
        for document, failure in zip(whole.documents, failures, strict=True)
    )
    return Scenario(
        batches=(
            replace(whole, documents=documents),
            *(
                rejected_batch(created=START - 80, failure=failure, seed=number)
                for number, failure in enumerate(failures)
            ),
        ),
        translations=tuple(
            replace(
                translation(
                    f"tour{number}",
                    iteration(created=START - 80, outcome="Failed", failure_reason=form),
                    created=START - 90,
                ),
                display_name=form,
            )
            for number, form in enumerate(SOME)
        ),
        syntheses=tuple(
            replace(
                synthesis(
                    f"talk{number}", created=START - 90, outcome="Failed", error=(form, form)
                ),
                description=form,
            )
            for number, form in enumerate(SOME)
        ),
        speech_syntheses=tuple(
            replace(
                synthesis(
                    f"book{number}", created=START - 90, outcome="Failed", error=(form, form)
                ),
                description=form,
            )
            for number, form in enumerate(SOME)
        ),
        transcriptions=tuple(
            transcription(
                created=START - 90,
                outcome="Failed",
                error=(form, form),
                display_name=form,
                seed=number,
            )
            for number, form in enumerate(SOME)
        ),
        custom_speech=tuple(
            custom_job(
                "models",
                created=START - 90,
                outcome="Failed",
                error=(form, form),
                display_name=form,
                seed=number,
            )
            for number, form in enumerate(SOME)
        ),
        document_jobs=tuple(
            model_operation(
                form, created=START - 90, outcome="Failed", error=(form, form), seed=number
            )
            for number, form in enumerate(SOME)
        ),
        qna_maker=tuple(
            qna_operation(
                id=f"update{number}", created=START - 90, outcome="Failed", failure=_failure(form)
            )
            for number, form in enumerate(SOME)
        ),
        openai_batches=tuple(
            OpenaiBatch(
                id=f"batch_{number}",
                created=START - 90,
                finished=START - 80,
                outcome="failed",
                error=(form, form),
                endpoint=form,
                input_file=form,
                model=form,
            )
            for number, form in enumerate(SOME)
        ),
        questions=tuple(
            QuestionJob(
                id=seeded_uuid("question", number),
                created=START - 90,
                finished=START - 80,
                outcome="failed",
                error=(form, form),
            )
            for number, form in enumerate(SOME)
        ),
        trainings=tuple(
            Training(
                id=seeded_uuid("training", number),
                created=START - 90,
                finished=START - 80,
                outcome="failed",
                error=(form, form),
                model=form,
            )
            for number, form in enumerate(SOME)
        ),
        fine_tunings=tuple(
            FineTuning(
                id=f"ftjob-{number}",
                created=START - 90,
                finished=START - 80,
                outcome="failed",
                error=(form, form),
                model=form,
                suffix=form,
                training_file=form,
            )
            for number, form in enumerate(SOME)
        ),
        content_understanding=ANALYSES,
    )


def _spoilt(body: object) -> object:
    """A list in which ids, languages and states of some items are secrets."""
    keys = ("value", "values", "data")
    lists = [body.get(key) for key in keys] if isinstance(body, dict) else []
    items = next(filter(None, lists), None)
    for number, item in enumerate(items if isinstance(items, list) else []):
        if number % 9 == 4 and "to" in item:
            item |= {"id": OWN, "to": FORMS[number % len(FORMS)]}
        elif number % 9 == 5:
            item["status"] = FORMS[number % len(FORMS)]
        elif number % 9 == 6:
            item["id"] = OWN
        if "contentUrl" in item.get("links", {}):
            item["links"]["contentUrl"] += f"&skoid={OWN}"
    return body


def _echo(request: web.Request, number: int) -> web.Response:
    """An error that repeats the request, with another status and form each time."""
    form = FORMS[number % len(FORMS)]
    sent = f"{form} {dict(request.headers)} {request.url}"
    error = {"code": form, "message": sent, "target": form, "innererror": {"code": sent}}
    headers = {"apim-request-id": OWN, "x-ms-error-code": form.replace("\n", " "), "X-Echo": OWN}
    status = (400, 404, 409, 429, 500, 503, 418)[number % 7]
    if number % 5 == 0:
        page = f"<html>{sent}</html>"
        return web.Response(text=page, status=200, content_type=f"text/{OWN}", headers=headers)
    return web.json_response({"error": error}, status=status, headers=headers)


@asynccontextmanager
async def planted_azure() -> AsyncIterator[tuple[str, str]]:
    """The endpoints of a resource with the scenario, and of one that only repeats requests."""
    numbers = count()

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        signed = request.path.startswith("/_blobs/")  # such a request carries no key
        key = {} if signed else _KEY
        answer = await handler(request.clone(headers={**request.headers, **key}))
        answer.headers["apim-request-id"] = FORMS[next(numbers) % len(FORMS)]
        if isinstance(answer, web.Response) and isinstance(answer.body, bytes) and answer.body:
            answer.body = json.dumps(_spoilt(json.loads(answer.body))).encode()
        return answer

    async def repeat(request: web.Request) -> web.Response:
        return _echo(request, next(numbers))

    app = Simulator(scenario(), clock=clock, cache=False).app()
    app.middlewares.append(spoil)
    mirror = web.Application()
    mirror.router.add_route("*", "/{path:.*}", repeat)
    async with served(app) as endpoint, served(mirror) as repeating:
        yield endpoint, repeating


def resources(endpoints: tuple[str, str], auth: Mapping[str, str]) -> list[dict[str, object]]:
    """The settings of both resources, with everything watched."""
    everything = {"discover": {"interval": "30s"}}
    sections: dict[str, object] = {
        "document_translation": {**everything, "document_names": True},
        "video_translation": everything,
        "avatar": {**everything, "requests_per_minute": 6000},
        "speech_synthesis": everything,
        "speech_transcription": {**everything, "reports": True},
        "custom_speech": everything,
        "language": {**everything, "requests_per_minute": 6000},
        "question_answering": {
            "operations": [f"faq/import/{seeded_uuid('question', n)}" for n in range(len(SOME))]
        },
        "document_intelligence": everything,
        "openai_batch": {"api_version": "v1", **everything},
        "openai_fine_tuning": everything,
        "content_understanding": {"operations": [each.place for each in ANALYSES]},
        "qna_maker": {"operations": [f"update{number}" for number in range(len(SOME))]},
    }
    poll = {"requests_per_second": 50}
    return [
        {"endpoint": endpoint, "auth": dict(auth), "poll": poll, **sections}
        for endpoint in endpoints
    ]
