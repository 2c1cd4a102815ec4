"""Azure OpenAI: `/openai/…?api-version=…`, and `/openai/v1/…` without a version.

A Foundry project has its fine-tuning jobs at `/api/projects/{project}/openai/…`.
"""

import re

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.services.errors import Refusal, no_such_route
from exporter.simulator.services.openai_batches import OpenaiBatches
from exporter.simulator.services.openai_fine_tuning import OpenaiFineTuning

_VERSIONS = ("2024-10-21", "2025-01-01-preview", "2025-04-01-preview")
_PROJECT_VERSIONS = ("2025-11-15-preview",)
_PROJECT = re.compile(r"/api/projects/[^/]+(?=/)")


def is_openai(path: str) -> bool:
    """Whether a path belongs to a service of this module."""
    return path.startswith((Openai.prefix, FoundryProject.prefix))


def has_key(request: Request, key: str) -> bool:
    """Whether a request has the key: in the header `api-key`, or on `v1` as a bearer token.

    A project takes no key in a header; here the key stands for a token as well.
    """
    bearer = request.headers.get("Authorization") == f"Bearer {key}"
    if request.path.startswith(FoundryProject.prefix):
        return bearer
    v1 = request.path.startswith("/openai/v1/")
    return request.headers.get("api-key") == key or (bearer and v1)


class Openai:
    """The APIs of an Azure OpenAI resource."""

    prefix = "/openai/"

    def __init__(self, batches: OpenaiBatches, fine_tuning: OpenaiFineTuning) -> None:
        self._batches, self._fine_tuning = batches, fine_tuning

    def answer(self, request: Request, now: float) -> Answer:
        path = request.path.removeprefix(self.prefix)
        if not path.startswith("v1/") and request.argument("api-version") not in _VERSIONS:
            return no_such_route()
        match path.removeprefix("v1/").split("/"):
            case ["batches", *rest]:
                return self._batches.answer(request, rest, now)
            case ["fine_tuning", "jobs", *rest]:
                return self._fine_tuning.answer(request, rest, now)
        return no_such_route()

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return _refused(refusal)


class FoundryProject:
    """The fine-tuning jobs of every Foundry project: those of the resource."""

    prefix = "/api/projects/"

    def __init__(self, fine_tuning: OpenaiFineTuning) -> None:
        self._fine_tuning = fine_tuning

    def answer(self, request: Request, now: float) -> Answer:
        path = _PROJECT.sub("", request.path, count=1)
        dated = request.argument("api-version") in _PROJECT_VERSIONS
        match path.split("/"):
            case ["", "openai", "v1", "fine_tuning", "jobs", *rest]:
                return self._fine_tuning.answer(request, rest, now)
            case ["", "openai", "fine_tuning", "jobs", *rest] if dated:
                return self._fine_tuning.answer(request, rest, now)
        return no_such_route()

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return _refused(refusal)


def _refused(refusal: Refusal) -> Answer:
    error = {"code": refusal.code, "message": refusal.message}
    return json_answer(refusal.status, {"error": error})
