"""What a release says of itself: version, notes, links, archives."""

import io
import tarfile
import tomllib
from pathlib import Path

import pytest

from exporter import __version__
from tests.chart import CHART
from tests.docs import README, ROOT
from tools.docs.share import FILES, SHARE
from tools.release.archive import set_times
from tools.release.chart import published_metadata, published_values
from tools.release.links import project_urls, standalone
from tools.release.listing import differences, listing
from tools.release.notes import notes
from tools.release.pythons import pythons
from tools.release.settings import Settings, settings_from
from tools.release.version import COPIES, tag_problem, with_version

URL = "https://git.example/contoso/exporter"


@pytest.mark.parametrize("name", COPIES)
def test_each_copy_of_the_version_is_up_to_date(name: str) -> None:
    """The chart's version and appVersion, and the image's label; `make docs` writes them."""
    text = (ROOT / name).read_text()
    assert with_version(text, COPIES[name], __version__) == text
    assert with_version(text, COPIES[name], "9.9.9") != text


@pytest.mark.parametrize("place", FILES)
def test_what_the_package_installs_is_up_to_date(place: str) -> None:
    """Man page and completions are those of the program; `make docs` writes them.

    Each is among the package's data files, in the folder where its program looks for it.
    """
    assert (SHARE / place).read_text() == FILES[place]()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    installed = project["tool"]["setuptools"]["data-files"]
    assert installed[f"share/{Path(place).parent}"] == [f"share/{place}"]


CHANGELOG = """\
# Changelog

## 0.3.0 / unreleased

* [FEATURE] Later.

## 0.2.0 / 2026-12-01

* [BUGFIX] A fault.
* [CHANGE] A name.
* [FEATURE] One.
* [FEATURE] Two.

## 0.1.0

* [FEATURE] Begin.
"""


def test_the_notes_are_those_of_one_version() -> None:
    """By kind, what people have to follow first."""
    assert notes(CHANGELOG, "0.2.0") == (
        "## Changes to follow\n\n- A name.\n\n## New\n\n- One.\n- Two.\n\n## Fixed\n\n- A fault.\n"
    )
    assert notes(CHANGELOG, "0.1.0") == "## New\n\n- Begin.\n"
    with pytest.raises(LookupError, match=r"no version 0\.2"):
        notes(CHANGELOG, "0.2")
    assert notes((ROOT / "CHANGELOG.md").read_text(), __version__).startswith("## ")


def test_a_tag_is_that_of_a_dated_version() -> None:
    """Another tag, or a version without a date in the changelog, is no release."""
    dated = f"## {__version__} / 2026-12-01\n"
    assert tag_problem(f"v{__version__}", dated) is None
    assert "the tag is 'v9.9.9'" in str(tag_problem("v9.9.9", dated))
    unreleased = f"## {__version__} / unreleased\n"
    assert "is unreleased" in str(tag_problem(f"v{__version__}", unreleased))


@pytest.mark.parametrize(
    ("page", "written", "with_url", "without"),
    [
        ("README.md", "[a](docs/a.md)", f"[a]({URL}/blob/v1.0.0/docs/a.md)", "a"),
        ("README.md", "[a](docs/a.md#b)", f"[a]({URL}/blob/v1.0.0/docs/a.md#b)", "a"),
        ("README.md", "[a](#b)", f"[a]({URL}/blob/v1.0.0/README.md#b)", "a"),
        ("helm/x/README.md", "[a](../../d.md)", f"[a]({URL}/blob/v1.0.0/d.md)", "a"),
        *[
            ("README.md", same, same, same)
            for same in ("[a](https://b.example)", "```\n[a](b)\n```\n", "<http://127.0.0.1/>")
        ],
    ],
)
def test_documents_outside_have_links_that_work(
    page: str, written: str, with_url: str, without: str
) -> None:
    """Absolute ones where the repository has an address, otherwise their text."""
    assert standalone(written, page, URL, "1.0.0") == with_url
    assert standalone(written, page, "", "1.0.0") == without


def test_no_address_is_invented() -> None:
    """Without settings the package and the chart name no repository and no registry."""
    assert settings_from({}) == Settings(url="", registry="", epoch=0, revision="unknown")
    assert project_urls("", "1.0.0") == {}
    assert set(project_urls(URL, "1.0.0")) == {
        "Repository",
        "Documentation",
        "Changelog",
        "Issues",
    }
    assert "](" not in standalone(README.read_text(), "README.md", "", "1.0.0").replace(
        "](http", ""
    )
    for name, change in (("values.yaml", published_values), ("Chart.yaml", published_metadata)):
        text = (CHART / name).read_text()
        assert change(text, "") == text


def test_the_settings_fill_the_chart() -> None:
    """The registry becomes the place of the image, the address its home."""
    values = published_values((CHART / "values.yaml").read_text(), "ghcr.io/contoso")
    assert "  repository: ghcr.io/contoso/azure-ai-exporter\n" in values
    assert f"home: {URL}\n" in published_metadata((CHART / "Chart.yaml").read_text(), URL)
    given = {"PROJECT_URL": f"{URL}/", "REGISTRY": "ghcr.io/Contoso/", "SOURCE_DATE_EPOCH": "7"}
    assert settings_from(given) == Settings(URL, "ghcr.io/contoso", 7, "unknown")


def _archive(path: Path, names: list[str], time: int) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname = 1, time, str(time)
            archive.addfile(member, io.BytesIO(b"x"))
    return path


def test_an_archive_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    """Order, times and owners of the files do not count; their content does."""
    made = [
        _archive(tmp_path / "a.tgz", ["p/one", "p/two"], 1),
        _archive(tmp_path / "b.tgz", ["p/two", "p/one"], 2),
        _archive(tmp_path / "c.tgz", ["p/two", "p/six"], 2),
    ]
    for archive in made:
        set_times(archive, 1_700_000_000)
    one, other, third = (archive.read_bytes() for archive in made)
    assert one == other != third


def test_a_listing_shows_each_difference(tmp_path: Path) -> None:
    """Another content, mode, link or file; not the time of a folder."""
    for name in ("a", "b"):
        (tmp_path / name / "same").mkdir(parents=True)
        (tmp_path / name / "link").symlink_to(name)
        (tmp_path / name / "content").write_text(name)
        (tmp_path / name / "mode").touch(mode=0o600 if name == "a" else 0o644)
        (tmp_path / name / f"only-{name}").touch()
    found = differences(listing(tmp_path / "a"), listing(tmp_path / "b"))
    assert found == ["content", "link", "mode", "only-a", "only-b"]


def test_pythons_are_found(tmp_path: Path) -> None:
    """Each that is no environment and new enough, once; PYTHONS names others."""
    found = pythons({"PYTHONS": "/bin/false"})
    assert found == {}
    old = tmp_path / "python3.11"
    old.write_text("#!/bin/sh\necho True 3 10 9 /opt/old\n")
    new = tmp_path / "python3.12"
    new.write_text("#!/bin/sh\necho True 3 12 1 /opt/new folder\n")
    environment = tmp_path / "python3.13"
    environment.write_text("#!/bin/sh\necho False 3 13 0 /opt/venv\n")
    for each in (old, new, environment):
        each.chmod(0o755)
    path = f"{tmp_path}:{tmp_path}"
    assert pythons({"PATH": path, "HOME": "/none"}) == {"3.12.1 in /opt/new folder": new}
