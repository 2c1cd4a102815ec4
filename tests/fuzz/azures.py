"""Random Azures that lie as the real one does, each watched by an exporter until it rests."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from exporter.telemetry import logs
from tests.azure_model.run import try_seed
from tests.fuzz.finding import Findings


def try_azures(count: int, seed: int = 0) -> Findings:
    """So many of them, on all processors; their seeds begin at a thousand times `seed`."""
    findings = Findings("azures")
    seeds = range(1000 * seed, 1000 * seed + count)
    processes = max(1, min(count, os.cpu_count() or 1))
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin) as pool:
        for outcome in pool.map(try_seed, seeds, chunksize=4):
            findings.tried += 1
            findings.slowest = max(findings.slowest, outcome.seconds)
            if outcome.wrong:
                first, *others = outcome.wrong
                findings.failed(
                    f"seed {outcome.seed}: {first}; {len(others)} more",
                    f"python -m tests.fuzz --azure {outcome.seed}",
                )
            else:
                findings.outcomes["equal to the truth"] += 1
    return findings


def tell(seed: int) -> int:
    """One Azure alone, with all that was wrong; returns how much that was."""
    _begin()
    outcome = try_seed(seed)
    print(
        f"seed {seed}: {outcome.requests} requests, {outcome.seconds:.1f} s",
        *outcome.wrong,
        sep="\n",
    )
    return len(outcome.wrong)


def _begin() -> None:
    logs.configure("error", "logfmt")
