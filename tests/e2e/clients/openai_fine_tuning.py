"""openai: ENDPOINT KEY VERSION API; create, poll, list, pause, resume, cancel fine-tuning jobs."""

import json
import sys
import time

from openai import AzureOpenAI, OpenAI, __version__
from openai.types.fine_tuning import FineTuningJob

MODEL = "gpt-4o-mini-2024-07-18"


def main(endpoint: str, key: str, wanted: str, api: str) -> None:
    """Prints what each call gave. API is an api-version, v1, or the path of a project."""
    if __version__ != wanted:
        sys.exit(f"openai is {__version__}, not {wanted}")
    if api == "v1" or api.startswith("/"):
        path = "" if api == "v1" else api
        client = OpenAI(base_url=f"{endpoint}{path}/openai/v1/", api_key=key)
    else:
        client = AzureOpenAI(azure_endpoint=endpoint, api_key=key, api_version=api)
    jobs = client.fine_tuning.jobs

    def until(id_: str, status: str) -> FineTuningJob:
        while (job := jobs.retrieve(id_)).status != status:
            time.sleep(0.05)
        return job

    with client:
        begun = jobs.create(model=MODEL, training_file="file-a", suffix="letters")
        stopped = jobs.create(model=MODEL, training_file="file-b")
        cancelled = jobs.cancel(stopped.id)
        until(begun.id, "running")
        pausing = jobs.pause(begun.id)
        paused = until(begun.id, "paused")
        resuming = jobs.resume(begun.id)
        ended = until(begun.id, "succeeded")
        listed = list(jobs.list(limit=25))
    seen = {
        "begun": [begun.status, begun.model, begun.finished_at],
        "cancelled": [cancelled.status, cancelled.finished_at is not None],
        "paused": [pausing.status, paused.finished_at, resuming.status],
        "ended": [ended.status, ended.trained_tokens, ended.fine_tuned_model is not None],
        "listed": len({one.id for one in listed}),
        "newest": {one.id for one in listed[:2]} == {begun.id, stopped.id},
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
