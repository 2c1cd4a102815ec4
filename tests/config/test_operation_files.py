"""Operations that register themselves: files that appear, change, break and vanish."""

import asyncio
import io
import os
import resource
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from exporter.app import reload
from exporter.config import file_patterns
from exporter.config.config import Config, parse_config
from exporter.config.operation_files import OperationFiles, planned, read
from exporter.files import reading
from exporter.settings.yaml_file import Problem
from exporter.simulator.faults.faults import Fault, Kind
from exporter.simulator.play.building import batch, operation
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.telemetry import logs
from tests.app.test_reload import Local, running, until
from tests.support.hanging import hanging
from tests.support.local import clock, scraped, simulated, value, values

IDS = [f"job-{number}" for number in range(8)]
BATCH = "727bf148-f327-47a0-9481-abae6362f11e"
NOBODY = "http://127.0.0.1:1"


def config_of(endpoint: str = NOBODY, **more: object) -> dict[str, Any]:
    """`main` watches one video, `job-0`; everything else may register itself."""
    main = {
        "name": "main",
        "endpoint": endpoint,
        "auth": {"key": DEFAULT_KEY},
        "video_translation": {"operations": ["job-0"]},
        "document_translation": {},
        **more,
    }
    return {"poll": {"interval": "1s"}, "operation_files": ["jobs/*.yaml"], "resources": [main]}


def parsed(data: Mapping[str, Any]) -> Config:
    return parse_config("config.yaml", yaml.safe_dump(data), Path())


def video(id_: str, **more: object) -> dict[str, object]:
    return {"resource": "main", "api": "video_translation", "operation": id_, **more}


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    """The folder in which files are dropped."""
    folder = tmp_path / "jobs"
    folder.mkdir()
    return folder


def drop(folder: Path, name: str, *entries: Mapping[str, object]) -> Path:
    """A file as careful programs write one: under another name first."""
    path, new = folder / name, folder / f".{name}.new"
    new.write_text(yaml.safe_dump(list(entries)))
    new.replace(path)
    return path


def ids(files: OperationFiles, config: Config) -> list[str]:
    return [each.target.id for each in planned(config, files)[0]]


# Reading files


def test_files_in_their_order(tmp_path: Path, jobs: Path) -> None:
    """Those that match, by name, each with its entries; a label of an entry is the operation's."""
    config = parsed(config_of())
    drop(jobs, "b.yaml", video("job-3", labels={"owner": "b"}), video("job-2"))
    drop(jobs, "a.yaml", video("job-1"))
    drop(jobs, "c.yml", video("job-4"))
    files = read(config, tmp_path, OperationFiles())
    found, problems = planned(config, files)
    assert [each.target.id for each in found] == ["job-1", "job-3", "job-2"]
    assert [dict(each.watch.labels) for each in found] == [{}, {"owner": "b"}, {}]
    assert (problems, files.problems, files.broken) == ([], [], 0)


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "[]\n", "null\n", "---\n"])
def test_an_empty_file(tmp_path: Path, jobs: Path, text: str) -> None:
    """It asks for nothing, which is no mistake."""
    (jobs / "a.yaml").write_text(text)
    files = read(parsed(config_of()), tmp_path, OperationFiles())
    assert (ids(files, parsed(config_of())), files.problems) == ([], [])


