"""Does with the packaged chart what Helm will do; values of 0.1.0 have to go on working."""

import sys
import tarfile
import tempfile
from pathlib import Path

import helm_python
import yaml

from exporter import __version__
from tools.release.commands import NAME, ROOT, expect
from tools.release.settings import settings_from

VALUES_0_1_0 = ROOT / "tests/chart/version_0_1_0"


def check(package: Path, registry: str) -> int:
    """How many sets of values of 0.1.0 its templates take.

    Raises:
        SystemExit: Something in it is wrong.
    """
    minimal = yaml.safe_load((VALUES_0_1_0 / "minimal.yaml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder, tarfile.open(package) as archive:
        archive.extractall(folder, filter="data")
        chart = Path(folder) / NAME
        report = helm_python.lint(chart, minimal, strict=True)
        expect(not report["errors"], f"helm lint: {report['errors']}")
        written = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    expect(written["version"] == written["appVersion"] == __version__, "the version of the chart")
    files = sorted(VALUES_0_1_0.glob("*.yaml"))
    expect(files, f"{VALUES_0_1_0} is empty")
    with helm_python.Chart.load_archive(package.read_bytes()) as loaded:
        for file in files:
            values = yaml.safe_load(file.read_text(encoding="utf-8"))
            loaded.validate_schema(values)
            rendered = loaded.render(values, name="watch", namespace="monitoring")
            expect(rendered, f"{file.name} renders nothing")
        rendered = loaded.render(minimal, name="watch", namespace="monitoring")
    image = f"{registry}/{NAME}:{__version__}" if registry else f"{NAME}:{__version__}"
    expect(f'image: "{image}"\n' in "".join(rendered.values()), f"no pod has the image {image}")
    return len(files)


if __name__ == "__main__":
    count = check(Path(sys.argv[1]), settings_from().registry)
    print(f"helm lint has no finding; {count} sets of values of 0.1.0 are taken")
