"""azure-ai-language-conversations: ENDPOINT KEY VERSION; summarize; train, list and cancel."""

import json
import sys
from importlib.metadata import version

from azure.ai.language.conversations import ConversationAnalysisClient
from azure.ai.language.conversations.authoring import ConversationAuthoringClient
from azure.core.credentials import AzureKeyCredential

TASK = {
    "displayName": "Night",
    "analysisInput": {"conversations": [{"id": "1", "language": "en", "modality": "text",
        "conversationItems": [{"id": "1", "participantId": "Agent", "text": "Hello."}]}]},
    "tasks": [{"taskName": "Issue", "kind": "ConversationalSummarizationTask",
        "parameters": {"summaryAspects": ["issue"]}}],
}  # fmt: skip
TRAINING = {"modelLabel": "first", "trainingMode": "standard"}


def main(endpoint: str, key: str, wanted: str) -> None:
    """Prints what each call gave."""
    installed = version("azure-ai-language-conversations")
    if installed != wanted:
        sys.exit(f"azure-ai-language-conversations is {installed}, not {wanted}")
    credential = AzureKeyCredential(key)
    with ConversationAnalysisClient(endpoint, credential) as client:
        job = client.begin_conversation_analysis(task=TASK, polling_interval=0.1).result()
    with ConversationAuthoringClient(endpoint, credential) as client:
        trained = client.begin_train("Shop", TRAINING, polling_interval=0.1).result()
        client.begin_train("Shop", TRAINING | {"modelLabel": "second"}, polling=False)
        second = next(
            one for one in client.list_training_jobs("Shop") if one["status"] != "succeeded"
        )
        client.begin_cancel_training_job("Shop", second["jobId"], polling=False)
        listed = {one["jobId"]: one["status"] for one in client.list_training_jobs("Shop")}
        projects = [one["projectName"] for one in client.list_projects()]
    task = job["tasks"]["items"][0]
    seen = {
        "analysis": [job["status"], job["displayName"], job["tasks"]["completed"]],
        "task": [task["kind"], len(task["results"]["conversations"])],
        "trained": [trained["status"], trained["result"]["evaluationStatus"]["status"]],
        "listed": len(listed),
        "cancelled": listed[second["jobId"]],
        "projects": projects,
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
