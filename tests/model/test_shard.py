"""Who follows what, where the work is shared: pure, tables and properties."""

import socket
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.apis.document_translation.settings import BatchList
from exporter.commands import cli, commands
from exporter.config.config import Config
from exporter.config.plan import Plan, plan
from exporter.config.sections import PlannedOperation
from exporter.model.operation import OperationKey
from exporter.model.shard import ALONE, Shard
from exporter.simulator.play.building import seeded_uuid
from tests.support.local import configured

KEYS = [
    OperationKey("translator", "document_translation", seeded_uuid("sharded", number))
    for number in range(10_000)
]
ANY_KEY = st.builds(OperationKey, st.text(), st.text(), st.text())
ENDPOINT = "http://127.0.0.1:1"


def owner(key: OperationKey, total: int) -> int:
    """The only shard that follows an operation."""
    owners = [index for index in range(total) if Shard(index, total).owns(key)]
    assert len(owners) == 1
    return owners[0]


@given(ANY_KEY, st.integers(1, 40))
def test_one_more_shard_takes_from_the_others(key: OperationKey, total: int) -> None:
    """Each operation is exactly one's, and moves only to a shard that is new."""
    assert owner(key, total + 1) in {owner(key, total), total}


def test_what_moves_from_three_shards_to_four() -> None:
    """A quarter of the operations, and not more than 30 %."""
    moved = sum(owner(key, 3) != owner(key, 4) for key in KEYS)
    assert 0.2 * len(KEYS) < moved <= 0.3 * len(KEYS)


@pytest.mark.parametrize("total", [2, 3, 4, 7, 16])
def test_shards_are_of_one_size(total: int) -> None:
    """None has a fifth more or less than its part of 10,000 operations."""
    sizes = Counter(owner(key, total) for key in KEYS)
    assert len(sizes) == total
    for size in sizes.values():
        assert size == pytest.approx(len(KEYS) / total, rel=0.2)


def test_the_hash_stays() -> None:
    """Exporters of different versions, side by side in a rollout, agree on who follows what."""
    assert [owner(key, 5) for key in KEYS[:12]] == [1, 4, 3, 3, 4, 3, 0, 0, 0, 0, 2, 3]
    assert owner(OperationKey("speech", "video_translation", "film/first"), 3) == 0


# --- flags


def flags_read(monkeypatch: pytest.MonkeyPatch, *words: str) -> Shard:
    """The shard that `run` is started as."""
    found: list[Shard] = []

    def start(flags: object) -> int:
        found.append(vars(flags)["shard"])
        return 0

    monkeypatch.setitem(commands.COMMANDS, "run", start)
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 0
    return found[0]


def named(monkeypatch: pytest.MonkeyPatch, pod: str | None, host: str) -> None:
    """A machine of this name, in a pod that may say its own."""
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    monkeypatch.delenv("POD_NAME", raising=False)
    if pod is not None:
        monkeypatch.setenv("POD_NAME", pod)


@pytest.mark.parametrize(
    ("words", "shard"),
    [
        ((), ALONE),
        (("--shard=0", "--total-shards=1"), ALONE),
        (("--shard=2", "--total-shards=3"), Shard(2, 3)),
        (("run", "--total-shards", "12", "--shard", "11"), Shard(11, 12)),
    ],
)
def test_flags(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], shard: Shard) -> None:
    """A number and how many there are; without them, one exporter does all."""
    assert flags_read(monkeypatch, *words) == shard


@pytest.mark.parametrize(
    ("pod", "host", "index"),
    [
        (None, "exporter-3", 3),
        (None, "azure-ai-exporter-0", 0),
        (None, "exporter-2.exporter.monitoring.svc.cluster.local", 2),
        ("exporter-1", "node-7", 1),
        ("", "exporter-3", 3),
    ],
)
def test_auto(monkeypatch: pytest.MonkeyPatch, pod: str | None, host: str, index: int) -> None:
    """The number that the StatefulSet gave the pod, by POD_NAME before the host's name."""
    named(monkeypatch, pod, host)
    assert flags_read(monkeypatch, "--shard=auto", "--total-shards=4") == Shard(index, 4)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            "--shard=3 --total-shards=3",
            "--shard=3 is not one of --total-shards=3; they are numbered 0 to 2",
        ),
        ("--shard=-1 --total-shards=3", "'-1' is not a shard; must be 0, 1 … or auto"),
        ("--shard=Auto --total-shards=3", "'Auto' is not a shard; must be 0, 1 … or auto"),
        ("--shard=1٣ --total-shards=3", "is not a shard; must be 0, 1 … or auto"),
        ("--shard= --total-shards=3", "'' is not a shard; must be 0, 1 … or auto"),
        ("--shard=0 --total-shards=0", "'0' is not a number of shards; must be 1 to 9999"),
        ("--shard=0 --total-shards=many", "'many' is not a number of shards; must be 1 to 9999"),
        ("--shard=0", "--shard needs --total-shards, the number of all shards"),
        ("--shard=auto", "--shard needs --total-shards, the number of all shards"),
        ("--total-shards=3", "--total-shards needs --shard, a number from 0, or auto"),
    ],
)
def test_bad_flags(capsys: pytest.CaptureFixture[str], words: str, reason: str) -> None:
    """Exit 2, the usage of `run` and one message that says what would be right."""
    refused(capsys, words, reason)


