"""The command as a user starts it: exit codes, what is printed, and how it ends."""

import asyncio
import errno
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import NamedTuple, TextIO
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from exporter import __version__
from exporter.commands.cli import main
from exporter.commands.parser import parser
from exporter.exposition.families import FAMILIES
from exporter.settings.suggestions import did_you_mean
from exporter.simulator.server import DEFAULT_KEY
from exporter.telemetry import logs

COMMAND = (sys.executable, "-m", "exporter")
INSTALLED = (str(Path(sys.executable).with_name("azure-ai-exporter")),)
ROOT = Path(__file__).parent.parent.parent
KEY = "0123456789abcdef0123456789abcdef"
OPERATIONS = ("job-1", "job-2", "job-3")
COMMANDS = (
    *("run", "check", "demo", "simulate", "metrics", "schema", "example", "healthy", "top"),
    "completion",
)
ANYWHERE = "--web.listen-address=127.0.0.1:0"

GOOD = f"""\
poll: {{interval: 1s}}
resources:
  - name: one
    endpoint: http://127.0.0.1:PORT
    auth: {{key: KEY}}
    avatar: {{requests_per_minute: 6000, operations: [{", ".join(OPERATIONS)}]}}
"""
BAD = """\
poll:
  intervall: 30s
resources:
  - name: one
    endpoint: contoso
    auth: {key: KEY}
    avatar: {operations: [job-1, job-1]}
"""
BAD_LINES = """\
bad.yaml:2:3: poll.intervall: unknown key 'intervall'; did you mean interval?
bad.yaml:5:5: resources[one].endpoint: is not an endpoint; write scheme and host, \
like https://contoso.cognitiveservices.azure.com
bad.yaml:7:34: resources[one].avatar.operations[1]: duplicate 'job-1'; remove one
"""


class Ended(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str


class Running:
    """A command that runs until it is told to end; its log is what it says to stderr."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._log, self._out = folder / "log", folder / "out"
        with self._log.open("w") as log, self._out.open("w") as out:
            self.process = subprocess.Popen([*COMMAND, *words], stdout=out, stderr=log, cwd=folder)
        self.words = words

    @property
    def printed(self) -> str:
        """What it says to stdout."""
        return self._out.read_text(encoding="utf-8")

    @property
    def lines(self) -> list[str]:
        return self._log.read_text(encoding="utf-8").splitlines()

    @property
    def address(self) -> str:
        """Where it listens, as its own log says."""

        def said() -> str | None:
            assert self.process.poll() is None, self.lines
            found = re.search(r"address\W+(127\.0\.0\.1:\d+)", plain("\n".join(self.lines)))
            return found and found[1]

        return soon(said)

    def get(self, path: str) -> str:
        with urlopen(f"http://{self.address}{path}", timeout=5) as answer:
            body: bytes = answer.read()
        return body.decode()

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code; it may take 5 seconds to end."""
        self.process.send_signal(by)
        return self.process.wait(timeout=5)


def soon(found: Callable[[], str | None], seconds: float = 60) -> str:
    """What is found, within so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (what := found()) is not None:
            return what
        time.sleep(0.05)
    raise AssertionError("it did not come")


def plain(line: str) -> str:
    """A line without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def run(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> Ended:
    """A command to its end, within this process; only the main thread can do that."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, _signals_kept(), _logging_to(err):
        for name, value in {"COLUMNS": "200", **(env or {})}.items():
            patch.setenv(name, value)
        with (
            chdir(folder),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main(words)
    code = ended.value.code
    assert isinstance(code, int)
    return Ended(code, out.getvalue(), err.getvalue())


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Who handles signals afterwards is who did before."""
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)


@contextmanager
def _logging_to(err: TextIO) -> Iterator[None]:
    """The log goes where standard error goes, as it does in a process of its own."""
    configure = logs.configure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "configure", lambda level, form: configure(level, form, err))
        yield
    configure("error", "logfmt")


