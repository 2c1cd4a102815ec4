"""`make bench`: every measurement, interleaved with its peer, as one table."""

import argparse
from pathlib import Path

from tests.benchmarks import following, reloading, startup
from tests.benchmarks.table import Row, save, show

PARTS = {"startup": startup.rows, "following": following.rows, "reloading": reloading.rows}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all if none is named")
    parser.add_argument("--json", type=Path, help="write the table to this file, too")
    flags = parser.parse_args()
    rows: list[Row] = []
    for name in flags.parts or PARTS:
        rows += PARTS[name]()
    show(rows)
    if flags.json:
        save(rows, flags.json)


if __name__ == "__main__":
    main()