def refused(capsys: pytest.CaptureFixture[str], words: str, reason: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words.split())
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("usage: azure-ai-exporter run ")
    assert reason in said.splitlines()[-1]
    assert said.count("error: ") == 1


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("laptop", "'laptop' is not the name of a StatefulSet's pod, like exporter-0"),
        ("exporter-7d9f8b6c5-x2x4z", "is not the name of a StatefulSet's pod"),
        ("exporter-03", "is not the name of a StatefulSet's pod"),
        ("-3", "is not the name of a StatefulSet's pod"),
        ("exporter-3", "--shard=3, pod 'exporter-3', is not one of --total-shards=3"),
    ],
)
def test_auto_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    host: str,
    reason: str,
) -> None:
    """A machine that is no pod of a StatefulSet, or one pod too many, is refused, not guessed."""
    named(monkeypatch, None, host)
    refused(capsys, "--shard=auto --total-shards=3", reason)


# --- what is planned


BATCHES = [seeded_uuid("planned", number) for number in range(250)]


def planned_config(**poll: object) -> Config:
    return configured(
        {
            "endpoint": ENDPOINT,
            "document_translation": {"batches": BATCHES},
            "avatar": {
                "operations": [f"avatar-{number}" for number in range(20)],
                "requests_per_minute": 2,
            },
        },
        {"endpoint": ENDPOINT, "qna_maker": {"operations": ["qna-1"]}},
        poll=poll,
    )


def plans(config: Config, total: int, registered: Iterable[PlannedOperation] = ()) -> list[Plan]:
    return [plan(config, registered, Shard(index, total)) for index in range(total)]


def test_the_plans_of_all_shards_are_the_whole() -> None:
    """What is configured or registered is in one plan, as it would be without shards."""
    config = planned_config()
    section = plan(config).sections["r0", "avatar"]
    extra = [
        PlannedOperation(section.watch(target), target, 30.0)
        for target in (section.settings.target(f"job-{number}") for number in range(30))
    ]
    whole = plan(config, extra)
    parts = plans(config, 3, extra)
    assert sum(len(part.operations) for part in parts) == len(whole.operations) == 301
    for part in parts:
        assert 80 < len(part.operations) < 120
        assert {**part.operations, **part.other_shards} == whole.operations
        assert not part.operations.keys() & part.other_shards.keys()


def test_a_list_is_asked_for_the_shards_own_batches() -> None:
    """By their ids, of which no two shards ask the same."""
    asked: list[str] = []
    for part in plans(planned_config(), 3):
        lister = part.sections["r0", "document_translation"].lister
        assert isinstance(lister, BatchList)
        asked += lister.ids
        assert {key.operation for key in part.operations} >= set(lister.ids)
    assert sorted(asked) == sorted(BATCHES)


def test_a_list_of_nothing_is_not_read() -> None:
    """A shard reads a list for two batches of its own or more."""
    batches = BATCHES[:2]
    config = configured({"endpoint": ENDPOINT, "document_translation": {"batches": batches}})
    for part in plans(config, 40):
        read = part.sections["r0", "document_translation"].lister is not None
        assert read == (len(part.operations) == 2)


@pytest.mark.parametrize(
    ("total", "rate", "concurrency", "avatars"),
    [(1, 6.0, 8, 2 / 60), (2, 3.0, 4, 1 / 60), (3, 2.0, 2, 2 / 180), (12, 0.5, 1, 2 / 720)],
)
def test_the_budget_is_divided(total: int, rate: float, concurrency: int, avatars: float) -> None:
    """The resource's rate, an API's own limit, and what runs at once, but one at least."""
    config = planned_config(requests_per_second=6, concurrency=8)
    for part in plans(config, total):
        connection = part.connections["r0"]
        assert connection.poll.requests_per_second == pytest.approx(rate)
        assert connection.poll.concurrency == concurrency
        assert connection.limits == {"avatar": pytest.approx(avatars)}
        assert connection.poll.interval == 30
