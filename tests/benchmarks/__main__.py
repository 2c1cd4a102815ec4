"""`make bench`: every measurement, interleaved, as one table."""

from tests.benchmarks import startup
from tests.benchmarks.table import Row, show


def main() -> None:
    rows: list[Row] = [*startup.rows()]
    show(rows)


if __name__ == "__main__":
    main()
