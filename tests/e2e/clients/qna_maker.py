"""azure-cognitiveservices-knowledge-qnamaker: ENDPOINT KEY VERSION OPERATION...; get details."""

import json
import sys
from importlib.metadata import version
from typing import Any

from azure.cognitiveservices.knowledge.qnamaker import QnAMakerClient
from msrest.authentication import CognitiveServicesCredentials


def main(endpoint: str, key: str, wanted: str, *operations: str) -> None:
    """Prints what each operation's details were."""
    package = "azure-cognitiveservices-knowledge-qnamaker"
    if version(package) != wanted:
        sys.exit(f"{package} is {version(package)}, not {wanted}")
    client: Any = QnAMakerClient(  # type: ignore[no-untyped-call]
        endpoint, CognitiveServicesCredentials(key)
    )
    seen = {}
    for name in operations:
        details = client.operations.get_details(name)
        error = details.error_response and details.error_response.error
        seen[details.operation_id] = {
            "state": details.operation_state,
            "created": details.created_timestamp,
            "location": details.resource_location,
            "error": error and error.code,
        }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
