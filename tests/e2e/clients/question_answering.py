"""azure-ai-language-questionanswering-authoring: ENDPOINT KEY VERSION; deploy, import, update."""

import json
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

from azure.core.credentials import AzureKeyCredential

PACKAGE = "azure-ai-language-questionanswering-authoring"


def main(endpoint: str, key: str, wanted: str) -> None:
    """Prints what each call gave."""
    if version(PACKAGE) != wanted:
        sys.exit(f"{PACKAGE} is {version(PACKAGE)}, not {wanted}")
    authoring = import_module("azure.ai.language.questionanswering.authoring")
    client: Any = authoring.QuestionAnsweringAuthoringClient(endpoint, AzureKeyCredential(key))
    jobs: dict[str, Any] = {}
    with client:
        jobs["import"] = client.begin_import_assets("faq", {}, file_format="json")
        jobs["export"] = client.begin_export("faq", file_format="json")
        jobs["sources"] = client.begin_update_sources("faq", [])
        jobs["deployment"] = client.begin_deploy_project("faq", "production")
        for job in jobs.values():
            job.wait(30)
        projects = [one["projectName"] for one in client.list_projects()]
    seen = {
        "ended": {name: [job.done(), job.status().lower()] for name, job in jobs.items()},
        "projects": projects,
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