WHOLE = {
    "not YAML": ("a: [", ":1:5: is not YAML: "),
    "a mapping": ("resource: main\n", ":1:1: must be a list, with '- ' in front of each item"),
    "an empty mapping": ("{}\n", ":1:1: must be a list, with '- ' in front of each item"),
    "a word": ("false\n", ":1:1: must be a list, with '- ' in front of each item"),
    "a text": ("job-1\n", ":1:1: must be a list, with '- ' in front of each item"),
    "an id alone": ("- job-1\n", ":1:3: [0]: must be a mapping, with a key and a value on each"),
    "no operation": (
        "- {resource: main, api: video_translation}\n",
        ":1:3: [0].operation: is missing; add it",
    ),
    "a key of another kind": (
        "- resource: main\n  api: video_translation\n  operation: job-1\n  lables: {a: b}\n",
        ":4:3: [0].lables: unknown key 'lables'; did you mean labels?",
    ),
    "a label that is ours": (
        "- {resource: main, api: video_translation, operation: job-1, labels: {api: x}}\n",
        ":1:71: [0].labels.api: label 'api' is used by the exporter; choose another name",
    ),
    "a key that stands twice": (
        "- {resource: main, resource: main, api: avatar, operation: job-1}\n",
        ":1:20: [0].resource: duplicate 'resource'; remove one",
    ),
    "a tag": (
        "- {resource: main, api: avatar, operation: job-1, labels: {team: !env TEAM}}\n",
        ":1:66: [0].labels.team: unknown tag !env; write the value itself",
    ),
    "half a character": (
        '- "\\ud800"\n',
        ":1:3: is not YAML: half of a surrogate pair; write the whole character",
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_broken_file(tmp_path: Path, jobs: Path, name: str) -> None:
    """What is wrong and where; its last good content is kept, and others do not suffer."""
    text, said = WHOLE[name]
    config = parsed(config_of())
    drop(jobs, "good.yaml", video("job-1"))
    path = drop(jobs, "other.yaml", video("job-2"))
    before = read(config, tmp_path, OperationFiles())
    path.write_text(text)
    after = read(config, tmp_path, before)
    assert after.problems
    assert str(after.problems[0]).startswith(f"{path}{said}")
    assert after.broken == 1
    assert ids(after, config) == ["job-1", "job-2"]
    fresh = read(config, tmp_path, OperationFiles())
    assert ids(fresh, config) == ["job-1"], "there was no good content yet"
    drop(jobs, "other.yaml", video("job-3"))
    again = read(config, tmp_path, after)
    assert (ids(again, config), again.problems) == (["job-1", "job-3"], [])


def test_bytes_that_are_no_text(tmp_path: Path, jobs: Path) -> None:
    """They are told of, not raised."""
    (jobs / "a.yaml").write_bytes(b"\xff\xfe\x00")
    files = read(parsed(config_of()), tmp_path, OperationFiles())
    assert [str(problem) for problem in files.problems] == [f"{jobs / 'a.yaml'}: is not UTF-8 text"]


def test_what_is_no_file(tmp_path: Path, jobs: Path) -> None:
    """A folder, a pipe or a broken link that matches is left alone: nobody waits for it."""
    (jobs / "folder.yaml").mkdir()
    (jobs / "link.yaml").symlink_to("nowhere")
    os.mkfifo(jobs / "pipe.yaml")
    drop(jobs, "a.yaml", video("job-1"))
    config = parsed(config_of())
    seen: list[OperationFiles] = []
    reading = Thread(target=lambda: seen.append(read(config, tmp_path, OperationFiles())))
    reading.start()
    reading.join(2)
    waits = reading.is_alive()
    if waits:  # whoever reads a pipe waits for somebody who writes to it
        os.close(os.open(jobs / "pipe.yaml", os.O_WRONLY))
        reading.join()
    assert not waits
    assert list(seen[0].by_path) == [str(jobs / "a.yaml")]
    assert seen[0].problems == []


def test_a_file_that_could_not_be_read_for_a_moment(
    tmp_path: Path, jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read again, though it looks as it did, and keeps its content meanwhile."""
    config = parsed(config_of())
    path = drop(jobs, "a.yaml", video("job-1"))
    before = read(config, tmp_path, OperationFiles())
    drop(jobs, "a.yaml", video("job-2"))
    with monkeypatch.context() as context:

        def refuse(*_: object, **__: object) -> int:
            raise OSError(5, "Input/output error")

        context.setattr("exporter.files.reading.os.open", refuse)
        during = read(config, tmp_path, before)
    assert [str(problem) for problem in during.problems] == [
        f"{path}: cannot be read: Input/output error"
    ]
    assert ids(during, config) == ["job-1"]
    after = read(config, tmp_path, during)
    assert (ids(after, config), after.problems) == (["job-2"], [])


@pytest.mark.parametrize("pattern", ["*.yaml", "**/*.yaml", "a.yaml"])
def test_an_absolute_pattern(tmp_path: Path, jobs: Path, pattern: str) -> None:
    """It starts at the root and not at the folder of the configuration."""
    drop(jobs, "a.yaml", video("job-1"))
    data = config_of()
    data["operation_files"] = [f"{jobs}/{pattern}"]
    config = parsed(data)
    files = read(config, tmp_path / "elsewhere", OperationFiles())
    assert (ids(files, config), files.problems) == (["job-1"], [])


def test_a_huge_file_holds_no_other_up(tmp_path: Path, jobs: Path) -> None:
    """It is told with the limit, and costs no memory; files after it are followed."""
    drop(jobs, "a.yaml", video("job-1"))
    (jobs / "b.yaml").touch()
    os.truncate(jobs / "b.yaml", 2 << 30)
    drop(jobs, "c.yaml", video("job-3"))
    config = parsed(config_of())
    files = read(config, tmp_path, OperationFiles())
    assert ids(files, config) == ["job-1", "job-3"]
    [problem] = files.problems
    assert problem.text.startswith("cannot be read: it has more than 4 MiB")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2 << 20, "kilobytes"


def test_a_file_that_hangs_holds_no_other_up(
    tmp_path: Path, jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a folder: its pattern is told, and keeps what is known of its files."""
    monkeypatch.setattr(file_patterns, "SEARCH_SECONDS", 0.1)
    away = tmp_path / "away"
    away.mkdir()
    drop(away, "a.yaml", video("job-1"))
    drop(jobs, "b.yaml", video("job-2"))
    data = config_of()
    data["operation_files"] = ["away/*.yaml", *data["operation_files"]]
    config = parsed(data)
    files = read(config, tmp_path, OperationFiles())
    with hanging(away):
        drop(jobs, "c.yaml", video("job-3"))
        during = read(config, tmp_path, files)
        assert sorted(ids(during, config)) == ["job-1", "job-2", "job-3"]
        assert [str(problem) for problem in during.problems] == [
            (
                f"{away}: cannot be searched: no answer within 0.1 s; pattern "
                "'away/*.yaml' of operation_files finds no new files"
            )
        ]


def test_a_folder_that_cannot_be_searched(tmp_path: Path, jobs: Path) -> None:
    """It is told which, and why; a folder that is there without a match is right."""
    (tmp_path / "text").touch()
    wrong = {
        "nowhere/*.yaml": "nowhere: is not there",
        "nowhere/job.yaml": "nowhere: is not there",
        f"{tmp_path}/gone/**/*.yaml": "gone: is not there",
        "text/*.yaml": "text: is not a folder",
        "~/jobs/*.yaml": "~/jobs: is not there",
    }
    data = config_of()
    data["operation_files"] = [*wrong, "jobs/*.yaml", f"{jobs}/**/*.yml", "jobs/later.yaml"]
    problems = read(parsed(data), tmp_path, OperationFiles()).problems
    for problem, reason in zip(problems, wrong.values(), strict=True):
        assert str(problem).startswith(f"{tmp_path}/{reason}; pattern ")
    assert problems[-1].text.endswith("; ~ is not expanded, write the whole path")


def test_a_folder_with_brackets(tmp_path: Path) -> None:
    """Only the pattern of the configuration is a pattern; the folder it starts at is a name."""
    folder = tmp_path / "prod[eu]"
    (folder / "jobs").mkdir(parents=True)
    drop(folder / "jobs", "a.yaml", video("job-1"))
    config = parsed(config_of())
    assert ids(read(config, folder, OperationFiles()), config) == ["job-1"]


def test_patterns(tmp_path: Path, jobs: Path) -> None:
    """Absolute, relative and `**`; a file that several match counts once."""
    (jobs / "deep" / "er").mkdir(parents=True)
    for number, folder in enumerate((jobs, jobs / "deep", jobs / "deep" / "er"), 1):
        drop(folder, "a.yaml", video(f"job-{number}"))
    data = config_of()
    data["operation_files"] = [f"{jobs}/*.yaml", "jobs/**/*.yaml", "nowhere/*.yaml"]
    config = parsed(data)
    files = read(config, tmp_path, OperationFiles())
    assert sorted(ids(files, config)) == ["job-1", "job-2", "job-3"]
    assert planned(config, files)[1] == []


# What single entries ask for


def problems_of(tmp_path: Path, data: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Ids that are followed, and what is said of the others, without the folder in front."""
    config = parsed(data)
    found, problems = planned(config, read(config, tmp_path, OperationFiles()))
    said = [str(problem).replace(f"{tmp_path}/", "") for problem in problems]
    return [each.target.id for each in found], said


ENTRIES: dict[str, tuple[dict[str, object], str]] = {
    "an unknown resource": (
        {"resource": "mian", "api": "video_translation", "operation": "job-2"},
        "no such resource and api in the configuration; must be one of ",
    ),
    "an API that the resource has not": (
        {"resource": "main", "api": "avatar", "operation": "job-2"},
        "no such resource and api in the configuration; must be one of main/document_translation, ",
    ),
    "an API that nobody has": (
        {"resource": "main", "api": "telepathy", "operation": "job-2"},
        "no such resource and api in the configuration; must be one of ",
    ),
    "an impossible id": (
        {"resource": "main", "api": "document_translation", "operation": "job-2"},
        "operation 'job-2' is not valid; must be a UUID like ",
    ),
    "an id with a way out": (
        video("../../config"),
        "operation '..' is not valid; must be 3 to 64 letters",
    ),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_that_is_not_right(tmp_path: Path, jobs: Path, name: str) -> None:
    """It is left out and told of with its file, line and number; its neighbours are followed."""
    entry, said = ENTRIES[name]
    drop(jobs, "a.yaml", video("job-1"), entry, video("job-3"))
    found, problems = problems_of(tmp_path, config_of())
    assert found == ["job-1", "job-3"]
    assert len(problems) == 1
    assert problems[0].startswith(f"jobs/a.yaml:4:3: [1]: {said}")


def test_two_files_that_claim_one_operation(tmp_path: Path, jobs: Path) -> None:
    """The first by name has it, the other is told who; ids in capitals are the same ids."""
    entry = {"resource": "main", "api": "document_translation", "operation": BATCH}
    drop(jobs, "a.yaml", {**entry, "labels": {"by": "a"}})
    drop(jobs, "b.yaml", video("job-1"), {**entry, "operation": BATCH.upper()})
    found, problems = problems_of(tmp_path, config_of())
    assert found == [BATCH, "job-1"]
    said = "duplicate operation, already in jobs/a.yaml; ignored here"
    assert problems == [f"jobs/b.yaml:4:3: [1]: {said}"]


def test_a_file_that_claims_a_configured_operation(tmp_path: Path, jobs: Path) -> None:
    """The configuration has it."""
    drop(jobs, "a.yaml", video("job-0", labels={"by": "a"}))
    found, problems = problems_of(tmp_path, config_of())
    said = "duplicate operation, already in the configuration; ignored here"
    assert (found, problems) == ([], [f"jobs/a.yaml:1:3: [0]: {said}"])


def test_an_operation_that_stands_twice_in_a_file(tmp_path: Path, jobs: Path) -> None:
    """The first entry counts, and the second is told of: labels are not chosen in silence."""
    drop(jobs, "a.yaml", video("job-1", labels={"n": "1"}), video("job-1", labels={"n": "2"}))
    config = parsed(config_of())
    found, problems = planned(config, read(config, tmp_path, OperationFiles()))
    assert [dict(each.watch.labels) for each in found] == [{"n": "1"}]
    assert len(problems) == 1
    assert problems[0].path == "[1]"


# Watched


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are looked at all the time."""
    monkeypatch.setattr(reload, "WATCH_SECONDS", 0.02)


@asynccontextmanager
async def watching(tmp_path: Path) -> AsyncIterator[tuple[Simulator, Local]]:
    """A simulator with jobs, and an exporter that watches files."""
    scenario = Scenario(
        video_translation=tuple(operation(id_, created=clock() - 60, takes=None) for id_ in IDS),
        batches=(batch(id=BATCH, created=clock() - 60, documents=3, takes=3600),),
    )
    async with simulated(scenario) as (simulator, endpoint):
        path = tmp_path / "config.yaml"
        poll = {"requests_per_second": 100}
        path.write_text(yaml.safe_dump(config_of(endpoint, poll=poll)))
        async with running(path) as local:
            yield simulator, local


def states(local: Local) -> set[str]:
    """Operations that have a state on /metrics."""
    shown = values(scraped(local.exporter), "azure_ai_operation_state", state="Running")
    return {id_ for id_ in (*IDS, BATCH) if any(id_ in labels for labels in shown)}


async def test_files_come_and_go(tmp_path: Path, jobs: Path, hasty: None) -> None:
    """An operation is followed from the moment its file appears to the moment it vanishes."""
    drop(jobs, "first.yaml", video("job-1"))
    async with watching(tmp_path) as (_, local):
        assert local.operations == {"job-0", "job-1"}, "from the start"
        entry = {"resource": "main", "api": "document_translation", "operation": BATCH}
        second = drop(jobs, "second.yaml", entry, video("job-2", labels={"owner": "me"}))
        await until(lambda: states(local) == {"job-0", "job-1", "job-2", BATCH})
        info = "azure_ai_operation_info"
        await until(lambda: values(scraped(local.exporter), "azure_ai_document_state"))
        assert value(scraped(local.exporter), info, operation="job-2", owner="me") == 1

        changed = "azure_ai_operation_last_change_timestamp_seconds"
        before = value(scraped(local.exporter), changed, operation="job-2")
        drop(jobs, "second.yaml", video("job-2", labels={"owner": "you"}), video("job-3"))
        await until(lambda: states(local) == {"job-0", "job-1", "job-2", "job-3"})
        samples = scraped(local.exporter)
        assert value(samples, info, operation="job-2", owner="you") == 1
        assert value(samples, info, operation="job-2", owner="me") is None
        assert value(samples, changed, operation="job-2") == before
        assert not values(samples, "azure_ai_document_state")

        second.unlink()
        await until(lambda: local.operations == {"job-0", "job-1"})
        assert not [
            labels for _, labels in scraped(local.exporter) if ("operation", "job-2") in labels
        ]


async def test_a_broken_file_is_told_of_everywhere(tmp_path: Path, jobs: Path, hasty: None) -> None:
    """Log, metric and JSON say it, once; its operations go on; when it is right, that is said."""
    log = io.StringIO()
    path = drop(jobs, "a.yaml", video("job-1"))
    async with watching(tmp_path) as (_, local):
        logs.configure("info", "logfmt", log)
        await until(lambda: states(local) == {"job-0", "job-1"})
        assert local.gauge("operation_files_broken") == 0
        path.write_text("- {resource: main, api: video_translation, operation: job-1")
        await until(lambda: local.gauge("operation_files_broken") == 1)
        problems = yaml.safe_load(await local.get("/api/v1/operations"))["problems"]
        assert len(problems) == 1
        assert problems[0].startswith(f"{path}:1:")
        await asyncio.sleep(0.2)
        assert states(local) == {"job-0", "job-1"}
        told = [line for line in log.getvalue().splitlines() if "operation file" in line]
        assert len(told) == 1
        assert str(path) in told[0]
        assert "level=warning" in told[0]

        drop(jobs, "a.yaml", video("job-1"), video("job-2"))
        drop(jobs, "b.yaml", video("job-1"), video("job-0"), video("job-3"))
        await until(lambda: states(local) == {"job-0", "job-1", "job-2", "job-3"})
        problems = yaml.safe_load(await local.get("/api/v1/operations"))["problems"]
        places = [f"{jobs / 'b.yaml'}:{line}:3" for line in (1, 4)]
        assert [problem.split(": ", 1)[0] for problem in problems] == places
        assert local.gauge("operation_files_broken") == 1, "files, not entries"
        (jobs / "b.yaml").unlink()
        await until(lambda: local.gauge("operation_files_broken") == 0)
        assert "all operation files are valid again" in log.getvalue()
        assert yaml.safe_load(await local.get("/api/v1/operations"))["problems"] == []
        assert DEFAULT_KEY not in log.getvalue()


async def test_a_claim_passes_on(tmp_path: Path, jobs: Path, hasty: None) -> None:
    """When the file that has an operation vanishes, the next that wants it has it."""
    first = drop(jobs, "a.yaml", video("job-1", labels={"by": "a"}))
    drop(jobs, "b.yaml", video("job-1", labels={"by": "b"}))
    info = "azure_ai_operation_info"
    async with watching(tmp_path) as (_, local):
        assert value(scraped(local.exporter), info, operation="job-1", by="a") == 1
        first.unlink()
        await until(lambda: value(scraped(local.exporter), info, operation="job-1", by="b") == 1)
        assert local.gauge("operation_files_broken") == 0


async def test_files_and_the_configuration(tmp_path: Path, jobs: Path, hasty: None) -> None:
    """What a reload configures, a file no longer has; what it leaves out, a file may have."""
    drop(jobs, "a.yaml", video("job-1", labels={"by": "a"}))
    path = tmp_path / "config.yaml"
    async with watching(tmp_path) as (_, local):
        data = yaml.safe_load(path.read_text())
        section = data["resources"][0]["video_translation"]
        section["operations"] = ["job-0", "job-1"]
        path.write_text(yaml.safe_dump(data))
        await until(lambda: local.gauge("operation_files_broken") == 1)
        info = "azure_ai_operation_info"
        assert value(scraped(local.exporter), info, operation="job-1", by="a") is None
        section["operations"] = []
        path.write_text(yaml.safe_dump(data))
        await until(lambda: local.operations == {"job-1"})
        assert value(scraped(local.exporter), info, operation="job-1", by="a") == 1
        data["operation_files"] = []
        path.write_text(yaml.safe_dump(data))
        await until(lambda: local.operations == set())


async def test_a_file_that_breaks_while_a_reload_fails(
    tmp_path: Path, jobs: Path, hasty: None
) -> None:
    """Files go on to be watched with the configuration that is in force."""
    path = tmp_path / "config.yaml"
    async with watching(tmp_path) as (_, local):
        path.write_text("resources: []")
        await until(lambda: local.gauge("config_last_reload_successful") == 0)
        drop(jobs, "a.yaml", video("job-1"))
        await until(lambda: states(local) == {"job-0", "job-1"})
        assert local.gauge("config_last_reload_successful") == 0


async def test_an_operation_of_a_file_that_fails(tmp_path: Path, jobs: Path, hasty: None) -> None:
    """It is down; nothing else is."""
    async with watching(tmp_path) as (simulator, local):
        simulator.faults.add(Fault(kind=Kind.GONE, path=operation_path("job-1")))
        drop(jobs, "a.yaml", video("job-1"), video("job-2"))
        up = "azure_ai_operation_up"
        await until(lambda: value(scraped(local.exporter), up, operation="job-2") == 1)
        await until(lambda: value(scraped(local.exporter), up, operation="job-1") == 0)
        assert local.gauge("operation_files_broken") == 0


def operation_path(id_: str) -> Any:
    return f"/operations/{id_}$"


# Ten thousand

MANY = 10_000


def write_many(folder: Path) -> None:
    for number in range(MANY):
        text = f"- {{resource: main, api: video_translation, operation: many-{number}}}\n"
        (folder / f"{number:05d}.yaml").write_text(text)


@pytest.mark.e2e
async def test_ten_thousand_files(
    tmp_path: Path, jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are all followed; when one changes one is read, and the loop is never held up."""
    monkeypatch.setattr(reload, "WATCH_SECONDS", 3600.0)
    write_many(jobs)
    opened: list[Path] = []
    read_file = reading.read

    def counting(path: Path, kind: reading.FileKind) -> bytes:
        opened.append(path)
        return read_file(path, kind)

    monkeypatch.setattr(reading, "read", counting)
    config = parsed(config_of())
    begun = time.process_time()
    files = read(config, tmp_path, OperationFiles())
    found, problems = planned(config, files)
    assert time.process_time() - begun < 20
    assert (len(opened), len(found), problems) == (MANY, MANY, [])

    opened.clear()
    (jobs / "00007.yaml").write_text(yaml.safe_dump([video("seven")]))
    (jobs / "00008.yaml").unlink()
    (jobs / "00009.yaml").write_text("[")
    begun = time.process_time()
    again = read(config, tmp_path, files)
    assert time.process_time() - begun < 2
    assert sorted(path.name for path in opened) == ["00007.yaml", "00009.yaml"]
    assert len(again.by_path) == MANY - 1
    assert [Path(problem.file).name for problem in again.problems] == ["00009.yaml"]
    untouched = str(jobs / "05000.yaml")
    assert again.by_path[untouched] is files.by_path[untouched]
    wanted = {each.target.id for each in planned(config, again)[0]}
    assert {"seven", "many-9", "many-5000"} <= wanted
    assert not {"many-7", "many-8"} & wanted


async def test_ten_thousand_files_that_are_wrong(
    tmp_path: Path, jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All may be, when their resource was renamed; looking at them again holds no scrape up."""
    monkeypatch.setattr(reload, "WATCH_SECONDS", 3600.0)
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config_of()))

    def wrong() -> list[Problem]:
        return [Problem(str(jobs / f"{number}"), 0, 0, "[0]", "no") for number in range(MANY)]

    async with running(path) as local:
        local.reloader._problems.in_operation_files(wrong())
        assert local.gauge("operation_files_broken") == MANY
        again = wrong()
        begun = time.process_time()
        local.reloader._problems.in_operation_files(again)
        assert time.process_time() - begun < 0.2, "seconds in which nobody can scrape"
