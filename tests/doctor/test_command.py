"""`azure-ai-exporter check --live` as a user starts it, and what its page says."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from exporter.doctor import connection_check, resource_check
from exporter.doctor.findings import FindingContext
from exporter.doctor.kinds import EXIT_CODES, KINDS
from exporter.doctor.report import as_table
from exporter.simulator.server import DEFAULT_KEY
from tests.commands.test_cli import COMMAND, Running, run, soon
from tests.docs import DOCS
from tests.support.doctor import black_hole, refusing

CHECKING = DOCS / "checking.md"
WRONG = "PlantedKey-of-a-user"
SEVERITIES = {"ok", "info", "warning", "error"}


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of a simulator in a process of its own."""
    folder = tmp_path_factory.mktemp("azure")
    running = Running(folder, "simulate", "--listen-address=127.0.0.1:0")

    def said() -> str | None:
        found = re.search(r"endpoint=(http://127\.0\.0\.1:\d+)", "\n".join(running.lines))
        return found and found[1]

    try:
        yield soon(said)
    finally:
        running.end()


def written(folder: Path, *resources: dict[str, object], key: str = DEFAULT_KEY) -> None:
    """A configuration in a folder, its key in a file beside it."""
    (folder / "key").write_text(key)
    base = {"auth": {"key_file": "key"}, "document_translation": {"discover": True}}
    named = [{"name": f"r{number}", **base, **each} for number, each in enumerate(resources)]
    (folder / "config.yaml").write_text(yaml.safe_dump({"resources": named}))


def test_all_is_well(azure: str, tmp_path: Path) -> None:
    """A table on standard output, nothing on the other, exit 0."""
    avatar = {"avatar": {"discover": True}, "video_translation": {"discover": True}}
    written(tmp_path, {"endpoint": azure}, {"endpoint": azure, **avatar})
    said = run(tmp_path, "check", "--live")
    assert (said.code, said.err) == (0, "")
    assert re.search(
        "^  ok +document_translation list: its first page has \\d+ op", said.out, re.MULTILINE
    )
    assert said.out.splitlines()[0] == "r0"
    assert re.search(r"\nr1\n", said.out)
    assert re.fullmatch(r"ok: \d+; no problems", said.out.splitlines()[-1])


@pytest.mark.parametrize(("columns", "width"), [(20, 60), (80, 80), (120, 120), (300, 120)])
def test_lines_fit(columns: int, width: int) -> None:
    """Into the terminal, from 60 to 120 columns; what to do stands below what was found."""
    context = FindingContext("speech", "video_translation")
    long = " ".join(["Operation is not found."] * 9)
    table = as_table([context.finding("not-found", "my-operation", long)], columns)
    lines = table.splitlines()
    assert width - 15 < max(map(len, lines)) <= width
    assert lines[0] == "speech"
    assert lines[1].startswith("  warning video_translation my-operation: Operation is not")
    below = next(number for number, line in enumerate(lines) if "→ Check the id" in line)
    assert all(line.startswith(" " * 12) for line in lines[2:below])
    assert lines[-1] == "warning: 1; worst: warning"


def test_json(azure: str, tmp_path: Path) -> None:
    """Its keys and their order are promised; the exit code is that of the worst."""
    with refusing() as address:
        written(tmp_path, {"endpoint": azure}, {"endpoint": f"https://{address}"})
        said = run(tmp_path, "check", "--live", "--format=json")
    assert (said.code, said.err) == (1, "")
    told = json.loads(said.out)
    assert list(told) == ["version", "findings", "worst"]
    assert (told["version"], told["worst"]) == (1, "error")
    for each in told["findings"]:
        assert list(each) == ["severity", "kind", "resource", "api", "subject", "what", "remedy"]
        assert each["severity"] == KINDS[each["kind"]].severity
        assert each["severity"] in SEVERITIES
    assert [each["resource"] for each in told["findings"]] == sorted(
        each["resource"] for each in told["findings"]
    )


