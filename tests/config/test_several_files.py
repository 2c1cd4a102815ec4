"""A configuration in several files: what is joined, and what a broken one costs."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter.config.config import Config
from exporter.config.several_files import SeveralFiles
from exporter.config.sources import OneFile, source_of
from exporter.settings.yaml_file import ConfigError

COMMON = "poll: {interval: 20s}\nretention: {stale_after: 5m}\n"


def team(*names: str, interval: str = "20s") -> str:
    """The file of a team with these resources."""
    items = "".join(
        f"  - name: {name}\n"
        f"    endpoint: https://{name}.cognitiveservices.azure.com\n"
        "    auth: {key_file: key}\n"
        f"    poll: {{interval: {interval}}}\n"
        "    avatar: {discover: true}\n"
        for name in names
    )
    return f"resources:\n{items}"


class Folder:
    """Files below `teams`, each with a key beside it, and what was loaded of them."""

    def __init__(self, path: Path, files: Mapping[str, str]) -> None:
        self.path = path
        self.source = source_of("teams/*.yaml")
        (path / "teams").mkdir()
        self.write(**files)
        (path / "teams" / "key").write_text("a-key")

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.path / "teams" / f"{name}.yaml").write_text(text)

    def load(self) -> tuple[list[str], list[str]]:
        """The names of the resources, and the problems."""
        config, problems = self.source.load()
        return names(config), [str(problem) for problem in problems]

    def refused(self) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            self.source.load()
        return str(caught.value).split("\n")


def names(config: Config) -> list[str]:
    return [resource.name for resource in config.resources]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path, {"a": team("one"), "b": team("two", "three"), "common": COMMON})


def test_files_are_joined(folder: Folder) -> None:
    """Resources of all files in their order; other keys from the file that has them."""
    assert isinstance(folder.source, SeveralFiles)
    config, problems = folder.source.load()
    assert (names(config), problems) == (["one", "two", "three"], ())
    assert config.poll.interval == 20
    assert config.retention.stale_after == 300


def test_paths_are_relative_to_their_file(folder: Folder) -> None:
    """Key files, the state file and patterns of operation files start at the file's folder."""
    folder.write(common=COMMON + "state_file: state.sqlite\noperation_files: [jobs/*.yaml]\n")
    config, _ = folder.source.load()
    assert config.resources[0].auth.key_file == Path("teams/key")
    assert config.state_file == Path("teams/state.sqlite")
    assert config.operation_files == ("teams/jobs/*.yaml",)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"b": team("one")},
            (
                "teams/b.yaml:2:5: resources[one]: duplicate 'one', already in teams/a.yaml; "
                "choose another name"
            ),
        ),
        (
            {"b": "poll: {interval: 30s}\n" + team("two")},
            ("teams/common.yaml:1:1: poll: is in teams/b.yaml as well; it may be in one file only"),
        ),
        (
            {"b": team("two", interval="10m")},
            (
                "teams/b.yaml:1:1: retention.stale_after: must be at least twice the longest "
                "interval, which is 10m, or a single late poll would drop series"
            ),
        ),
        ({"b": ""}, "teams/b.yaml:1:1: is empty; azure-ai-exporter example prints one"),
        (
            {"b": "resource: []\n"},
            "teams/b.yaml:1:1: resource: unknown key 'resource'; did you mean resources?",
        ),
    ],
    ids=["a name", "a key", "an interval", "an empty file", "an unknown key"],
)
def test_what_does_not_fit(folder: Folder, files: Mapping[str, str], said: str) -> None:
    """The file that cannot be used is left out, with its place and reason; the rest goes on."""
    folder.write(**files)
    loaded, problems = folder.load()
    assert problems == [said]
    assert "one" in loaded


def test_settings_count_before_resources(folder: Folder) -> None:
    """A file is not refused for what another one, which comes later, allows."""
    folder.write(b=team("two", interval="10m"), common="retention: {stale_after: 1h}\n", d="- 1")
    folder.write(c=team("one"))
    loaded, problems = folder.load()
    assert loaded == ["one", "two"]
    assert [problem.partition(":")[0] for problem in problems] == ["teams/d.yaml", "teams/c.yaml"]


def test_a_broken_file_keeps_its_last_good_content(folder: Folder) -> None:
    """What others change meanwhile counts; once it is mended, so does the file."""
    folder.load()
    folder.write(a=team("ten"), b="resources: [", c=team("four"))
    loaded, problems = folder.load()
    assert loaded == ["ten", "two", "three", "four"]
    assert [problem.partition(":")[0] for problem in problems] == ["teams/b.yaml"]
    folder.write(b=team("three"))
    assert folder.load() == (["ten", "three", "four"], [])


def test_a_name_that_another_file_has(folder: Folder) -> None:
    """The file that was changed is to blame, wherever it stands; two may swap their names."""
    folder.load()
    folder.write(a=team("two"))
    loaded, problems = folder.load()
    assert loaded == ["one", "two", "three"]
    assert problems == [
        (
            "teams/a.yaml:2:5: resources[two]: duplicate 'two', already in teams/b.yaml; "
            "choose another name"
        )
    ]
    folder.write(b=team("one"))
    assert folder.load() == (["two", "one"], [])


def test_a_file_that_is_deleted(folder: Folder) -> None:
    """Its resources leave; without any file, nothing is loaded."""
    folder.load()
    (folder.path / "teams" / "b.yaml").unlink()
    assert folder.load() == (["one"], [])
    for file in (folder.path / "teams").glob("*.yaml"):
        file.unlink()
    assert folder.refused() == [
        "teams/*.yaml: no file matches; write a pattern of --config.file that finds a configuration"
    ]


def test_no_good_file(folder: Folder) -> None:
    """Nothing is loaded, and all reasons are said."""
    folder.write(a="resources: []\nx: 1\n", b="- 1\n", common="y: 1\n")
    assert [line.partition(":")[0] for line in folder.refused()] == [
        *("teams/a.yaml", "teams/b.yaml", "teams/common.yaml"),
    ]
    folder.write(common=COMMON)
    assert "resources" in folder.refused()[-1]


def test_a_folder_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said which one."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^nowhere: is not there; pattern 'nowhere/\*.yaml' of"):
        source_of("nowhere/*.yaml").load()


def test_a_name_that_looks_like_a_pattern(tmp_path: Path) -> None:
    """A file of this very name is the configuration."""
    file = tmp_path / "config[1].yaml"
    file.write_text(COMMON)
    assert isinstance(source_of(str(file)), OneFile)
