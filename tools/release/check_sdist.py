"""Does with an sdist what its user will do: unpacks it alone, and runs its quick tests."""

import sys
import tarfile
import tempfile
from pathlib import Path

from tools.release.archive import members
from tools.release.commands import ROOT, expect, output


def check(sdist: Path) -> str:
    """The last line of the tests.

    Raises:
        SystemExit: A file of the project is not in it, or a test fails.
    """
    if (ROOT / ".git").exists():
        missing = sorted(set(output("git", "ls-files").splitlines()) - set(members(sdist)))
        expect(not missing, f"the sdist lacks {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        (alone,) = Path(folder).iterdir()
        return output("make", "test", "ONLY=not e2e", folder=alone).splitlines()[-1]


if __name__ == "__main__":
    print(f"its quick tests, from the sdist alone: {check(Path(sys.argv[1]))}")