def run_process(
    folder: Path,
    *words: str,
    env: Mapping[str, str] | None = None,
    command: tuple[str, ...] = COMMAND,
    stdout: int = subprocess.PIPE,
) -> Ended:
    """A command to its end, in a process of its own."""
    done = subprocess.run(
        [*command, *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", **(env or {})},
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=20,
        check=False,
    )
    return Ended(done.returncode, done.stdout or "", done.stderr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user's folder: a good and a bad configuration."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "bad.yaml").write_text(BAD.replace("KEY", KEY), encoding="utf-8")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # without listening: who connects is refused
        good = GOOD.replace("KEY", KEY).replace("PORT", str(silent.getsockname()[1]))
        (folder / "config.yaml").write_text(good, encoding="utf-8")
        yield folder


@pytest.fixture
def start(folder: Path, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts a command that does not outlive the test."""
    started: list[Running] = []

    def start(*words: str) -> Running:
        (tmp_path / "config.yaml").write_bytes((folder / "config.yaml").read_bytes())
        started.append(Running(tmp_path, *words))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


# Commands that end


@pytest.mark.e2e
@pytest.mark.parametrize("command", [COMMAND, INSTALLED], ids=["module", "installed"])
def test_as_a_program(folder: Path, command: tuple[str, ...]) -> None:
    """Both ways to start it read the flags of the process and end with its exit code."""
    version = f"azure-ai-exporter {__version__}\n"
    assert run_process(folder, "--version", command=command) == (0, version, "")
    bad = run_process(folder, "check", "--config.file=bad.yaml", command=command)
    assert bad == (1, "", BAD_LINES)


def test_nobody_reads_on(folder: Path) -> None:
    """Where `| head` has read enough, the command ends without a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert run_process(folder, "schema", stdout=writing) == (1, "", "")
    finally:
        os.close(writing)


def test_check_of_a_good_file(folder: Path) -> None:
    """Exit 0, what could be better, a line that says so, and what is asked of Azure."""
    said = run(
        folder, "check", "--assume-operations=7", "--assume-documents=8", "--assume-projects=9"
    )
    assert (said.code, said.err) == (0, "")
    *findings, fine, head, _, row = said.out.splitlines()
    assert findings[1] == "  info    key: the key is in the configuration"
    assert fine == "config.yaml: fine: resources: 1, operations: 3"
    assert "finds 7 running operations" in head
    assert "has 8 documents" in head
    assert "a resource 9 projects" in head
    assert row.split() == ["one", "avatar", "10,800", "0", "0", "10,800", "18,000", "60%"]


@pytest.mark.parametrize("words", [("check",), ("run", ANYWHERE), (ANYWHERE,)])
def test_a_bad_file(folder: Path, words: tuple[str, ...]) -> None:
    """Exit 1 and its problems, nothing else; flags alone mean run."""
    assert run(folder, *words, "--config.file=bad.yaml") == (1, "", BAD_LINES)


def test_a_missing_file(folder: Path) -> None:
    """Exit 1 and one line that names the flag."""
    said = "nope: cannot be read: No such file or directory; set the file with --config.file\n"
    assert run(folder, "check", "--config.file", "nope") == (1, "", said)


def test_no_file(tmp_path: Path) -> None:
    """Two variables are enough; without them, one line names both ways."""
    variables = {"AZURE_AI_ENDPOINT": "https://contoso.openai.azure.com", "AZURE_AI_KEY": KEY}
    said = run(tmp_path, "check", env=variables)
    assert (said.code, said.err) == (0, "")
    assert "\nenvironment: fine: resources: 1, operations: 0\n" in f"\n{said.out}"
    line = (
        "config.yaml: cannot be read: No such file or directory; set the file with "
        "--config.file, or set AZURE_AI_ENDPOINT and AZURE_AI_KEY\n"
    )
    assert run(tmp_path, "check", env=dict.fromkeys(variables, "")) == (1, "", line)


def test_several_files(folder: Path, tmp_path: Path) -> None:
    """A pattern finds them; one that is broken is an error of `check`, though `run` goes on."""
    good = (folder / "config.yaml").read_bytes()
    (tmp_path / "a.yaml").write_bytes(good)
    (tmp_path / "b.yaml").write_text("limits: {series: 5000}\n", encoding="utf-8")
    said = run(tmp_path, "check", "--config.file=*.yaml")
    assert (said.code, said.err) == (0, "")
    assert "*.yaml: fine: resources: 1, operations: 3" in said.out
    (tmp_path / "c.yaml").write_bytes(good)
    said = run(tmp_path, "check", "--config.file=*.yaml")
    assert said.code == 1
    assert "c.yaml:" in said.err
    assert "duplicate 'one', already in a.yaml" in said.err


def test_a_key_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    """Exit 1, which resource and which variable; `key_env` is read from the environment."""
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "config.yaml").write_text(
        text.replace(f"key: {KEY}", "key_env: EXPORTER_TEST_KEY"), encoding="utf-8"
    )
    line = (
        "config.yaml:5:5: resources[one].auth: environment variable EXPORTER_TEST_KEY is empty; "
        "it must contain the resource's key\n"
    )
    assert run(tmp_path, "check", env={"EXPORTER_TEST_KEY": ""}) == (1, "", line)
    assert run(tmp_path, "check", env={"EXPORTER_TEST_KEY": KEY}).code == 0


@pytest.mark.parametrize("words", [("check",), ("run", ANYWHERE)])
def test_a_bad_web_configuration(folder: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Exit 1, nothing listens, and no password is repeated."""
    (tmp_path / "config.yaml").write_bytes((folder / "config.yaml").read_bytes())
    (tmp_path / "web.yaml").write_text("basic_auth_users:\n  alice: horse\n", encoding="utf-8")
    line = (
        "web.yaml:2:3: basic_auth_users.alice: is not a bcrypt hash; create one with htpasswd "
        "-nBC 10 USER\n"
    )
    assert run(tmp_path, *words, "--web.config.file=web.yaml") == (1, "", line)


def test_help_and_version(folder: Path) -> None:
    """Both are printed at once, with exit 0."""
    assert run(folder, "--version") == (0, f"azure-ai-exporter {__version__}\n", "")
    said = run(folder, "--help")
    assert (said.code, said.err) == (0, "")
    assert all(re.search(rf"^ +{command} +\w", said.out, re.MULTILINE) for command in COMMANDS)


FLAGS = {
    "run": {
        "--config.file",
        "--web.listen-address",
        "--web.external-url",
        "--web.route-prefix",
        "--shard",
        "--total-shards",
        "--web.config.file",
        "--web.open-health",
        "--log.level",
        "--log.format",
    },
    "check": {
        "--config.file",
        "--web.config.file",
        "--live",
        "--format",
        "--assume-operations",
        "--assume-documents",
        "--assume-projects",
    },
    "demo": {"--web.listen-address", "--speed", "--log.level", "--log.format"},
    "simulate": {"--web.listen-address", "--log.level", "--log.format"},
    "metrics": set(),
    "schema": set(),
    "example": set(),
    "healthy": {"--url"},
    "top": {
        "--url",
        "--interval",
        "--resource",
        "--api",
        "--state",
        "--sort",
        "--once",
        "--user",
        "--password-file",
        "--ca-file",
        "--cert-file",
        "--key-file",
        "--insecure",
    },
    "completion": set(),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(folder: Path, command: str) -> None:
    """Every flag of the contract, each with a line of help."""
    said = run(folder, command, "--help")
    assert (said.code, said.err) == (0, "")
    shown = set(re.findall(r"^ +(--[a-z.-]+) .*\S", said.out, re.MULTILINE))
    assert shown == FLAGS[command]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("opnai", ["openai", "qna"], "openai"),
        ("OPENAI", ["openai"], "openai"),
        ("kye", ["key", "key_file"], "key"),
        ("qan", ["qna"], "qna"),
        ("time_out", ["timeout"], "timeout"),
        ("nope", ["openai", "language"], ""),
        ("metrics", ["prices", "limits"], ""),
    ],
)
def test_what_was_probably_meant(word: str, known: list[str], meant: str) -> None:
    """A word with a small mistake; another word with some of the same letters is not suggested."""
    assert did_you_mean(word, known) == (f"; did you mean {meant}?" if meant else "")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ("run", "--web.listen-address=here"),
            "'here' is not an address; write HOST:PORT",
        ),
        (("run", "--web.listen-address=:65536"), "':65536' is not an address"),
        (("run", "--web.listen-address=h:1\u0661"), "is not an address"),
        (("demo", "--web.listen-address=::1:80"), "write an IPv6 host in brackets, [::1]:PORT"),
        (("simulate", "--listen-address="), "'' is not an address"),
        (("run", "--web.external-url=host:80"), "'host:80' is not a URL; write http://HOST:PORT"),
        (("run", "--web.external-url=http://h?a=b"), "write scheme, host, port and path alone"),
        (("run", "--log.level=loud"), "unknown 'loud'; must be one of debug, info, "),
        (("demo", "--log.level=warn"), "warning, error; did you mean warning?"),
        (("--log.format=xml",), "unknown 'xml'; must be one of logfmt, json, console"),
        (("--config.fil=x",), "unknown flag --config.fil; did you mean --config.file?"),
        (("run", "-config.file=x"), "unknown flag -config.file; did you mean --config.file?"),
        (("check", "--log.level=info"), "unknown flag --log.level; it is a flag of run, demo,"),
        (("check", "--lives"), "unknown flag --lives; did you mean --live?"),
        (("check", "--live=yes"), "argument --live: takes no value, but has 'yes'"),
        (("check", "config.yaml"), "'config.yaml'; did you mean --config.file=config.yaml?"),
        (("metrics", "all"), "unexpected 'all'; see azure-ai-exporter metrics --help"),
        (("--log.level=info", "check"), "'check'; a command comes first: azure-ai-exporter check"),
        (("--live",), "unknown flag --live; it is a flag of check"),
        (("metrics", "--help-me"), "unknown flag --help-me; did you mean --help?"),
        (("metrics", "--x"), "unknown flag --x; see azure-ai-exporter metrics --help"),
        (("help",), "unknown command 'help'; must be one of run, check, demo, "),
        (("help",), "completion; did you mean --help?"),
        (("watch",), "unknown command 'watch'; must be one of run, check, demo, "),
        (("chek", "--live"), "healthy, top, completion; did you mean check?"),
        (("healthy", "--url=127.0.0.1:10058"), "is not a URL; write http://HOST:PORT"),
        (("healthy", "--url=http://h:1/?a"), "write scheme, host, port and path alone"),
        (("top", "--url=http://h:1/a b"), "is not a path; write one like /azure"),
        (("run", "--web.route-prefix=azure"), "'azure' is not a path; write one like /azure"),
        (("run", "--web.route-prefix=/a/../b"), "write the path without . and .."),
        (("healthy", "--url=http://h:99999"), "Port out of range"),
        (("demo", "--speed=0.5"), "'0.5' is not a valid speed; must be 1 to 60"),
        (("demo", "--speed=61"), "'61' is not a valid speed"),
        (("demo", "--speed=nan"), "'nan' is not a valid speed"),
        (("simulate", "--speed=2"), "unknown flag --speed; it is a flag of demo"),
        (("top", "--interval=2"), "'2' is not a valid interval; must be 0.5s to 60m"),
        (("top", "--interval=0.1s"), "'0.1s' is not a valid interval"),
        (("top", "--sort=luck"), "unknown 'luck'; must be one of trouble, state, "),
        (("top", "--sort=progres"), "charged, error; did you mean progress?"),
        (("top", "--sort=ends"), "charged, error; did you mean end?"),
        (("top", "--ca-file=ca"), "--ca-file is for https only; write --url=https://"),
        (("top", "--insecure"), "--insecure is for https only"),
        (("top", "--url=https://h", "--key-file=k"), "--key-file needs --cert-file"),
        (("completion",), "arguments are required: shell"),
        (("completion", "fsh"), "must be one of bash, zsh, fish; did you mean fish?"),
        (("top", "--state=Bogus"), "'Bogus' is not a state; must be one of NotStarted, Running"),
        (("top", "--state=suceeded"), "not polled yet; did you mean Succeeded?"),
        (("top", "--state="), "'' is not a state"),
        (("top", "--user=a"), "--user and --password-file belong together"),
        (("top", "--user=a:b"), "'a:b' is not a user name; must have a character and no colon"),
        (("top", "--state=failed,stuck"), "not a state; for several states give the flag again; "),
        (("check", "--config.file="), "--config.file: is empty; must be the name of a file"),
        (("run", "--web.config.file="), "--web.config.file: is empty; must be the name of a file"),
        (("top", "--url=https://h", "--ca-file="), "--ca-file: is empty; must be the name of"),
        (("top", "--url=http://h", "--user=a", "--password-file=p"), "sent over https only"),
        (("top", "--url=http://127.h", "--user=a", "--password-file=p"), "sent over https only"),
        (("check", "--assume-documents=-1"), "'-1' is not a valid number; must be 0 to 9999999"),
    ],
)
def test_bad_flags(folder: Path, words: tuple[str, ...], reason: str) -> None:
    """Exit 2, the usage of the command and one message that says what is wrong."""
    said = run(folder, *words)
    usage, *_, message = said.err.splitlines()
    assert (said.code, said.out) == (2, "")
    command = words[0] if words[0] in COMMANDS else "run" if words[0].startswith("-") else "[-h]"
    assert usage.startswith(f"usage: azure-ai-exporter {command} ")
    assert message.startswith("azure-ai-exporter")
    assert reason in message
    assert said.err.count("error: ") == 1


def test_metrics(folder: Path) -> None:
    """Every family of the contract once: name, type, labels, help."""
    said = run(folder, "metrics")
    assert (said.code, said.err) == (0, "")
    lines = [line.split(" ", 3) for line in said.out.splitlines()]
    assert [name for name, *_ in lines] == [family.name for family in FAMILIES]
    for family, (_, kind, labels, text) in zip(FAMILIES, lines, strict=True):
        assert (kind, labels, text) == (
            family.type,
            ",".join(family.all_labels) or "-",
            family.help,
        )


def test_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the project's example; `check` accepts it once its keys and files are there."""
    said = run(tmp_path, "example")
    assert (said.code, said.err) == (0, "")
    example = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    assert said.out.splitlines()[1:] == example.splitlines()[1:]
    assert said.out.splitlines()[0].endswith("$schema=config.schema.json")
    (tmp_path / "config.yaml").write_text(said.out, encoding="utf-8")
    (tmp_path / "translator-key").write_text(KEY)
    (tmp_path / "operations").mkdir()
    (tmp_path / "operations/jobs.yaml").write_text("[]\n")
    for name in re.findall("key_env: ([A-Z_]+)", said.out):
        monkeypatch.setenv(name, KEY)
    said = run(tmp_path, "check")
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize("command", ["run", "demo", "simulate"])
def test_a_port_in_use(folder: Path, command: str) -> None:
    """Exit 1 and exactly one line with the process that has it; nothing was polled or logged."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said = run(folder, command, f"--web.listen-address={address}")
    begin = re.escape(f"azure-ai-exporter: cannot listen on {address}: address already in use by")
    end = re.escape(" choose another with --web.listen-address\n")
    assert (said.code, said.out) == (1, "")
    assert re.fullmatch(rf"{begin} \S+ \(process {os.getpid()}\); stop it, or{end}", said.err)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (
            errno.EADDRINUSE,
            "address already in use; ss -ltnp shows the process; choose another with ",
        ),
        (errno.EACCES, "permission denied; a port below 1024 needs the capability NET_BIND_SERV"),
        (errno.EADDRNOTAVAIL, "cannot assign requested address; choose another with --web.listen"),
    ],
)
def test_an_address_that_cannot_be_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    """What would help is said with the system's reason, also where no process is shown."""

    async def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_server", refuse)
    said = run(folder, "simulate", "--listen-address=127.0.0.1:1")
    assert said.code == 1
    assert f"azure-ai-exporter: cannot listen on 127.0.0.1:1: {remedy}" in said.err
    assert said.err.count("\n") == 1


# Commands that run until they are told to end

LOGFMT = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?: |$)')
CONSOLE = re.compile(r"(\S+Z) \[(\w+) *\] (.*\S)\s*")


def facts(form: str, line: str) -> dict[str, object]:
    """What a log line says, in each of the three forms."""
    if form == "json":
        said: dict[str, object] = json.loads(line)
        return said
    if form == "console":
        found = CONSOLE.fullmatch(plain(line))
        assert found, line
        return dict(zip(("ts", "level", "msg"), found.groups(), strict=True))
    assert LOGFMT.sub("", line) == "", line
    return {name: value.strip('"') for name, value in LOGFMT.findall(line)}


@pytest.mark.parametrize(
    ("command", "by", "form"),
    [
        ("run", signal.SIGTERM, "logfmt"),
        ("run", signal.SIGINT, "console"),
        ("demo", signal.SIGTERM, "json"),
        ("demo", signal.SIGINT, "logfmt"),
    ],
)
def test_from_start_to_end(
    start: Callable[..., Running], command: str, by: signal.Signals, form: str
) -> None:
    """It says where it listens, answers, and a signal ends it within 5 seconds with exit 0.

    Every line of its log has a time, a level and a message, and no key stands in any.
    """
    running = start(command, ANYWHERE, f"--log.format={form}")
    pages = running.get("/metrics") + running.get("/") + running.get("/-/healthy")
    url = f"http://{running.address}"
    assert run(Path.cwd(), "healthy", f"--url={url}") == (0, "", "")
    assert "azure_ai_exporter_build_info" in pages
    assert running.end(by) == 0
    said = [facts(form, line) for line in running.lines]
    assert all({"ts", "level", "msg"} <= each.keys() for each in said)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", str(each["ts"])) for each in said)
    assert str(said[0]["msg"]).startswith("started")
    assert "stopping" in {each["msg"] for each in said}
    for key in (KEY, DEFAULT_KEY):
        assert key not in "\n".join([*running.lines, pages, running.printed])
    assert bool(running.printed) == (command == "demo")
    reason = "connection refused; is it running? Set its URL with --url"
    refused = f"azure-ai-exporter: {url}/-/healthy: {reason}\n"
    assert run(Path.cwd(), "healthy", f"--url={url}") == (1, "", refused)


@pytest.mark.parametrize(
    ("words", "addresses"),
    [
        (("run",), [(None, 10058)]),
        (("demo",), [("127.0.0.1", 10058)]),
        (("simulate",), [("127.0.0.1", 10059)]),
        (("simulate", ":9001"), [(None, 9001)]),
        (("run", "[::]:9001"), [(None, 9001)]),
        (("run", "*:9001"), [(None, 9001)]),
        (("run", "0.0.0.0:9001"), [("0.0.0.0", 9001)]),  # noqa: S104
        (("run", "[::1]:9001"), [("::1", 9001)]),
        (("run", "[::ffff:127.0.0.1]:9001"), [("127.0.0.1", 9001)]),
        (("run", "h:1", ":2"), [("h", 1), (None, 2)]),
        (("demo", "h:1", "h:2", "h:3"), [("h", 1), ("h", 2), ("h", 3)]),
    ],
)
def test_addresses(words: tuple[str, ...], addresses: list[tuple[str | None, int]]) -> None:
    """As many as are given, or else the default; all of them are parsed as Go has them."""
    command, *given = words
    for name in ("--web.listen-address", "--listen-address"):
        flags = [f"{name}={address}" for address in given]
        assert parser().parse_args([command, *flags]).listen == addresses


def speaks_ipv6() -> bool:
    """Whether this machine has the loopback address of IPv6."""
    with socket.socket(socket.AF_INET6) as probe, suppress(OSError):
        probe.bind(("::1", 0))
        return True
    return False


def test_several_addresses(start: Callable[..., Running]) -> None:
    """All of them answer, and the log has a URL of each that can be opened."""
    hosts = [*(["[::1]"] if speaks_ipv6() else []), "127.0.0.1", "127.0.0.1"]
    running = start("run", *(f"--web.listen-address={host}:0" for host in hosts))
    soon(lambda: "all" if len(running.lines) >= len(hosts) else None)
    urls = re.findall(r"metrics=(\S+)", "\n".join(running.lines))
    assert [url.rpartition(":")[0] for url in urls] == [f"http://{host}" for host in hosts]
    for url in urls:
        with urlopen(url, timeout=5) as answer:  # noqa: S310
            assert answer.status == 200
    assert running.end() == 0


def test_simulate(start: Callable[..., Running]) -> None:
    """The simulator alone says where it listens, and ends in the same way."""
    running = start("simulate", "--listen-address=127.0.0.1:0", "--log.format=json")
    started = json.loads(soon(lambda: next(iter(running.lines), None)))
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", started["endpoint"])
    assert started["key"] == DEFAULT_KEY
    printed = soon(lambda: running.printed if "Ctrl-C" in running.printed else None)
    assert f"export IDENTITY_ENDPOINT={started['endpoint']}/identity/token" in printed
    assert running.end() == 0


def test_shards(start: Callable[..., Running]) -> None:
    """Two commands share what one would do, and each says which part is its own."""
    followed: list[str] = []
    for number in range(2):
        running = start("run", ANYWHERE, f"--shard={number}", "--total-shards=2")
        metrics = running.get("/metrics")
        assert f"\nazure_ai_exporter_shard {number}.0\n" in metrics
        assert "\nazure_ai_exporter_shards 2.0\n" in metrics
        sd = json.loads(running.get("/sd"))
        followed += [each["labels"]["__param_operation"] for each in sd]
    assert sorted(followed) == sorted(OPERATIONS)


def test_nobody_answers(start: Callable[..., Running]) -> None:
    """An endpoint that refuses connections is said once for each operation, not at every poll."""
    refused = start("run", ANYWHERE)

    def polled_again() -> str | None:
        if not all_tried(refused):
            return None
        metrics = refused.get("/metrics")
        found = re.search(
            r"^azure_ai_exporter_polls_total.*\"failure\".*} (.*)$", metrics, re.MULTILINE
        )
        # All were tried, and there are more polls than operations: one of them failed twice.
        return metrics if found and float(found[1]) > len(OPERATIONS) else None

    metrics = soon(polled_again)
    for id_ in OPERATIONS:
        assert (
            f'azure_ai_operation_up{{resource="one",api="avatar",operation="{id_}"}} 0' in metrics
        )
    assert KEY not in metrics
    assert refused.end() == 0
    said = [facts("logfmt", line) for line in refused.lines]
    failures = [each for each in said if each["msg"] == "operation cannot be read"]
    assert Counter(each["operation"] for each in failures) == dict.fromkeys(OPERATIONS, 1)
    assert all("the connection failed" in str(each["reason"]) for each in failures)
    assert {each["msg"] for each in said} == {"started", "operation cannot be read", "stopping"}
    assert KEY not in "\n".join(refused.lines)


def all_tried(running: Running) -> bool:
    """Whether every operation was asked for at least once."""
    try:
        return running.get("/-/ready") == "ready\n"
    except URLError:  # 503
        return False
