"""`make fuzz`: bad answers, configurations and requests, as many as are asked for."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.answers import SAMPLES, try_answers
from tests.fuzz.configurations import try_configurations
from tests.fuzz.finding import Findings
from tests.fuzz.requests import try_requests


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    for what, count in (("answers", 1_000_000), ("configurations", 10_000), ("requests", 100_000)):
        parser.add_argument(f"--{what}", type=int, default=count, metavar="N")
    parser.add_argument("--seed", type=int, default=0, help="another one tries others")
    parser.add_argument("--samples", type=Path, help="a folder of more answers, as JSON")
    flags = parser.parse_args()
    folders = [SAMPLES, *([flags.samples] if flags.samples else [])]
    failed = False
    works: list[Callable[[], Findings]] = [
        lambda: try_configurations(flags.configurations, flags.seed),
        lambda: asyncio.run(try_requests(flags.requests, flags.seed)),
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
