"""The benchmark's own programs work; what they measure is no test."""

from pathlib import Path

from tests.benchmarks.programs import drain, obeying
from tests.benchmarks.scraping import CHANGED, IDENTITY, UNCHANGED, Way, checked, cpu, stall

BATCHES, SIZE = 2, 10


async def test_exposing() -> None:
    """It shows all documents, in both encodings the same, also after they changed."""
    async with obeying("exposing", BATCHES, SIZE) as child:
        before, _ = await checked(child.address, BATCHES * SIZE)
        for way in (UNCHANGED, Way("gzip", "change 1"), Way("gzip", "touch"), IDENTITY):
            assert 0 < await cpu(child, way) < 60_000
        assert await stall(child, CHANGED) >= 0
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


def changed(before: bytes, after: bytes) -> int:
    """How many lines of documents are new."""
    new = set(after.splitlines()) - set(before.splitlines())
    return sum(line.startswith(b"azure_ai_document_") for line in new)
