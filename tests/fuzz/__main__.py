"""`make fuzz`: bad answers, configurations, requests and Azures, as many as are asked for."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.answers import SAMPLES, try_answers
from tests.fuzz.azures import tell, try_azures
from tests.fuzz.configurations import try_configurations
from tests.fuzz.finding import Findings
from tests.fuzz.requests import try_requests


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    for what, count in (
        *(("answers", 1_000_000), ("configurations", 10_000)),
        *(("requests", 100_000), ("azures", 1000)),
    ):
        parser.add_argument(f"--{what}", type=int, default=count, metavar="N")
    parser.add_argument("--seed", type=int, default=0, help="another one tries others")
    parser.add_argument("--samples", type=Path, help="a folder of more answers, as JSON")
    parser.add_argument("--azure", type=int, metavar="SEED", help="this Azure alone, with details")
    flags = parser.parse_args()
    if flags.azure is not None:
        return int(tell(flags.azure) > 0)
    folders = [SAMPLES, *([flags.samples] if flags.samples else [])]
    failed = False
    works: list[Callable[[], Findings]] = [
        lambda: try_configurations(flags.configurations, flags.seed),
        lambda: asyncio.run(try_requests(flags.requests, flags.seed)),
        lambda: try_azures(flags.azures, flags.seed),
        lambda: try_answers(flags.answers, flags.seed, folders),
    ]
    for work in works:
        begun = time.monotonic()
        findings = work()
        print(f"{findings.summary()} ({time.monotonic() - begun:.0f} s)", flush=True)
        failed |= bool(findings.failures)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
