"""`make bench`: every measurement, interleaved with its peer, as one table."""

import argparse
import sys
from pathlib import Path

from tests.benchmarks import (
    estate,
    following,
    listing,
    page,
    polling,
    pricing,
    prometheus,
    reloading,
    restarting,
    scraping,
    stalls,
    startup,
)
from tests.benchmarks.table import Row, load, losses, save, show

PARTS = {
    "startup": startup.rows,
    "following": following.rows,
    "estate": estate.rows,
    "listing": listing.rows,
    "pricing": pricing.rows,
    "reloading": reloading.rows,
    "restarting": restarting.rows,
    "scraping": scraping.rows,
    "polling": polling.rows,
    "page": page.rows,
    "stalls": stalls.rows,
}
LAST = "prometheus"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, LAST, []], help="all if none is named")
    parser.add_argument("--json", type=Path, help="write the table to this file, too")
    parser.add_argument("--compare", type=Path, help="fail on what is worse than in this file")
    parser.add_argument(
        "--minutes", type=float, default=3, help="how long a real Prometheus scrapes"
    )
    flags = parser.parse_args()
    parts = PARTS | {LAST: lambda: prometheus.rows(flags.minutes)}
    try:
        earlier = load(flags.compare) if flags.compare else []
    except ValueError as error:
        parser.error(str(error))
    rows: list[Row] = []
    for name in flags.parts or parts:
        print(f"{name} …", flush=True)
        rows += parts[name]()
    show(rows)
    if flags.json:
        save(rows, flags.json)
    if lost := losses(rows, earlier):
        sys.exit("\n".join(["worse than before, beyond the noise:", *lost]))


if __name__ == "__main__":
    main()
