"""`make soak`: a real exporter with 1,000 operations and faults, scraped over mutual TLS."""

import argparse
import asyncio
import itertools
import signal
import sys
import time
from collections.abc import Iterable

from tests.soak import notes, verdict
from tests.soak.faults import ALWAYS, KINDS
from tests.soak.notes import Note
from tests.soak.parts import CALM, ROUGH, Soak, soaking
from tests.soak.verdict import Rest
from tests.soak.work import settled

_RECOVERY = 900.0  # seconds; a resource that refused its key is asked again after ten minutes
_RESTING = 4  # notes


async def with_faults(soak: Soak, kinds: Iterable[str], until: float) -> list[Note]:
    """A note for each kind of fault, and its line, until this minute."""
    seen: list[Note] = []
    await soak.set_faults(CALM, ALWAYS)
    while soak.minute < until:
        name = next(iter(kinds))
        await soak.set_faults(ROUGH, [*KINDS[name], *ALWAYS])
        seen.append(await noted(soak, name))
    return seen


async def rest(soak: Soak) -> Rest:
    """Without faults: the time until everything is exact, and the notes until then and after."""
    for name in soak.urls:
        await soak.set_faults(name, ())
    begun, recovering = time.monotonic(), [await noted(soak, "recovery")]
    while (problems := await soak.problems()) and time.monotonic() - begun < _RECOVERY:
        recovering.append(await noted(soak, f"{len(problems)} not exact"))
    for problem in problems[:5]:
        print(f"not exact: {problem}", flush=True)
    seconds = None if problems else time.monotonic() - begun
    return Rest(seconds, recovering, [await noted(soak, "none") for _ in range(_RESTING)])


async def noted(soak: Soak, name: str) -> Note:
    """The next note, and its line."""
    note = await soak.note(name)
    print(note.row(), flush=True)
    return note


async def main(minutes: float) -> bool:
    """Print the table, and say whether every goal is met."""
    if task := asyncio.current_task():  # the other programs end with this one
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    kinds = itertools.cycle(KINDS)
    async with soaking(minutes) as soak:
        print(notes.HEAD, flush=True)
        seen = await with_faults(soak, kinds, settled(minutes))
        then = await rest(soak)
        seen += await with_faults(soak, kinds, soak.minute + minutes - settled(minutes))
        end = await rest(soak)
    found = verdict.rows(seen, then, end)
    print(verdict.table(found), flush=True)
    return not verdict.missed(found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument(
        "--minutes",
        type=float,
        default=60,
        help="minutes with faults; the minutes without faults come on top (default: %(default)s)",
    )
    sys.exit(0 if asyncio.run(main(parser.parse_args().minutes)) else 1)
