"""The benchmark's own programs work; what they measure is no test."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.benchmarks.programs import drain, obeying
from tests.benchmarks.scraping import CHANGED, IDENTITY, UNCHANGED, Way, checked, cpu, stall
from tests.benchmarks.table import Row, load, losses, save

BATCHES, SIZE = 2, 10


async def test_exposing() -> None:
    """It shows all documents, in both encodings the same, also after they changed."""
    async with obeying("exposing", BATCHES, SIZE) as child:
        before, _ = await checked(child.address, BATCHES * SIZE)
        for way in (UNCHANGED, Way("gzip", "change 1"), Way("gzip", "touch"), IDENTITY):
            assert 0 < await cpu(child, way) < 60_000
        assert await stall(child, CHANGED) > 0
        memory = await child.ask("memory")
        assert 0 < memory["resident"] <= memory["peak"]
        after, _ = await checked(child.address, BATCHES * SIZE)
        assert changed(before, after) > SIZE


async def test_peers(tmp_path: Path) -> None:
    """One renders the same samples with prometheus-client, one sends what it was given."""
    async with obeying("rendering", BATCHES, SIZE) as child:
        for command in ("render", "join", "pack"):
            assert command in await child.ask(command)
    body = tmp_path / "body"
    body.write_bytes(b"x" * 100_000)
    async with obeying("sending", body) as child:
        assert drain(child.address, "identity") > len(body.read_bytes())


def row(*ours: float, peer: Sequence[float] = (), more: bool = False, what: str = "a poll") -> Row:
    return Row(what, "ms", list(ours), "", "a peer", list(peer), more_is_better=more)


@pytest.mark.parametrize(
    ("now", "then", "lost"),
    [
        (row(10, 11, 12), row(10, 11, 12), False),
        (row(12, 13, 14), row(10, 11, 12), False),  # the runs overlap
        (row(13, 14, 15), row(10, 11, 12), True),
        (row(10.9), row(10), False),  # less than a tenth
        (row(11.1), row(10), True),
        (row(20, peer=[2.0]), row(10, peer=[1.0]), False),  # a slower machine
        (row(10, peer=[1.0]), row(10, peer=[2.0]), True),
        (row(10, more=True), row(12, more=True), True),
        (row(12, more=True), row(10, more=True), False),
        (row(0), row(0), False),
        (row(1), row(0), True),
        (row(20), row(10, what="another"), False),
    ],
)
def test_a_loss_is_found(now: Row, then: Row, tmp_path: Path, *, lost: bool) -> None:
    """One that is larger than the noise, also where more is better or the machine is slower."""
    save([then], tmp_path / "table.json")
    found = losses([now], load(tmp_path / "table.json"))
    assert [line.partition(":")[0] for line in found] == ["a poll"] * lost


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    """With the name of its file."""
    file = tmp_path / "table.json"
    for text in ("{", '[{"what": 1}]', "[1]"):
        file.write_text(text)
        with pytest.raises(ValueError, match=r"table\.json holds no table"):
            load(file)


def changed(before: bytes, after: bytes) -> int:
    """How many lines of documents are new."""
    new = set(after.splitlines()) - set(before.splitlines())
    return sum(line.startswith(b"azure_ai_document_") for line in new)
