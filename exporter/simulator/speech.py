"""Video Translation and Avatar: an operation is an id and a state, nothing else.

https://learn.microsoft.com/rest/api/aiservices/videotranslation/operation-operations/get-operation
https://learn.microsoft.com/rest/api/aiservices/speechapi/operations/get (avatar)
"""

import re
from collections.abc import Iterable

from exporter.simulator.errors import Refusal, check_version, no_such_route, refused
from exporter.simulator.scenario import Operation
from exporter.simulator.timeline import status_of
from exporter.simulator.wire import Answer, Request, json_answer


class Speech:
    """One of the two: `{endpoint}/{name}/operations/{id}?api-version={api_version}`."""

    def __init__(self, name: str, api_version: str, operations: Iterable[Operation]) -> None:
        self.prefix = f"/{name}/"
        self._path = re.compile(rf"/{name}/operations/([^/]+)")
        self._api_version = api_version
        self._operations = {operation.id: operation for operation in operations}

    def answer(self, request: Request, now: float) -> Answer:
        found = self._path.fullmatch(request.path)
        if found is None or request.method != "GET":
            return no_such_route()
        check_version(request.argument("api-version"), (self._api_version,), "BadArgument")
        operation = self._operations.get(found[1])
        status = None if operation is None else status_of(operation, now)
        if status is None:
            raise Refusal(404, "NotFound", f"Operation {found[1]} is not found.")
        return json_answer(200, {"id": found[1], "status": status})

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        return refused(refusal, "azure core")
