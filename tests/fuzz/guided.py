"""Answers that coverage leads to: `python -m tests.fuzz.guided -runs=100000`.

It needs `pip install atheris`, which the tests do not. The flags are libFuzzer's; each input is a
byte for the shape, one for the status, and a body. It begins with the samples.
https://github.com/google/atheris, https://llvm.org/docs/LibFuzzer.html#options
"""

import itertools
import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from multidict import CIMultiDict

atheris = import_module("atheris")

with atheris.instrument_imports(include=["exporter"]):
    from exporter.telemetry import logs
    from tests.fuzz.answers import SHAPES, STATUSES, Shown, samples, suits, taken

_SCRAPE = 500  # inputs from one look at everything that is shown to the next
_NUMBERS = itertools.count()
_SHOWN = Shown.of(SHAPES)


def try_one(given: bytes) -> None:
    """Whatever escapes from here ends the run, and is printed with its input."""
    if len(given) > 1:
        shape = SHAPES[given[0] % len(SHAPES)]
        status = STATUSES[given[1] % len(STATUSES)]
        taken(shape, status, CIMultiDict(), given[2:], _SHOWN)
        if next(_NUMBERS) % _SCRAPE == 0:
            _SHOWN.scrape()


def main() -> None:
    logs.configure("error", "logfmt")
    with tempfile.TemporaryDirectory() as folder:
        for number, body in enumerate(map(json.dumps, samples())):
            for index, shape in enumerate(SHAPES):
                if suits(shape, body):
                    seed = bytes([index, 0]) + body.encode()
                    (Path(folder) / f"{index}-{number}").write_bytes(seed)
        atheris.Setup([sys.argv[0], folder, "-timeout=1", *sys.argv[1:]], try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
