"""Azure OpenAI: `/openai/…?api-version=…`, and `/openai/v1/…` without a version."""

from exporter.simulator.messages import Answer, Request, json_answer
from exporter.simulator.services.errors import Refusal, no_such_route
from exporter.simulator.services.openai_batches import OpenaiBatches

_VERSIONS = ("2024-10-21", "2025-01-01-preview", "2025-04-01-preview")


def has_key(request: Request, key: str) -> bool:
    """Whether a request has the key: in the header `api-key`, or on `v1` as a bearer token."""
    if request.headers.get("api-key") == key:
        return True
    bearer = request.headers.get("Authorization") == f"Bearer {key}"
    return bearer and request.path.startswith("/openai/v1/")


class Openai:
    """The APIs of an Azure OpenAI resource."""

    prefix = "/openai/"

    def __init__(self, batches: OpenaiBatches) -> None:
        self._batches = batches

    def answer(self, request: Request, now: float) -> Answer:
        path = request.path.removeprefix(self.prefix)
        if not path.startswith("v1/") and request.argument("api-version") not in _VERSIONS:
            return no_such_route()
        match path.removeprefix("v1/").split("/"):
            case ["batches", *rest]:
                return self._batches.answer(request, rest, now)
        return no_such_route()

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        error = {"code": refusal.code, "message": refusal.message}
        return json_answer(refusal.status, {"error": error})
