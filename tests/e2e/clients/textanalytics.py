"""azure-ai-textanalytics: ENDPOINT KEY VERSION; analyze texts, poll, cancel an analysis."""

import json
import sys
from importlib.metadata import version

from azure.ai.textanalytics import ExtractKeyPhrasesAction, TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential


def main(endpoint: str, key: str, wanted: str) -> None:
    """Prints what each call gave."""
    installed = version("azure-ai-textanalytics")
    if installed != wanted:
        sys.exit(f"azure-ai-textanalytics is {installed}, not {wanted}")
    texts = ["A first text.", "A second one.", "A third one."]
    actions = [ExtractKeyPhrasesAction()]
    with TextAnalyticsClient(endpoint, AzureKeyCredential(key)) as client:
        poller = client.begin_analyze_actions(
            texts, actions, display_name="Night", polling_interval=0.1
        )
        begun = [poller.status(), poller.details["id"]]
        results = [[one.kind, len(one.key_phrases)] for (one,) in poller.result()]
        details = poller.details
        stopped = client.begin_analyze_actions(texts, actions, polling_interval=0.1)
        stopped.cancel()
        stopped.wait()
    seen = {
        "begun": begun[0],
        "ended": [poller.status(), details["display_name"], details["total_actions_count"]],
        "created": details["created_on"].isoformat(),
        "expires": details["expires_on"].isoformat(),
        "results": results,
        "cancelled": stopped.status(),
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