def test_a_wrong_key(azure: str, tmp_path: Path) -> None:
    """Exit 1, the file's name, and never what is in it."""
    written(tmp_path, {"endpoint": azure}, key=WRONG)
    said = run(tmp_path, "check", "--live", env={"COLUMNS": "80"})
    assert (said.code, said.err) == (1, "")
    assert "  error   key: the key in file key is not accepted: HTTP 401" in said.out
    assert WRONG not in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_a_registered_operation(azure: str, tmp_path: Path) -> None:
    """It is polled as well; what is wrong with files is reported as without --live."""
    written(tmp_path, {"endpoint": azure, "avatar": {}})
    with (tmp_path / "config.yaml").open("a") as config:
        config.write("operation_files: ['operations/*.yaml']\nstate_file: gone/state.sqlite\n")
    (tmp_path / "operations").mkdir()
    good = [{"resource": "r0", "api": "avatar", "operation": "registered"}]
    (tmp_path / "operations/good.yaml").write_text(yaml.safe_dump(good))
    (tmp_path / "operations/bad.yaml").write_text("- {resource: r0}\n")
    said = run(tmp_path, "check", "--live")
    assert said.code == 3
    assert "avatar registered: HTTP 404" in said.out
    assert re.search(r"operation files: \./operations/bad\.yaml:1:\d", said.out)
    assert "state_file: file gone/state.sqlite cannot be written" in said.out


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (None, r"file key cannot be read: No such file"),
        ("", "file key is empty; it must contain the resource's key"),
        ("two words", r"file key does not contain a key"),
    ],
)
def test_a_key_file_that_is_no_use(tmp_path: Path, key: str | None, reason: str) -> None:
    """It is the configuration that is wrong: said as ever, and nobody is asked."""
    written(tmp_path, {"endpoint": "https://contoso.invalid"}, key=key or "")
    if key is None:
        (tmp_path / "key").unlink()
    said = run(tmp_path, "check", "--live", "--format=json")
    assert (said.code, said.out) == (1, "")
    assert re.match(rf"config\.yaml:\d+:\d+: resources\[r0\]\.auth.*: {reason}", said.err)


def test_interrupted(tmp_path: Path) -> None:
    """It ends at once, and without a traceback."""
    with black_hole() as address:
        written(tmp_path, {"endpoint": f"https://{address}"})
        with subprocess.Popen(
            [*COMMAND, "check", "--live"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as checking:
            with pytest.raises(subprocess.TimeoutExpired):
                checking.wait(3)
            checking.send_signal(signal.SIGINT)
            out, err = checking.communicate(timeout=10)
    assert (out, err) == (b"", b"")
    assert checking.returncode == -signal.SIGINT


def test_the_page_says_the_truth() -> None:
    """Exit codes, times, flags and the keys of JSON."""
    text = CHECKING.read_text()
    for severity, code in EXIT_CODES.items():
        line = next(row for row in text.splitlines() if row.startswith(f"| {code} |"))
        assert f"`{severity.value}`" in line or code == 0
    times = (
        connection_check.STEP_SECONDS,
        resource_check._REQUEST_SECONDS,
        resource_check._TOKEN_SECONDS,
        resource_check.RESOURCE_SECONDS,
    )
    said = "At most {:g} seconds for each network step, {:g} for a request (or `poll.timeout`, "
    said += "if that is less), {:g} for the login, {:g} for a"
    assert said.format(*times) in text
    said = run(CHECKING.parent, "check", "--help").out
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z.]+", text)) <= set(re.findall(r"--[a-z.]+", said))
    example = json.loads(text[text.index("```json") + 7 : text.index("```\n\n`severity`")])
    assert list(example) == ["version", "findings", "worst"]
    assert example["findings"][0]["kind"] in KINDS


def test_the_same_configuration_without_live(tmp_path: Path) -> None:
    """Nobody is asked."""
    written(tmp_path, {"endpoint": "https://contoso.invalid"})
    said = run(tmp_path, "check")
    assert (said.code, said.err) == (0, "")
    assert "\nconfig.yaml: fine: resources: 1, operations: 0\n" in said.out
