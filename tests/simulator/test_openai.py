"""Azure OpenAI batches in the simulator: listed, looked at, created and cancelled."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Pace, Scenario
from tests.support.local import START
from tests.support.simulator import KEY, Local, local_azure

VERSION = "api-version=2024-10-21"
API_KEY = {"api-key": KEY}
BEARER = {"Authorization": f"Bearer {KEY}"}
BODY = {
    "input_file_id": "file-abc",
    "endpoint": "/v1/chat/completions",
    "completion_window": "24h",
}


def batch(name: str, created: float = START, **more: Any) -> OpenaiBatch:
    """A batch that runs from 20 s to 100 s after its creation, of which one request fails."""
    times = {"counted": 10, "started": 20, "finalizing": 80, "finished": 100}
    at: dict[str, Any] = {event: created + after for event, after in times.items()}
    return OpenaiBatch(
        **at | {"id": f"batch_{name}", "created": created, "requests": 9, "failed_requests": 1}
        | more
    )  # fmt: skip


SCENARIO = Scenario(
    openai_batches=(
        batch("usual"),
        batch("talkative", START - 1000, model="gpt-4o-mini", tokens=(70, 20, 30, 10)),
        batch("bad", START - 2000, started=None, finalizing=None, finished=START - 1990,
              outcome="failed", error=("empty_file", "No requests.")),
        batch("late", START - 90_000, finalizing=None, finished=START - 3600, outcome="expired"),
        batch("later", START + 1000),
    ),
    pace=Pace(validating=5, requests=10, finalizing=4, cancelling=3),
)  # fmt: skip


@pytest_asyncio.fixture
async def azure() -> AsyncIterator[Local]:
    async with local_azure(SCENARIO) as local:
        yield local


async def ask(azure: Local, path: str, method: str = "GET", **options: Any) -> Any:
    """The body at a path below the API of 2024-10-21."""
    separator = "&" if "?" in path else "?"
    url = f"/openai/batches{path}{separator}{VERSION}"
    return (await azure.ask(url, method, headers=API_KEY, **options)).json


async def test_the_life_of_a_batch(azure: Local) -> None:
    """Counts jump near the end, and an error file is there whether requests failed or not."""
    seen = []
    for moment in (0, 15, 30, 85, 98, 100):
        azure.clock.at(moment)
        seen.append(await ask(azure, "/batch_usual"))
    assert [(one["status"], *one["request_counts"].values()) for one in seen] == [
        ("validating", 0, 0, 0),
        ("validating", 9, 0, 0),
        ("in_progress", 9, 0, 0),
        ("finalizing", 9, 0, 0),
        ("finalizing", 9, 8, 1),
        ("completed", 9, 8, 1),
    ]
    first, last = seen[0], seen[-1]
    assert {key for key, value in first.items() if value is None} == {
        "cancelled_at", "cancelling_at", "completed_at", "errors", "expired_at", "failed_at",
        "finalizing_at", "in_progress_at", "metadata",
    }  # fmt: skip
    assert (first["error_file_id"], first["output_file_id"]) == ("", "")
    assert first.keys() == last.keys()
    assert last["error_file_id"].startswith("file-")
    times = [last[f"{name}_at"] for name in ("created", "in_progress", "finalizing", "completed")]
    assert times == [START, START + 20, START + 80, START + 100]
    assert last["expires_at"] == START + 86400


async def test_other_ends(azure: Local) -> None:
    """A batch that is not valid has an error and no times of work; an expired one was begun."""
    bad, late = await ask(azure, "/batch_bad"), await ask(azure, "/batch_late")
    assert (bad["status"], bad["failed_at"], bad["in_progress_at"]) == (
        "failed",
        START - 1990,
        None,
    )
    [error] = bad["errors"]["data"]
    assert error == {"code": "empty_file", "message": "No requests.", "line": None, "param": None}
    assert (late["status"], late["expired_at"]) == ("expired", START - 3600)
    assert late["request_counts"] == {"total": 9, "completed": 3, "failed": 0}
    said = await ask(azure, "/batch_talkative")
    assert said["model"] == "gpt-4o-mini"
    assert said["usage"]["input_tokens_details"] == {"cached_tokens": 20}


async def test_a_batch_is_created_and_cancelled(azure: Local) -> None:
    """File ids turn from empty texts to null, and a batch that is over cannot be cancelled."""
    made = await ask(azure, "", "POST", json=BODY)
    assert (made["status"], made["endpoint"]) == ("validating", "/chat/completions")
    azure.clock.at(8)
    cancelling = await ask(azure, f"/{made['id']}/cancel", "POST")
    assert (cancelling["status"], cancelling["output_file_id"]) == ("cancelling", "")
    azure.clock.at(11)
    cancelled = await ask(azure, f"/{made['id']}")
    assert (cancelled["status"], cancelled["output_file_id"]) == ("cancelled", None)
    assert (cancelled["cancelling_at"], cancelled["cancelled_at"]) == (START + 8, START + 11)
    assert (cancelled["in_progress_at"], cancelled["finalizing_at"]) == (START + 5, None)
    assert (await ask(azure, f"/{made['id']}/cancel", "POST"))["error"]["code"] == "invalidPayload"


async def test_lists(azure: Local) -> None:
    """The newest first, page by page after the last id; one version leaves out the old ones."""
    first = await ask(azure, "?limit=2")
    assert [one["id"] for one in first["data"]] == ["batch_usual", "batch_talkative"]
    assert (first["first_id"], first["last_id"]) == ("batch_usual", "batch_talkative")
    assert first["has_more"] is True
    second = await ask(azure, "?limit=2&after=batch_talkative")
    assert [one["id"] for one in second["data"]] == ["batch_bad", "batch_late"]
    assert second["has_more"] is False
    preview = "/openai/batches?api-version=2025-04-01-preview&$filter="
    for condition, found in {
        f"created_at gt {START - 1500:.0f}": ["batch_usual", "batch_talkative"],
        f"created_at lt {START:.0f} and status eq 'Expired'": ["batch_late"],
    }.items():
        body = (await azure.ask(preview + condition, headers=API_KEY)).json
        assert [one["id"] for one in body["data"]] == found
    assert len((await ask(azure, "?$filter=created_at gt 9999999999"))["data"]) == 4


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"batches?{VERSION}", API_KEY, 200),
        (f"batches?{VERSION}", {"Ocp-Apim-Subscription-Key": KEY}, 401),
        (f"batches?{VERSION}", BEARER, 401),
        ("v1/batches", API_KEY, 200),
        ("v1/batches", BEARER, 200),
        ("v1/batches", {"Authorization": "Bearer another"}, 401),
        ("batches", API_KEY, 404),
        ("batches?api-version=2023-05-15", API_KEY, 404),
        (f"batches/batch_later?{VERSION}", API_KEY, 404),
        (f"batches?{VERSION}&limit=101", API_KEY, 400),
        (f"batches?{VERSION}&after=batch_none", API_KEY, 404),
        ("batches?api-version=2025-04-01-preview&$filter=size gt 3", API_KEY, 400),
        (f"threads?{VERSION}", API_KEY, 404),
    ],
)
async def test_what_is_refused(
    azure: Local, path: str, headers: Mapping[str, str], status: int
) -> None:
    """The key is in `api-key`, or on v1 a bearer token; a version is needed but on v1."""
    answer = await azure.ask(f"/openai/{path}", headers=headers)
    assert answer.status == status
    if status != 200:
        assert set(answer.json["error"]) == {"code", "message"}


@pytest.mark.parametrize("body", [{}, [], {**BODY, "input_file_id": ""}, {**BODY, "endpoint": 7}])
async def test_a_batch_that_cannot_be_created(azure: Local, body: Any) -> None:
    """It needs a file, an endpoint and a window."""
    assert "error" in await ask(azure, "", "POST", json=body)


async def test_faults_of_its_lists(azure: Local) -> None:
    """An unknown word in each item, and an item that lost its id."""
    azure.simulator.faults.add(Fault(kind=Kind.UNKNOWN_STATE, state="archived", count=1))
    azure.simulator.faults.add(Fault(kind=Kind.BROKEN_ITEM, without="id", count=1))
    odd, broken = (await ask(azure, ""))["data"], (await ask(azure, ""))["data"]
    assert {one["status"] for one in odd} == {"archived"}
    assert sum("id" not in one for one in broken) == 1
