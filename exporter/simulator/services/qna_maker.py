"""QnA Maker operations, as in recorded traffic of the .NET SDK.

The page: https://learn.microsoft.com/rest/api/qnamaker/operations/get-details. In recorded
traffic, the header is `Retry-After` with a time span, and the timestamps have an offset.
"""

import re
from collections.abc import Iterable

from exporter.simulator.messages import Answer, Request, json_answer, offset_timestamp
from exporter.simulator.play.scenario import Failure, QnaOperation
from exporter.simulator.play.timeline import last_action_of, status_of
from exporter.simulator.services.errors import Refusal, no_such_route, refused

# The official Python client 0.3.1 uses v5.0-preview.1; all versions have the same body.
_PATH = re.compile(r"/qnamaker/(?:v5\.0-preview\.2|v5\.0-preview\.1|v4\.0)/operations/([^/]+)")


class QnaMaker:
    """`{endpoint}/qnamaker/v5.0-preview.2/operations/{id}`."""

    prefix = "/qnamaker/"

    def __init__(self, operations: Iterable[QnaOperation]) -> None:
        self._operations = {operation.id: operation for operation in operations}

    def answer(self, request: Request, now: float) -> Answer:
        match = _PATH.fullmatch(request.path)
        if match is None or request.method != "GET":
            return no_such_route()
        operation = self._operations.get(match[1])
        status = None if operation is None else status_of(operation, now)
        if operation is None or status is None:
            message = f"Operation not found: {match[1]}"
            raise Refusal(404, "OperationNotFound", message)
        answer = json_answer(200, operation_body(operation, status, now)).plus(
            csp_billing_usage="CognitiveServices.QnAMakerV2.Transaction=1",
            x_envoy_upstream_service_time="7",
        )
        unfinished = status in {"NotStarted", "Running"}
        return answer.plus(Retry_After="00:00:30") if unfinished else answer

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return refused(refusal, "qna maker")


def operation_body(operation: QnaOperation, status: str, now: float) -> dict[str, object]:
    offset = operation.utc_offset_minutes
    body: dict[str, object] = {
        "operationState": status,
        "createdTimestamp": offset_timestamp(operation.created, offset),
        "lastActionTimestamp": offset_timestamp(last_action_of(operation, now), offset),
    }
    if status == "Succeeded":
        body["resourceLocation"] = f"/knowledgebases/{operation.knowledge_base}"
    body |= {"userId": operation.user, "operationId": operation.id}
    if status == "Failed" and operation.failure is not None:
        body["errorResponse"] = {"error": _error(operation.failure)}
    return body


def _error(failure: Failure) -> dict[str, object]:
    return {
        "code": failure.code,
        "message": failure.message,
        "innerError": {"code": failure.inner_code},
    }
