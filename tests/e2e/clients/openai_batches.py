"""openai: ENDPOINT KEY VERSION API; create, poll, list, cancel. API is an api-version, or v1."""

import json
import sys
import time

from openai import AzureOpenAI, OpenAI, __version__


def main(endpoint: str, key: str, wanted: str, api: str) -> None:
    """Prints what each call gave."""
    if __version__ != wanted:
        sys.exit(f"openai is {__version__}, not {wanted}")
    if api == "v1":
        client = OpenAI(base_url=f"{endpoint}/openai/v1/", api_key=key)
    else:
        client = AzureOpenAI(azure_endpoint=endpoint, api_key=key, api_version=api)
    with client:
        begun, stopped = (
            client.batches.create(
                input_file_id=f"file-{name}",
                endpoint="/v1/chat/completions",
                completion_window="24h",
            )
            for name in ("first", "second")
        )
        cancelling = client.batches.cancel(stopped.id)
        while (batch := client.batches.retrieve(begun.id)).status not in {"completed", "failed"}:
            time.sleep(0.1)
        cancelled = client.batches.retrieve(stopped.id)
        listed = list(client.batches.list(limit=25))
    counts = batch.request_counts
    seen = {
        "begun": [begun.status, begun.input_file_id],
        "ended": [batch.status, counts and [counts.total, counts.completed, counts.failed]],
        "times": [batch.created_at, batch.in_progress_at, batch.completed_at, batch.expires_at],
        "cancelled": [cancelling.status, cancelled.status],
        "listed": len({one.id for one in listed}),
        "newest": {one.id for one in listed[:2]} == {begun.id, stopped.id},
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
