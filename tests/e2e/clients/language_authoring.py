"""azure-ai-…-authoring: ENDPOINT KEY VERSION KIND; train, list, cancel. Kinds: see CLIENTS."""

import json
import sys
import time
from importlib import import_module
from importlib.metadata import version
from typing import Any

from azure.core.credentials import AzureKeyCredential

CLIENTS = {
    "conversations": (
        "azure-ai-language-conversations-authoring",
        "azure.ai.language.conversations.authoring",
        "ConversationAuthoringClient",
    ),
    "text": (
        "azure-ai-textanalytics-authoring",
        "azure.ai.textanalytics.authoring",
        "TextAuthoringClient",
    ),
}
TRAINING = {"modelLabel": "first", "trainingMode": "standard", "trainingConfigVersion": "1"}


def main(endpoint: str, key: str, wanted: str, kind: str) -> None:
    """Prints what each call gave."""
    package, module, name = CLIENTS[kind]
    if version(package) != wanted:
        sys.exit(f"{package} is {version(package)}, not {wanted}")
    # The two clients have the same methods, and each is installed where the other is.
    client: Any = getattr(import_module(module), name)(endpoint, AzureKeyCredential(key))
    with client:
        project = client.get_project_client("Shop").project
        trained = project.begin_train(TRAINING, polling_interval=0.1).result()
        project.begin_train(TRAINING | {"modelLabel": "second"}, polling=False)
        [second] = [one for one in project.list_training_jobs() if one.status != "succeeded"]
        project.begin_cancel_training_job(second.job_id, polling=False)
        while (stopped := _job(project, second.job_id)).status == "cancelling":
            time.sleep(0.05)
        listed = list(project.list_training_jobs())
        projects = [one.project_name for one in client.list_projects()]
    seen = {
        "trained": [trained.model_label, trained.evaluation_status.status],
        "listed": sorted(str(one.result.model_label) for one in listed),
        "expires": (listed[0].expires_on - listed[0].created_on).total_seconds(),
        "cancelled": str(stopped.status),
        "projects": projects,
    }
    json.dump(seen, sys.stdout)


def _job(project: Any, id_: str) -> Any:
    return next(one for one in project.list_training_jobs() if one.job_id == id_)


if __name__ == "__main__":
    main(*sys.argv[1:])
