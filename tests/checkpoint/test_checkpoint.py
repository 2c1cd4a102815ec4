"""What is known outlives the process, and no file, disk or kill ends it or makes it lie."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from exporter.app.checkpoint_source import CheckpointSource
from exporter.app.exporter import Exporter, build
from exporter.checkpoint import held_file
from exporter.checkpoint.contents import Contents, Counter
from exporter.checkpoint.file import CheckpointFile
from exporter.checkpoint.place import CheckpointError, DamagedError
from exporter.checkpoint.recorder import Recorder
from exporter.checkpoint.saved import Saved, decode, encode, saved
from exporter.config.config import Config
from exporter.model.documents import Documents
from exporter.model.operation import Document, Fault, Operation, OperationKey, State
from exporter.model.quantities import Amount, Counted
from exporter.model.shard import ALONE
from exporter.model.snapshot import Snapshot, Watch
from exporter.simulator.play.building import batch, operation
from exporter.simulator.play.scenario import Scenario
from exporter.telemetry import logs
from tests.support.local import START, Samples, clock, configured, scraped, simulated, value, values
from tests.support.observations import characters

pytestmark = pytest.mark.jumping

KEY = OperationKey("r", "document_translation", "b")
WATCH = Watch(KEY, "batch", (State.RUNNING, State.SUCCEEDED), shows=frozenset(State))
DISCOVERED = {"document_translation": {"discover": True}}
# What says when it was scraped, or by which process.
PASSING = ("process_", "python_", "azure_ai_exporter_", "azure_ai_api_", "azure_ai_resource_up")
# A histogram begins anew, as any does after a restart.
PASSING_HISTOGRAM = "azure_ai_operation_duration_seconds"
WRITTEN = "azure_ai_exporter_checkpoint_last_write_successful"


def some(count: int, first: int = 0, word: State = State.RUNNING) -> Saved:
    documents = [
        Document(f"{number:036}", "de", word, word.value, float(number), 0.5, number)
        for number in range(first, first + count)
    ]
    known = Operation(
        word, word.value, amounts=characters(count), documents=Documents.of(documents)
    )
    snapshot = Snapshot(WATCH, known, charged=characters(count), up=True, last_success=START)
    return saved(snapshot, endpoint="https://a", settled=False)


@asynccontextmanager
async def keeping(config: Config) -> AsyncIterator[Exporter]:
    """An exporter that keeps its checkpoint, as `run` does."""
    assert config.state_file
    recorder = Recorder(config.state_file, clock)
    memory = await recorder.read()
    async with (
        build(config, clock, ALONE, memory) as exporter,
        asyncio.TaskGroup() as group,
    ):
        recorder.listen_to(exporter.store)
        source = CheckpointSource(exporter)
        tasks = [group.create_task(work) for work in (exporter.run(), recorder.run(source))]
        yield exporter
        for task in tasks:
            task.cancel()


async def until_written(exporter: Exporter, *, successful: bool) -> None:
    """A thread writes, in real time."""
    for _ in range(10_000):
        if value(scraped(exporter), WRITTEN) == successful:
            return
        await asyncio.sleep(1)
    raise AssertionError("it was not written")


def lasting(samples: Samples) -> Samples:
    return {
        key: said
        for key, said in samples.items()
        if not key[0].startswith((*PASSING, PASSING_HISTOGRAM))
    }


@given(
    st.builds(
        Snapshot,
        watch=st.just(WATCH),
        operation=st.none()
        | st.builds(
            Operation,
            state=st.sampled_from(State),
            word=st.text(st.characters(codec="utf-8")),
            last_action=st.none() | st.floats(0, 2e9),
            counts=st.dictionaries(
                st.sampled_from(Counted),
                st.dictionaries(st.sampled_from(State), st.integers(0, 2**63)),
            ),
            fault=st.none() | st.builds(Fault, st.text(st.characters(codec="utf-8"))),
            documents=st.lists(st.integers(0, 99), unique=True).map(
                lambda ids: Documents.of(
                    Document(str(id_), "de", State.FAILED, "Failed", fault=Fault("Bad"))
                    for id_ in ids
                )
            ),
        ),
        stale=st.booleans(),
        charged=st.dictionaries(st.sampled_from(Amount), st.integers(0, 2**63) | st.floats(0, 2e9)),
        up=st.none() | st.booleans(),
        last_success=st.none() | st.floats(0, 2e9),
        first_progress=st.none() | st.tuples(st.floats(0, 2e9), st.floats(0, 1)),
        unreadable_since=st.dictionaries(st.text(st.characters(codec="utf-8")), st.floats(0, 2e9)),
    )
)
@settings(deadline=None)
def test_a_snapshot_comes_out_as_it_went_in(snapshot: Snapshot) -> None:
    """All of it but why the latest poll failed."""
    kept = saved(snapshot, endpoint="https://a", settled=True)
    again = Saved(decode(encode(kept.facts)), kept.chunks)
    assert again == kept
    assert again.snapshot(WATCH) == snapshot


async def test_what_is_written_is_of_one_moment() -> None:
    """A thread reads it later, when operations and what is remembered have already changed."""
    ids = ["one", "two"]
    section = {"endpoint": "https://a.cognitiveservices.azure.com", "auth": {"key": "0" * 32}}
    config = configured({**section, "video_translation": {"operations": ids}})
    async with build(config, clock) as exporter:
        one, two = exporter.plan.operations
        exporter.store.put(one, Operation(State.RUNNING, "Running"), START)
        contents = CheckpointSource(exporter).contents({one, two})
        exporter.store.put(one, Operation(State.SUCCEEDED, "Succeeded"), START)
        exporter.poller.leave(one)
        exporter.poller.leave(two)
        known = contents.operations[one]
        assert known
        assert known.facts.operation == Operation(State.RUNNING, "Running")
        assert contents.operations[two]
        assert contents.departed == {one: None, two: None}
        after = CheckpointSource(exporter).contents({one, two})
        assert dict(after.operations) == {one: None, two: None}
        assert after.departed[one]


def test_the_format_is_what_it_was() -> None:
    """A file of the version before is read; whoever changes the format counts FORMAT up."""
    names = "endpoint settled name operation stale charged up last_success last_change"
    names += (
        " finished_at first_progress estimated_completion incomplete unreadable_since documents"
        " watched_to_end cost"
    )
    facts = msgpack.decode(encode(some(1).facts), type=dict)
    assert list(facts) == names.split()
    of_operation = "state word created last_action progress counts submitted amounts fault"
    assert list(facts["operation"]) == [
        *of_operation.split(),
        *("documents", "unreadable", "incomplete", "started", "deadline", "expires", "kind"),
    ]
    [document] = msgpack.decode(some(1).chunks[0])
    assert document == ["0" * 36, "de", "Running", "Running", 0.0, 0.5, 0, None, None, ""]


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    """The first scrape after it has the series of the last before it; what is done stays done."""
    scenario = Scenario(
        batches=(
            batch(created=START, documents=4, languages=["de", "fr"], takes=60, failed=1, seed=1),
            batch(created=START, documents=3, takes=10_000, seed=2),
        ),
        video_translation=(
            operation("done", created=START, takes=60),
            operation("runs", created=START, takes=None),
        ),
    )
    async with simulated(scenario) as (simulator, endpoint):
        config = configured(
            {
                "endpoint": endpoint,
                **DISCOVERED,
                "video_translation": {"operations": ["done", "runs"]},
            },
            state_file=str(tmp_path / "state"),
        )
        async with keeping(config) as exporter:
            await asyncio.sleep(600)
            before = lasting(scraped(exporter))
            today = exporter.today.since, exporter.today.charges
        simulator.requests.clear()
        async with keeping(config) as exporter:
            assert (exporter.today.since, exporter.today.charges) == today
            after = lasting(scraped(exporter))
            assert after == before
            assert exporter.waiting_for() == 0, "it is ready at once"
            await asyncio.sleep(600)
            asked = [path for path in simulator.requests if "done" in path]
            assert not asked, "what has finished is not asked again"
            assert lasting(scraped(exporter)).keys() == before.keys()
    charged = value(before, "azure_ai_characters_charged_total", api="document_translation")
    assert charged == sum(
        values(before, "azure_ai_operation_characters_charged", resource="r0").values()
    )
    assert sum(today[1].values()) == charged
    assert len(values(before, "azure_ai_document_state")) == 11


async def test_an_old_checkpoint_shows_no_old_state(tmp_path: Path) -> None:
    """What nobody could read for `stale_after` is stale from the first scrape on."""
    scenario = Scenario(video_translation=(operation("runs", created=START, takes=None),))
    async with simulated(scenario) as (_, endpoint):
        section = {"video_translation": {"operations": ["runs"]}}
        config = configured({"endpoint": endpoint, **section}, state_file=str(tmp_path / "state"))
        async with keeping(config) as exporter:
            await asyncio.sleep(600)
            assert values(scraped(exporter), "azure_ai_operation_state")
        await asyncio.sleep(3600)
        async with keeping(config) as exporter:
            assert not values(scraped(exporter), "azure_ai_operation_state")
            await asyncio.sleep(60)
            assert values(scraped(exporter), "azure_ai_operation_state")


@pytest.mark.e2e
async def test_what_changed_meanwhile_is_counted_once(tmp_path: Path) -> None:
    """Charges and transitions go on from where they were, over many restarts."""
    one = batch(created=START, documents=20, takes=3000, seed=1)
    async with simulated(Scenario(batches=(one,))) as (_, endpoint):
        config = configured(
            {"endpoint": endpoint, **DISCOVERED}, state_file=str(tmp_path / "state")
        )
        for _ in range(10):
            async with keeping(config):
                await asyncio.sleep(400)
        async with keeping(config) as exporter:
            await asyncio.sleep(60)
            samples = scraped(exporter)
    [charged] = values(samples, "azure_ai_operation_characters_charged").values()
    assert value(samples, "azure_ai_characters_charged_total") == charged
    assert charged == sum(document.characters for document in one.documents)
    transitions = values(samples, "azure_ai_state_transitions_total", api="document_translation")
    assert sum(transitions.values()) <= 2
    assert sum(said for way, said in transitions.items() if "Succeeded" in way) == 1


async def test_another_endpoint_is_another_operation(tmp_path: Path) -> None:
    """What was known of a resource of the same name elsewhere is not shown for this one."""
    runs = Scenario(video_translation=(operation("runs", created=START, takes=None),))
    section = {"video_translation": {"operations": ["runs"]}}
    state_file = str(tmp_path / "state")
    async with (
        simulated(runs) as (_, endpoint),
        keeping(configured({"endpoint": endpoint, **section}, state_file=state_file)),
    ):
        await asyncio.sleep(60)
    elsewhere = configured({"endpoint": "http://127.0.0.1:1", **section}, state_file=state_file)
    async with keeping(elsewhere) as exporter:
        assert not values(scraped(exporter), "azure_ai_operation_state")


async def test_an_id_that_was_wrong_does_not_come_back(tmp_path: Path) -> None:
    """It was removed from the configuration while the exporter did not run; a list has others."""

    def config_of(endpoint: str, *ids: str) -> Config:
        section = {"video_translation": {"discover": True, "operations": list(ids)}}
        return configured({"endpoint": endpoint, **section}, state_file=str(tmp_path / "state"))

    runs = Scenario(video_translation=(operation("runs", created=START, takes=None),))
    async with simulated(runs) as (_, endpoint):
        async with keeping(config_of(endpoint, "wrong")) as exporter:
            await asyncio.sleep(20)
            assert value(scraped(exporter), "azure_ai_operation_up", operation="wrong") == 0
        async with keeping(config_of(endpoint)) as exporter:
            assert value(scraped(exporter), "azure_ai_operation_up", operation="wrong") is None


async def test_what_has_left_leaves_the_file(tmp_path: Path) -> None:
    """An operation that is not configured any more is forgotten, its documents too."""

    def config_of(*ids: str) -> Config:
        return configured(
            {"endpoint": "http://127.0.0.1:1", "video_translation": {"operations": list(ids)}},
            state_file=str(tmp_path / "state"),
        )

    async with keeping(config_of("one", "two")):
        await asyncio.sleep(60)
    async with keeping(config_of("two")):
        await asyncio.sleep(10)
    with closing(sqlite3.connect(tmp_path / "state")) as database:
        rows = database.execute("SELECT operation FROM operations").fetchall()
    assert rows == [("two",)]


def test_only_chunks_that_changed_are_written(tmp_path: Path) -> None:
    """And those that are no more are forgotten."""
    file = CheckpointFile(tmp_path / "state")
    file.write(Contents({KEY: some(300)}))
    file.close()
    with closing(sqlite3.connect(tmp_path / "state")) as database:
        database.execute("CREATE TABLE log (number)")
        database.execute(
            "CREATE TRIGGER seen AFTER INSERT ON documents "
            "BEGIN INSERT INTO log VALUES (new.number); END"
        )
        database.commit()
    file = CheckpointFile(tmp_path / "state")
    assert file.read().operations == {KEY: some(300)}
    file.write(Contents({KEY: some(310)}))
    file.write(Contents({KEY: some(310)}))
    assert file.read().operations == {KEY: some(310)}
    file.write(Contents({KEY: some(5)}))
    assert file.read().operations == {KEY: some(5)}
    file.write(Contents({KEY: None}))
    assert file.read().operations == {}
    file.close()
    with closing(sqlite3.connect(tmp_path / "state")) as database:
        assert database.execute("SELECT number FROM log").fetchall() == [(2,), (0,)]
        assert database.execute("SELECT count(*) FROM documents").fetchone() == (0,)


def test_a_file_belongs_to_one_exporter(tmp_path: Path) -> None:
    """A second one on the same file is told, and the first goes on."""
    first = CheckpointFile(tmp_path / "state")
    first.write(Contents({KEY: some(3)}))
    with pytest.raises(CheckpointError, match="another exporter uses it") as error:
        CheckpointFile(tmp_path / "state")
    assert error.value.held
    first.write(Contents({KEY: some(4)}))
    first.close()
    assert CheckpointFile(tmp_path / "state").read().operations == {KEY: some(4)}


def bytes_of(path: str) -> bytes:
    return Path(path).read_bytes()


def garbled(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:16] + b"this is no database" * 100)


def torn(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * 4096 + data[8192:])


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")


def with_other_facts(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE operations SET facts = x'80'")
        database.commit()


def with_other_charges(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO today VALUES (x'80')")
        database.commit()


@pytest.mark.parametrize("damage", [garbled, torn, newer, with_other_facts, with_other_charges])
async def test_a_file_that_cannot_be_used(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """It is set aside as it was, with a clear message; the exporter runs and keeps a new one."""
    path = tmp_path / "state"
    file = CheckpointFile(path)
    file.write(Contents({KEY: some(1000)}, counters=[Counter("c_total", (("a", "b"),), 1.0)]))
    file.close()
    damage(path)
    was = path.read_bytes()
    log = StringIO()
    logs.configure("info", "json", log)
    recorder = Recorder(path, clock)
    assert await recorder.read() == Contents()
    said = json.loads(log.getvalue())
    assert said["reason"]
    assert said["it_is_now"].startswith(f"{path}.unusable-")
    assert bytes_of(said["it_is_now"]) == was
    config = configured(
        {"endpoint": "http://127.0.0.1:1", "video_translation": {"operations": ["one"]}},
        state_file=str(path),
    )
    await recorder._file.close()
    async with keeping(config) as exporter:
        await asyncio.sleep(30)
        await until_written(exporter, successful=True)


def test_a_truncated_file_is_damaged(tmp_path: Path) -> None:
    """Wherever it ends, it is said and not half believed."""
    path = tmp_path / "state"
    file = CheckpointFile(path)
    file.write(Contents({KEY: some(1000)}))
    file.close()
    whole = path.read_bytes()
    for length in range(1, len(whole), 4001):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedError, match=r"\w"):
            CheckpointFile(path).read()


async def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """The exporter runs, says it once, counts it, and writes when it can."""
    log = StringIO()
    logs.configure("info", "json", log)
    path = tmp_path / "not there yet" / "state"
    config = configured(
        {"endpoint": "http://127.0.0.1:1", "video_translation": {"operations": ["one"]}},
        state_file=str(path),
    )
    async with keeping(config) as exporter:
        await until_written(exporter, successful=False)
        path.parent.mkdir()
        await until_written(exporter, successful=True)
    said = [json.loads(line) for line in log.getvalue().splitlines()]
    about = [each["msg"] for each in said if "checkpoint" in each["msg"]]
    assert about == [
        "checkpoint cannot be used; a restart would lose states and counters",
        "checkpoint is written again",
    ]
    assert KEY.resource == "r"
    with closing(CheckpointFile(path)) as file:
        assert [key.operation for key in file.read().operations] == ["one"]


async def test_a_write_that_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changed while the disk was full is written once it is not."""
    runs = Scenario(video_translation=(operation("runs", created=START, takes=100),))
    async with simulated(runs) as (_, endpoint):
        config = configured(
            {"endpoint": endpoint, "video_translation": {"operations": ["runs"]}},
            state_file=str(tmp_path / "state"),
        )
        async with keeping(config) as exporter:
            await asyncio.sleep(20)
            with monkeypatch.context() as full:
                full.setattr(CheckpointFile, "write", _full)
                await asyncio.sleep(300)
                samples = scraped(exporter)
            assert value(samples, WRITTEN) == 0
            assert value(samples, "azure_ai_operation_state", state="Succeeded") == 1
            await until_written(exporter, successful=True)
        with closing(CheckpointFile(tmp_path / "state")) as file:
            [kept] = file.read().operations.values()
    assert kept
    assert kept.facts.operation
    assert kept.facts.operation.state is State.SUCCEEDED
    assert kept.facts.settled


def _full(_file: CheckpointFile, _news: Contents) -> None:
    raise CheckpointError("database or disk is full")


def test_it_waits_for_the_exporter_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a rolling update the old pod may still hold the file for a moment; one line tells it."""
    log = StringIO()
    logs.configure("info", "logfmt", log)
    monkeypatch.setattr(held_file, "_OPEN_TIMEOUT", 5.0)
    before = CheckpointFile(tmp_path / "state")
    before.write(Contents({KEY: some(3)}))

    async def both() -> Contents:
        reading = asyncio.create_task(Recorder(tmp_path / "state").read())
        await asyncio.sleep(1)
        before.close()
        return await reading

    assert asyncio.run(both()).operations == {KEY: some(3)}
    assert log.getvalue().count("another exporter uses the state_file; this one waits") == 1
