"""The sdist, and the wheel that is made from it."""

import sys
from pathlib import Path

from tools.release.archive import set_times
from tools.release.commands import ROOT, output
from tools.release.settings import settings_from


def build(folder: Path, epoch: int) -> None:
    """Write both into a folder; the same bytes each time.

    Raises:
        SystemExit: One cannot be built.
    """
    times = {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
    command = (sys.executable, "-m", "build", "--outdir", folder.resolve(), ROOT)
    output(*command, env=times)
    (sdist,) = folder.glob("azure_ai_exporter-*.tar.gz")
    set_times(sdist, epoch)


if __name__ == "__main__":
    build(Path(sys.argv[1]), settings_from().epoch)
