"""Operations on demand and as JSON: `/probe`, `/sd` and `/api/v1/operations`, over real HTTP."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text
from yarl import URL

from exporter.app.exporter import Exporter
from exporter.app.serve import routes
from exporter.exposition.families import PROBE_FAMILIES, SNAPSHOT_FAMILIES, TELEMETRY_FAMILIES
from exporter.model.operation import OperationKey
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import (
    batch,
    iteration,
    operation,
    qna_operation,
    rejected_batch,
    synthesis,
    translation,
)
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.web.api import summary
from exporter.web.probe import _timeout
from tests.app.test_reload import apply, open_sessions
from tests.support.local import (
    START,
    Samples,
    clock,
    configured,
    polling,
    scraped,
    served,
    simulated,
    value,
    values,
)

pytestmark = pytest.mark.jumping

BATCH = batch(created=START - 100, documents=4, failed=1, takes=3600)
OTHER = batch(created=START - 90, documents=20, takes=3600, seed=1)
REJECTED = rejected_batch(created=START - 100, seed=2)
SCENARIO = Scenario(
    batches=(BATCH, OTHER, REJECTED),
    video_translation=tuple(
        operation(id_, created=START - 100, takes=None) for id_ in ("video-1", "video-2")
    ),
    translations=(
        translation(
            "film",
            iteration("first", created=START - 90, takes=None),
            iteration("second", created=START - 80, takes=None),
            created=START - 95,
        ),
    ),
    avatar=(operation("avatar-1", created=START - 100, takes=None),),
    syntheses=(
        synthesis("speaker", created=START - 100, takes=None),
        synthesis("lecturer", created=START - 100, takes=None),
    ),
    qna_maker=(qna_operation(id="qna-1", created=START - 100, takes=None),),
)
# What is watched: one of each API, and what its lists show.
WATCHED = {
    "document_translation": {
        "batches": [{"id": BATCH.id, "labels": {"project": "manuals"}}],
    },
    "video_translation": {"operations": ["video-1"]},
    "avatar": {"requests_per_minute": 6000, "operations": ["avatar-1"]},
    "qna_maker": {},
}
ANY = {
    "a watched batch": ("document_translation", BATCH.id),
    "a batch": ("document_translation", OTHER.id),
    "a batch in capitals": ("document_translation", OTHER.id.upper()),
    "a rejected batch": ("document_translation", REJECTED.id),
    "a watched video": ("video_translation", "video-1"),
    "a video": ("video_translation", "video-2"),
    "an iteration": ("video_translation", "film/second"),
    "a watched avatar": ("avatar", "avatar-1"),
    "a synthesis": ("avatar", "batchsyntheses/speaker"),
    "an operation of QnA Maker": ("qna_maker", "qna-1"),
}


@dataclass(frozen=True)
class Local:
    """A simulator, an exporter that polls it, and a client of the exporter's port."""

    simulator: Simulator
    exporter: Exporter
    session: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.session.get(path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def probe(
        self, api: str, operation: str, resource: str = "r0", **headers: str
    ) -> Samples:
        """The samples of a probe that is answered with 200."""
        asked = {"resource": resource, "api": api, "operation": operation}
        async with self.session.get("/probe", params=asked, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return samples_of(await answer.text())

    async def json(self, path: str) -> Any:
        async with self.session.get(path) as answer:
            assert answer.status == 200
            assert answer.content_type == "application/json"
            return await answer.json()


def samples_of(body: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text(body)
        for sample in family.samples
    }


@asynccontextmanager
async def local(
    section: Mapping[str, object] = WATCHED, scenario: Scenario = SCENARIO, **top: object
) -> AsyncIterator[Local]:
    """The resource `r0`, whose sections are given, after its first minute."""
    async with simulated(scenario) as (simulator, endpoint):
        poll = {"requests_per_second": 100}
        config = configured({"endpoint": endpoint, "poll": poll, **section}, **top)
        async with (
            polling(config) as exporter,
            served(
                exporter.metrics_routes.application(*routes(exporter, None, lifecycle=False))
            ) as url,
            aiohttp.ClientSession(url) as session,
        ):
            await asyncio.sleep(40)
            yield Local(simulator, exporter, session)


def requests(simulator: Simulator) -> int:
    return sum(simulator.requests.values())


# What a probe says


@pytest.mark.parametrize("name", ANY)
async def test_a_probe(name: str) -> None:
    """One operation is asked for now, watched or not, and shown like on /metrics, alone."""
    api, id_ = ANY[name]
    async with local() as here:
        before = requests(here.simulator)
        samples = await here.probe(api, id_)
        assert requests(here.simulator) > before
        assert value(samples, "azure_ai_probe_success") == 1
        assert value(samples, "azure_ai_probe_duration_seconds") is not None
        wanted = id_.lower() if api == "document_translation" else id_
        states = values(samples, "azure_ai_operation_state", resource="r0", api=api)
        assert sum(states.values()) == 1
        assert value(samples, "azure_ai_operation_up") == 1
        assert value(samples, "azure_ai_operation_info", operation=wanted) == 1
        of_operations = {family.name for family in SNAPSHOT_FAMILIES}
        of_probes = {family.name for family in PROBE_FAMILIES}
        assert {sample for sample, _ in samples} <= of_operations | of_probes
        assert {dict(labels)["operation"] for name, labels in samples if name in of_operations} == {
            wanted
        }
        assert not {family.name for family in TELEMETRY_FAMILIES} & {each for each, _ in samples}
        key = OperationKey("r0", api, wanted)
        assert (key in here.exporter.poller.followed) == ("watched" in name), (
            "a probe watches nothing"
        )
        if name.endswith("batch"):
            documents = values(samples, "azure_ai_document_state", operation=wanted)
            assert len(documents) == {BATCH.id: 4, OTHER.id: 20, REJECTED.id: 0}[wanted]


async def test_a_probe_shows_what_metrics_shows() -> None:
    """Of a watched operation all samples are the same, with its labels, and /metrics is as new."""
    async with local() as here:
        await asyncio.sleep(20)
        probed = await here.probe("document_translation", BATCH.id)
        shown = scraped(here.exporter)
        mine = {
            sample: each for sample, each in shown.items() if ("operation", BATCH.id) in sample[1]
        }
        assert {
            sample: each for sample, each in probed.items() if "_probe_" not in sample[0]
        } == mine
        assert value(probed, "azure_ai_operation_info", project="manuals") == 1
        success = "azure_ai_operation_last_success_timestamp_seconds"
        assert (value(shown, success, operation=BATCH.id) or 0) > START + 59


async def test_both_formats() -> None:
    """Text and OpenMetrics by Accept; each parses, and both say the same."""
    async with local() as here:
        bodies = []
        path = f"/probe?resource=r0&api=document_translation&operation={BATCH.id}"
        for accept, parse in (("text/plain", text), ("application/openmetrics-text", openmetrics)):
            async with here.session.get(path, headers={"Accept": accept}) as answer:
                assert answer.content_type == accept
                families = {family.name: family for family in parse(await answer.text())}
            assert {"azure_ai_operation_state", "azure_ai_probe_success"} <= families.keys()
            families.pop("azure_ai_probe_duration_seconds")
            bodies.append(
                {
                    (sample.name, frozenset(sample.labels.items()))
                    for family in families.values()
                    for sample in family.samples
                }
            )
        assert bodies[0] == bodies[1]


async def test_a_probe_of_what_has_finished() -> None:
    """It is asked for again, though the timer does so no more, and stays what it was."""
    scenario = Scenario(video_translation=(operation("video-1", created=START - 100, takes=50),))
    async with local({"video_translation": {"operations": ["video-1"]}}, scenario) as here:
        before = requests(here.simulator)
        samples = await here.probe("video_translation", "video-1")
        assert value(samples, "azure_ai_operation_state", state="Succeeded") == 1
        assert value(samples, "azure_ai_probe_success") == 1
        assert requests(here.simulator) == before + 1


async def test_the_limits_hold_for_a_probe_too() -> None:
    """Documents beyond the limit have no series there either, and are counted in the same way."""
    done = batch(created=START - 100, documents=20, takes=50)
    watched = batch(created=START - 100, documents=10, takes=50, seed=1)
    section = {"document_translation": {"batches": [watched.id]}}
    limits = {"documents_per_batch": 5}
    async with local(section, Scenario(batches=(done, watched)), limits=limits) as here:
        for id_, rest in [(done.id, 15), (watched.id, 5)]:
            samples = await here.probe("document_translation", id_)
            assert len(values(samples, "azure_ai_document_state")) == 5
            assert value(samples, "azure_ai_operation_documents_folded") == rest


# What cannot be probed

NAME_ONE = "name an operation with resource, api and operation; missing: "
BAD = {
    "nothing": ("", f"{NAME_ONE}resource, api, operation"),
    "no operation": ("resource=r0&api=avatar", f"{NAME_ONE}operation"),
    "an empty one": ("resource=r0&api=avatar&operation=", f"{NAME_ONE}operation"),
    "an unknown resource": (
        "resource=r9&api=avatar&operation=abc",
        "no such resource and api in the configuration; must be one of r0/document_translation, ",
    ),
    "an unknown API": ("resource=r0&api=telepathy&operation=abc", "no such resource and api"),
    "an impossible batch": (
        "resource=r0&api=document_translation&operation=abc",
        "'abc' is not valid; must be a UUID like ",
    ),
    "an impossible video": (
        "resource=r0&api=video_translation&operation=a%0Ab",
        "'a\\nb' is not valid; must be 3 to 64 letters, digits, ",
    ),
    "an impossible iteration": (
        "resource=r0&api=video_translation&operation=film/first/third",
        "'first/third' is not valid; must be ",
    ),
    "an impossible synthesis": (
        "resource=r0&api=avatar&operation=batchsyntheses/",
        "'' is not valid; must be ",
    ),
    "a way out": ("resource=r0&api=video_translation&operation=../../x", "'..' is not valid"),
    "a query of its own": ("resource=r0&api=avatar&operation=abc%3Fx=y", "'abc?x=y' is not valid"),
    "a key in the wrong place": (
        "resource=r0&api=avatar&operation=0123456789abcdef0123456789abcdef/",
        "'<hidden>' is not valid",
    ),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_cannot_be_probed(name: str) -> None:
    """400 and one line that a person can read; Azure is not asked."""
    query, said = BAD[name]
    async with local() as here:
        before = requests(here.simulator)
        async with here.session.get(f"/probe?{query}") as answer:
            status, body = answer.status, await answer.text()
        assert (status, answer.content_type) == (400, "text/plain")
        shown = body.replace("\n", "\\n").removesuffix("\\n") if "%0A" in query else body.rstrip()
        assert shown.startswith(said)
        assert requests(here.simulator) == before


@pytest.mark.parametrize(
    "query",
    [
        "resource={url}&api=avatar&operation=abc",
        "resource=r0&api={url}&operation=abc",
        "resource=r0&api=avatar&operation={url}",
        "resource=r0&api=video_translation&operation={url}/abc",
        "resource=r0&api=avatar&operation=@{host}",
        "resource=r0&api=avatar&operation=avatar-1&target={url}&endpoint={url}&host={host}",
    ],
)
async def test_no_host_of_the_request_is_asked(query: str) -> None:
    """Whatever the parameters say, the key goes to the configured endpoint or nowhere."""
    async with local() as here, simulated(SCENARIO) as (stranger, url):
        asked = query.format(url=url, host=url.removeprefix("http://"))
        headers = {"Host": url.removeprefix("http://"), "X-Forwarded-Host": "elsewhere.example"}
        status, _ = await here.get(f"/probe?{asked}", **headers)
        assert status == (200 if "target" in query else 400)
        assert requests(stranger) == 0


# What fails


async def elapsed(here: Local, *asked: str, **headers: str) -> tuple[float, Samples]:
    """Seconds that a probe took, and what it said."""
    begun = asyncio.get_running_loop().time()
    samples = await here.probe(*asked, **headers)
    return asyncio.get_running_loop().time() - begun, samples


def patience(seconds: object) -> dict[str, str]:
    return {"X-Prometheus-Scrape-Timeout-Seconds": str(seconds)}


@pytest.mark.parametrize("seconds", [1, 2.5, 10])
@pytest.mark.parametrize("id_", ["video-1", "video-2"])
async def test_the_scrapers_patience(id_: str, seconds: float) -> None:
    """A slow answer is given up before the scraper gives up; HTTP 200 says so."""
    async with local() as here:
        here.simulator.faults.add(Fault(kind=Kind.SLOW, path=re.compile(id_)))
        took, samples = await elapsed(here, "video_translation", id_, **patience(seconds))
        assert seconds - 1 < took < seconds
        assert value(samples, "azure_ai_probe_success") == 0
        assert value(samples, "azure_ai_operation_up") == 0
        assert (value(samples, "azure_ai_probe_duration_seconds") or 0) < seconds


async def test_a_probe_that_is_too_slow_forgets_nothing() -> None:
    """As with any failed poll, the last state that is known stays, on both pages."""
    async with local() as here:
        here.simulator.faults.add(Fault(kind=Kind.SLOW, path=re.compile(BATCH.id)))
        samples = await here.probe("document_translation", BATCH.id, **patience(2))
        assert value(samples, "azure_ai_probe_success") == 0
        assert value(samples, "azure_ai_operation_state", state="Running") == 1
        assert value(samples, "azure_ai_operation_info", project="manuals") == 1
        shown = scraped(here.exporter)
        state = {"operation": BATCH.id, "state": "Running"}
        assert value(shown, "azure_ai_operation_state", **state) == 1


@pytest.mark.parametrize("said", ["nan", "inf", "-1", "0", "soon", "", "1e999", "0x10", "٣"])
async def test_a_patience_that_makes_no_sense(said: str) -> None:
    """It is not obeyed to the letter: a probe ends, and a healthy one is not given up at once."""
    request = make_mocked_request("GET", "/probe", headers=patience(said))
    assert 0 < _timeout(request) <= 120
    async with local() as here:
        _, samples = await elapsed(here, "video_translation", "video-2", **patience(said))
        assert value(samples, "azure_ai_probe_success") == 1


FAULTS = {
    "404": Fault(kind=Kind.GONE),
    "401": Fault(kind=Kind.UNAUTHORISED),
    "403": Fault(kind=Kind.FORBIDDEN),
    "500": Fault(kind=Kind.ERROR),
    "429": Fault(kind=Kind.THROTTLED, retry_after="120"),
    "HTML": Fault(kind=Kind.HTML),
    "a reset": Fault(kind=Kind.RESET),
    "a redirect": Fault(kind=Kind.REDIRECT, location="http://127.0.0.1:1/"),
    "an unknown state": Fault(kind=Kind.UNKNOWN_STATE),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("id_", ["video-1", "video-2"])
async def test_what_azure_refuses(id_: str, name: str) -> None:
    """HTTP 200 with success 0; a known state stays, a later probe is not the worse for it."""
    fault = FAULTS[name].model_copy(update={"path": re.compile(id_)})
    async with local() as here:
        here.simulator.faults.add(fault)
        samples = await here.probe("video_translation", id_, **patience(10))
        assert value(samples, "azure_ai_probe_success") == 0
        assert value(samples, "azure_ai_operation_up") == 0
        known = value(samples, "azure_ai_operation_state", state="Running")
        if name != "an unknown state":
            assert known == (1 if id_ == "video-1" else None)
        up = value(scraped(here.exporter), "azure_ai_operation_up", operation="video-1")
        assert up == (0 if id_ == "video-1" else 1)
        here.simulator.faults.clear()
        await asyncio.sleep(200)
        samples = await here.probe("video_translation", id_)
        assert value(samples, "azure_ai_probe_success") == 1
        assert value(samples, "azure_ai_operation_state", state="Running") == 1


async def test_what_azure_does_not_know() -> None:
    """Success 0, no state and HTTP 200; nothing of it stays behind."""
    async with local() as here:
        unknown = {
            "document_translation": "ffffffff-0000-0000-0000-000000000000",
            "video_translation": "film/third",
            "avatar": "batchsyntheses/nobody",
            "qna_maker": "nothing",
        }
        before = set(scraped(here.exporter))
        for api, id_ in unknown.items():
            samples = await here.probe(api, id_)
            assert value(samples, "azure_ai_probe_success") == 0
            assert not values(samples, "azure_ai_operation_state")
        new = {name for name, labels in set(scraped(here.exporter)) - before}
        assert new <= {"azure_ai_api_errors_total", "azure_ai_api_retry_after_seconds"} | {
            name for name in new if name.startswith("azure_ai_api_request")
        } | {"azure_ai_resource_up"}
        assert len(here.exporter.history._by_key) == 3


async def test_many_probes_leave_nothing_behind() -> None:
    """Nothing is remembered of an operation that nobody watches, nor does a task stay."""
    async with local({"video_translation": {"operations": ["video-1"]}}) as here:
        await here.probe("video_translation", "video-2")
        tasks, samples = len(asyncio.all_tasks()), set(scraped(here.exporter))
        for _ in range(200):
            await here.probe("video_translation", "video-2")
        assert len(asyncio.all_tasks()) == tasks
        assert set(scraped(here.exporter)) == samples
        assert set(here.exporter.history._by_key) == {
            OperationKey("r0", "video_translation", "video-1")
        }


async def reloaded_while_probed(here: Local, **after: Any) -> Samples:
    """Another configuration in the middle of a probe of `video-1`; what the probe says."""
    here.simulator.faults.add(Fault(kind=Kind.SLOW, path=re.compile("video-1"), pause=0.1))
    probe = asyncio.create_task(here.probe("video_translation", "video-1"))
    await asyncio.sleep(1)
    endpoint = here.exporter.clients["r0"].endpoint
    poll = {"requests_per_second": 100}
    await apply(here.exporter, {"endpoint": endpoint, "poll": poll, **after})
    return await probe


@pytest.mark.parametrize("leaves", ["operation", "resource"])
async def test_an_operation_that_leaves_while_it_is_probed(leaves: str) -> None:
    """A reload in the middle of a probe: it is answered, and what has left stays away."""
    async with local({"video_translation": {"operations": ["video-1", "video-2"]}}) as here:
        name = "r0" if leaves == "operation" else "other"
        section = {"operations": ["video-2"]}
        samples = await reloaded_while_probed(here, name=name, video_translation=section)
        assert value(samples, "azure_ai_probe_success") is not None
        shown = scraped(here.exporter)
        assert not [labels for _, labels in shown if ("operation", "video-1") in labels]
        if leaves == "resource":
            assert not [labels for _, labels in shown if ("resource", "r0") in labels]


@pytest.mark.parametrize("watched", [["video-1"], ["video-2"]])
async def test_a_connection_that_is_replaced_while_it_is_used(watched: list[str]) -> None:
    """A probe that began with the old key ends with it: a reload makes no scrape fail."""
    section = {"video_translation": {"operations": watched}}
    async with local(section) as here:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EXPORTER_TEST_KEY", DEFAULT_KEY)
            auth = {"key_env": "EXPORTER_TEST_KEY"}
            samples = await reloaded_while_probed(here, auth=auth, **section)
        assert value(samples, "azure_ai_probe_success") == 1
        shown = scraped(here.exporter)
        assert value(shown, "azure_ai_resource_up", resource="r0") == 1
        broken = value(shown, "azure_ai_api_requests_total", resource="r0", status="connection")
        assert broken == 0


async def test_an_end_in_the_middle_of_a_probe() -> None:
    """After a reload, with a probe that goes on with the connection of before: all are closed."""
    section: dict[str, Any] = {"video_translation": {"operations": ["video-1"]}}
    before = open_sessions()
    async with local(section) as here:
        here.simulator.faults.add(Fault(kind=Kind.SLOW, path=re.compile("video-2"), pause=5))
        probe = asyncio.create_task(
            here.get("/probe?resource=r0&api=video_translation&operation=video-2")
        )
        await asyncio.sleep(1)
        endpoint = here.exporter.clients["r0"].endpoint
        await apply(here.exporter, {"endpoint": endpoint, "poll": {"timeout": "20s"}, **section})
        probe.cancel()
    await asyncio.sleep(0)
    assert open_sessions() == before


# Service discovery


async def test_service_discovery() -> None:
    """A target for each watched operation, that of the request's own host, ready for /probe."""
    section = {
        **WATCHED,
        "video_translation": {"operations": ["video-1"], "discover": True},
        "avatar": {"requests_per_minute": 6000, "discover": True},
    }
    async with local(section) as here:
        targets = await here.json("/sd")
        host = f"{here.session._base_url.host}:{here.session._base_url.port}"  # type: ignore[union-attr]
        watched = {
            ("r0", "document_translation", BATCH.id),
            ("r0", "video_translation", "video-1"),
            ("r0", "video_translation", "film/first"),
            ("r0", "video_translation", "film/second"),
            ("r0", "avatar", "batchsyntheses/speaker"),
            ("r0", "avatar", "batchsyntheses/lecturer"),
        }
        assert len(targets) == len(watched)
        names = ("__param_resource", "__param_api", "__param_operation")
        assert {tuple(target["labels"][name] for name in names) for target in targets} == watched
        instances = set()
        for target in targets:
            labels = target["labels"]
            assert target["targets"] == [host]
            assert labels["__metrics_path__"] == "/probe"
            assert all(isinstance(each, str) for each in labels.values())
            instances.add(labels["instance"])
            # As Prometheus asks: the path and the parameters of the labels.
            asked = {name.removeprefix("__param_"): labels[name] for name in names}
            async with here.session.get(labels["__metrics_path__"], params=asked) as answer:
                assert answer.status == 200
                samples = samples_of(await answer.text())
            assert value(samples, "azure_ai_probe_success") == 1
        assert len(instances) == len(watched)


async def test_service_discovery_names_no_foreign_host() -> None:
    """Whatever host a request names: the targets are the port's own address."""
    async with local() as here:
        address = here.session._base_url.authority  # type: ignore[union-attr]
        headers = {"Host": "evil.example:80"}
        async with here.session.get("/sd", headers=headers) as answer:
            hosts = {host for target in await answer.json() for host in target["targets"]}
        assert hosts == {address}


async def test_service_discovery_of_nothing() -> None:
    """An empty list, which Prometheus accepts."""
    async with local({"qna_maker": {}}) as here:
        assert await here.json("/sd") == []


# JSON


async def test_all_operations_as_json() -> None:
    """Each watched operation with what is known of it; what was not said is null."""
    async with local() as here:
        said = await here.json("/api/v1/operations")
        assert said["problems"] == []
        apis = ["document_translation", "video_translation", "avatar", "qna_maker"]
        assert said["resources"] == {"r0": apis}
        operations = {(each["api"], each["operation"]): each for each in said["operations"]}
        assert set(operations) == {
            ("document_translation", BATCH.id),
            ("video_translation", "video-1"),
            ("avatar", "avatar-1"),
        }
        one = operations["document_translation", BATCH.id]
        assert one["resource"] == "r0"
        assert (one["kind"], one["state"], one["up"]) == ("batch", "Running", True)
        assert one["labels"] == {"project": "manuals"}
        assert one["created"] == START - 100
        assert one["documents_submitted"] == 4
        assert sum(one["documents_by_state"].values()) == 4
        assert one["failure"] is None
        assert 0 <= one["progress"] <= 1
        other = operations["video_translation", "video-1"]
        assert (other["kind"], other["state"]) == ("operation", "Running")
        for name in ("created", "progress", "documents_by_state", "characters_charged", "error"):
            assert other[name] is None
        key = OperationKey("r0", "document_translation", BATCH.id)
        assert json.loads(json.dumps(summary(here.exporter.store[key], clock()))) == one


async def test_json_agrees_with_metrics() -> None:
    """Both are read from one snapshot."""
    async with local() as here:
        shown = scraped(here.exporter)
        for one in (await here.json("/api/v1/operations"))["operations"]:
            of = {"operation": one["operation"]}
            assert value(shown, "azure_ai_operation_state", state=one["state"], **of) == 1
            for name, family in [
                ("last_success", "last_success_timestamp_seconds"),
                ("last_change", "last_change_timestamp_seconds"),
                ("created", "created_timestamp_seconds"),
                ("last_action", "last_action_timestamp_seconds"),
                ("progress", "progress_ratio"),
                ("estimated_completion", "estimated_completion_timestamp_seconds"),
                ("characters_charged", "characters_charged"),
            ]:
                assert value(shown, f"azure_ai_operation_{family}", **of) == one[name]


async def test_one_operation_as_json() -> None:
    """With its documents and its last requests to Azure, each with Azure's id for it."""
    async with local() as here:
        path = f"/api/v1/operations/r0/document_translation/{BATCH.id}"
        here.simulator.faults.add(Fault(kind=Kind.ERROR, path=re.compile(BATCH.id + "$"), count=9))
        await asyncio.sleep(60)
        said = await here.json(path)
        assert len(said["documents"]) == 4
        assert {each["state"] for each in said["documents"]} <= {"Running", "NotStarted", "Failed"}
        assert {each["language"] for each in said["documents"]} == {"de"}
        polls = said["polls"]
        assert 3 <= len(polls) <= 50
        assert [each["at"] for each in polls] == sorted(each["at"] for each in polls)
        assert {each["status"] for each in polls} == {"200", "500"}
        for each in polls:
            assert each["request_id"], "of each of Azure's answers"
            assert each["seconds"] >= 0
            assert each["waited"] >= 0
            assert (each["failure"] is None) == (each["status"] == "200")
        assert said["failure"].startswith("HTTP 500")


@pytest.mark.parametrize("written", ["film/second", "film%2Fsecond"])
async def test_an_id_with_a_slash(written: str) -> None:
    """An iteration's id is that of two things; its slash may be written either way."""
    section = {"video_translation": {"discover": True}}
    async with local(section) as here:
        url = URL(f"/api/v1/operations/r0/video_translation/{written}", encoded=True)
        async with here.session.get(url) as answer:
            assert answer.status == 200
            said = await answer.json()
        assert (said["operation"], said["kind"], said["name"]) == (
            "film/second", "iteration", "film.mp4",
        )  # fmt: skip
        assert said["documents"] == []


@pytest.mark.parametrize(
    "path",
    [
        "r0/video_translation/video-2",
        "r0/video_translation/video-1/",
        "r1/video_translation/video-1",
        "r0/avatar/video-1",
        "r0/telepathy/x",
    ],
)
async def test_what_is_not_watched_has_no_page(path: str) -> None:
    """404 and JSON that says so."""
    async with (
        local() as here,
        here.session.get(f"/api/v1/operations/{path}") as answer,
    ):
        assert answer.status == 404
        assert await answer.json() == {"error": "the operation is not watched"}


async def test_polls_are_bounded() -> None:
    """The last fifty requests are listed; those before are forgotten."""
    section = {"video_translation": {"operations": ["video-1"]}}
    async with local(section) as here:
        await asyncio.sleep(1700)
        said = await here.json("/api/v1/operations/r0/video_translation/video-1")
        assert len(said["polls"]) == 50
        assert said["polls"][-1]["at"] > START + 1700


async def test_no_secret_in_any_body() -> None:
    """No key, no signature of a URL: not in a probe, a list, a target or a page of one."""
    scenario = Scenario(
        translations=(
            translation(
                "film",
                iteration(
                    "first",
                    created=START - 90,
                    takes=30,
                    outcome="Failed",
                    failure_reason="https://x.blob.core.windows.net/a?sig=SECRETsecret is gone",
                ),
                created=START - 95,
            ),
        ),
        syntheses=(
            synthesis(
                "speaker",
                created=START - 90,
                takes=30,
                outcome="Failed",
                error=("Bad", "see https://x.blob.core.windows.net/b?sig=SECRETsecret&se=2"),
            ),
        ),
    )
    section = {
        "video_translation": {"discover": True},
        "avatar": {"discover": True, "requests_per_minute": 6000},
    }
    async with local(section, scenario) as here:
        bodies = [(await here.get(path))[1] for path in ("/sd", "/api/v1/operations", "/metrics")]
        for target in json.loads(bodies[0]):
            labels = target["labels"]
            bodies.append((await here.get(f"/api/v1/operations/{labels['instance']}"))[1])
            asked = "&".join(
                f"{name.removeprefix('__param_')}={each}"
                for name, each in labels.items()
                if name.startswith("__param_")
            )
            bodies.append((await here.get(f"/probe?{asked}"))[1])
        assert len(bodies) == 3 + 2 * 2
        for body in bodies:
            assert "x.blob" not in body or "<cut>" in body
            for secret in (DEFAULT_KEY, "SECRETsecret", "sig=S"):
                assert secret not in body
        assert any("<cut>" in body for body in bodies), "the message itself is shown"
