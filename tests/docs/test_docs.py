"""README, documents, example configuration and code say the same."""

import re
from pathlib import Path

import pytest
import trustme

from exporter import __version__
from exporter.apis import Apis
from exporter.config.config import Config, load, parse_config
from exporter.simulator.faults.faults import Fault, Kind
from exporter.web.port.web_config import WebConfig, load_web
from tests.docs import DOCS, README, ROOT, block, blocks
from tests.docs.settings import settings
from tools.docs.parts import PAGES, PARTS, page_text

EXAMPLE = ROOT / "config.example.yaml"


@pytest.mark.parametrize("page", [*PARTS, *PAGES], ids=lambda page: page.name)
def test_what_is_made_from_the_code_is_up_to_date(page: Path) -> None:
    """The pages and parts of pages are those of program and chart; `make docs` writes them."""
    assert page.read_text() == page_text(page)


def test_the_two_commands_open_the_readme() -> None:
    """`make demo` and `make test` come first, and nothing before them."""
    commands = [each.text for each in blocks(README.read_text())]
    assert commands[:2] == ["make demo\n", "make test\n"]


def test_the_readme_is_short() -> None:
    """It is the door; what is behind it stands in docs/."""
    assert len(README.read_text().splitlines()) <= 200


NAMES = {
    "document_translation": "Document Translation",
    "video_translation": "Video Translation",
    "avatar": "avatar",
    "qna_maker": "QnA Maker",
    "openai_batch": "Azure OpenAI batches",
    "speech_synthesis": "batch text to speech",
    "speech_transcription": "batch transcription",
    "custom_speech": "custom speech",
    "openai_fine_tuning": "fine-tuning",
    "language": "Language",
    "question_answering": "question answering",
    "document_intelligence": "Document Intelligence",
    "content_understanding": "Content Understanding",
}
"""How texts call the APIs."""


@pytest.mark.parametrize(
    ("page", "begin"),
    [
        (README, "The exporter supports "),
        (DOCS / "simulator.md", "It implements the status APIs of "),
    ],
)
def test_every_api_is_named(page: Path, begin: str) -> None:
    """Where all are listed: in the README, and on the page of the simulator."""
    listed = " ".join(page.read_text().partition(begin)[2].split(". ")[0].split())
    assert [name for name in NAMES.values() if name not in listed] == []
    assert NAMES.keys() == Apis.model_fields.keys()


def test_the_changelog_speaks_of_this_version() -> None:
    """In the form of Prometheus' own: the newest first, each line of a kind."""
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    headings = [line for line in lines if line.startswith("## ")]
    assert re.fullmatch(
        rf"## {re.escape(__version__)} / (unreleased|\d{{4}}-\d\d-\d\d)", headings[0]
    )
    entries = [line for line in lines if line and not line.startswith("#")]
    kinds = "SECURITY|CHANGE|FEATURE|ENHANCEMENT|PERF|BUGFIX"
    assert all(re.match(rf"\* \[({kinds})\] [A-Z]", line) for line in entries)


def test_each_fault_of_the_table_is_tested() -> None:
    """Each row names what happens and tests that exist; tests of hostile things have a row."""
    text = (DOCS / "reliability.md").read_text()
    table = text[text.index("<!-- survives:") : text.index("<!-- /survives -->")]
    rows = [re.split(r"\s*\|\s*", row)[1:-1] for row in table.splitlines()[3:]]
    tests = {
        name: path.name
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    named: set[str] = set()
    for fault, happens, tested in rows:
        assert fault, happens
        assert re.fullmatch(r"`test_\w+`( `test_\w+`)*", tested), fault
        named |= set(re.findall(r"test_\w+", tested))
    assert len(rows) > 25
    assert named <= tests.keys()
    ours = {"test_hostile.py", "test_outage.py", "test_survival.py"}
    assert named >= {name for name, file in tests.items() if file in ours}


def test_every_fault_of_the_local_azure_is_described() -> None:
    """Each kind has a row, and every option stands in one or above the table."""
    text = (DOCS / "simulator.md").read_text()
    above, table = text[: text.index("<!-- /faults -->")].split("<!-- faults:")
    rows = [re.split(r" *\| *", row)[1:-1] for row in table.splitlines()[3:]]
    assert [kind.strip("`") for kind, _, _ in rows] == [kind.value for kind in Kind]
    assert all(answer for _, answer, _ in rows)
    options = {option for _, _, more in rows for option in re.findall(r"`(\w+)`", more)}
    common = {"kind", *re.findall(r"`(path|count|chance)`", above)}
    assert options | common == Fault.model_fields.keys()


def test_the_configuration_of_the_readme_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """It works with the keys that it names, and is ten lines."""
    for name in ("TRANSLATOR_KEY", "SPEECH_KEY"):
        monkeypatch.setenv(name, "a-key")
    example = next(each.text for each in blocks(README.read_text()) if each.language == "yaml")
    assert parse_config("README.md", example, ROOT).resources
    assert len(example.splitlines()) == 10


def test_the_web_configuration_of_the_documents_loads(tmp_path: Path) -> None:
    """It shows every key that is supported, and works beside the files that it names."""
    ca = trustme.CA()
    server = ca.issue_cert("localhost")
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server.cert_chain_pems[0].write_to_path(str(tmp_path / "server.pem"))
    server.private_key_pem.write_to_path(str(tmp_path / "server.key"))
    (tmp_path / "web.yaml").write_text(block(DOCS / "security.md", "web"))
    config = load_web(tmp_path / "web.yaml")
    assert config.basic_auth_users
    assert all(
        f"{name}:" in block(DOCS / "security.md", "web") for name in settings(WebConfig) - {"http2"}
    )


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The example configuration, beside the key that it names."""
    (tmp_path / "config.yaml").write_text(EXAMPLE.read_text())
    (tmp_path / "translator-key").write_text("a-key")
    for name in ("SPEECH_KEY", "OPENAI_KEY", "LANGUAGE_KEY", "DOCUMENTS_KEY", "CONTENT_KEY"):
        monkeypatch.setenv(name, "a-key")
    return load(tmp_path / "config.yaml")


def test_the_example_shows_every_setting(example: Config) -> None:
    """It loads, and each setting stands there with a comment on its line or above."""
    lines = EXAMPLE.read_text().splitlines()
    for name in settings(Config) - {"resources", "auth", "id"}:
        shown = [number for number, line in enumerate(lines) if re.search(rf"\b{name}:", line)]
        assert shown, f"{name} is not shown"
        comments = [number for number in shown if "#" in lines[number] + lines[number - 1]]
        inside = [number for number in shown if "#" in lines[number + 1]]
        assert comments or inside, f"{name} has no comment"


def test_the_example_shows_the_defaults(example: Config) -> None:
    """What it says of polling and retention is what holds without it."""
    assert example.poll == Config.model_fields["poll"].default
    assert example.retention == Config.model_fields["retention"].default
