"""Configuration: what is wrong is said exactly, and what is right means what it looks like."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.apis import Apis
from exporter.apis.document_translation.documents import DocumentsById
from exporter.config.config import Config, PollSettings, load, parse_config
from exporter.model.operation import State
from exporter.settings.yaml_file import ConfigError
from tests.config.editor import VALIDATOR, read

BAD = Path(__file__).parent / "bad_config"
BATCH = "727bf148-f327-47a0-9481-abae6362f11e"
DOCUMENT = "9dce0aa9-78dc-41ba-8cae-2e2f3c2ff8ec"

RESOURCE = """
resources:
  - name: one
    endpoint: https://contoso.cognitiveservices.azure.com
    auth: {key: secret}
"""
GOOD = RESOURCE + "    avatar: {operations: [job-1]}\n"


def parsed(text: str) -> Config:
    return parse_config("config.yaml", text, Path())


def problems(text: str) -> list[str]:
    """What is wrong with a text, as it is printed."""
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    return str(caught.value).split("\n")


# What is wrong


@pytest.fixture
def bad_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    monkeypatch.delenv("EXPORTER_TEST_UNSET", raising=False)
    monkeypatch.setenv("EXPORTER_TEST_EMPTY", " ")
    monkeypatch.setenv("EXPORTER_TEST_SPACED", "two words")


def expected(file: str) -> list[str]:
    """The lines that the file's own head promises; `0:0` is no place."""
    apis = ", ".join(Apis.model_fields)
    head = Path(file).read_text(encoding="utf-8", errors="replace").replace("{apis}", apis)
    said = re.findall(r"^# expect: (.*)$", head, re.MULTILINE)
    return [f"{file}:{each}" if each[0].isdigit() else f"{file}: {each}" for each in said]


@pytest.mark.usefixtures("bad_folder")
@pytest.mark.parametrize(
    "file",
    [pytest.param(each.name, id=each.stem) for each in sorted(BAD.glob("*.yaml"))],
)
def test_every_mistake_is_said_with_its_place(file: str) -> None:
    """All problems at once, in the order of the file, one line each, exactly as its head says."""
    with pytest.raises(ConfigError) as caught:
        load(Path(file))
    assert str(caught.value).split("\n") == expected(file)
    assert len(caught.value.problems) == len(expected(file))


@pytest.mark.usefixtures("bad_folder")
def test_every_mistake_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own reader, where it was built without libyaml, says the same at the same place."""
    monkeypatch.setattr(yaml, "__with_libyaml__", 0)
    for each in sorted(BAD.glob("*.yaml")):
        if each.stem != "yaml_far_too_deep":  # takes a second, and is always for this reader
            with pytest.raises(ConfigError) as caught:
                load(Path(each.name))
            assert str(caught.value).split("\n") == expected(each.name)


@pytest.mark.parametrize("text", ["", "\n\n", "null", "~", "# only a comment"])
def test_nothing_is_no_configuration(text: str) -> None:
    """An empty file is told where an example is."""
    assert problems(text) == ["config.yaml:1:1: is empty; azure-ai-exporter example prints one"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing.yaml", "No such file or directory"), (".", "Is a directory")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, reason: str) -> None:
    """The system's reason, and the flag that names the file."""
    path = tmp_path / name
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: cannot be read: {reason}; set the file with --config.file"


def test_aliases_of_aliases_cost_nothing() -> None:
    """Nine lines that would unfold to a billion items are answered at once, once for each line."""
    names = zip("abcdefghi", "xabcdefgh", strict=True)
    lines = [f"{name}: &{name} [{', '.join([f'*{of}'] * 9)}]" for name, of in names]
    assert len(problems("\n".join(["x: &x [y, y]", *lines[:4]]))) < 50
    assert len(problems("\n".join(["x: &x [y]", *lines]))) < 50


# Secrets

KEYS = (
    "0123456789abcdef0123456789abcdef",
    "9AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrSJQQJ99BAACYeBjFXJ3w3AAAbACOGabcd",
)
ENDPOINT = "https://contoso.cognitiveservices.azure.com"
AVATAR = "avatar: {operations: [job-1]}"


def resource(name: str = "one", endpoint: str = ENDPOINT, auth: str = "", rest: str = "") -> str:
    """A configuration of one resource, with a mistake where a test wants one."""
    return (
        f"resources:\n  - name: {name}\n    endpoint: {endpoint}\n"
        f"    auth: {auth or '{key: secret}'}\n    {rest or AVATAR}\n"
    )


def batches(written: str) -> str:
    return resource(rest=f"document_translation: {{batches: {written}}}")


WRONG_PLACES = {
    "key_env": resource(auth="{key_env: KEY}"),
    "key_file": resource(auth="{key_file: KEY}"),
    "key_file in a folder": resource(auth="{key_file: /run/secrets/KEY}"),
    "auth": resource(auth="KEY"),
    "auth as a list": resource(auth="[KEY]"),
    "a key of auth": resource(auth="{KEY: key}"),
    "an unknown key's value": resource(auth="{password: KEY}"),
    "two kinds of auth": resource(auth="{key: KEY, key_env: HOME}"),
    "key as a list": resource(auth="{key: [KEY]}"),
    "key as a mapping": resource(auth="{key: {value: KEY}}"),
    "key with spaces": resource(auth="{key: 'Bearer KEY'}"),
    "key with quotes": resource(auth="{key: “KEY”}"),
    "key of a broken resource": resource(auth="{key: KEY}", rest="avatar: {operations: [a b]}"),
    "a key of the resource": resource(rest=f"KEY: x\n    {AVATAR}"),
    "a key of an API": resource(rest="avatar: {KEY: x}"),
    "a key of the file": f"KEY: x\n{resource()}",
    "twice": f"KEY: x\nKEY: y\n{resource()}",
    "instead of the file": "KEY",
    "user of the endpoint": resource(endpoint="https://KEY@contoso"),
    "password of the endpoint": resource(endpoint="https://me:KEY@contoso"),
    "query of the endpoint": resource(endpoint="https://contoso?subscription-key=KEY"),
    "fragment of the endpoint": resource(endpoint="https://contoso#KEY"),
    "port of the endpoint": resource(endpoint="https://contoso:KEY"),
    "endpoint": resource(endpoint="KEY"),
    "timeout": f"poll: {{timeout: [KEY]}}\n{resource()}",
    "requests_per_second": f"poll: {{requests_per_second: KEY}}\n{resource()}",
    "concurrency": f"poll: {{concurrency: KEY}}\n{resource()}",
    "allow_http": resource(rest=f"allow_http: KEY\n    {AVATAR}"),
    "label": resource(rest="avatar: {operations: [{id: job-1, labels: {KEY: [x]}}]}"),
    "broken YAML": "auth: {key: KEY",
    "broken YAML, a colon too many": "auth: key: KEY",
    "YAML's directive": "%KEY\nauth: x",
    "after an @": "auth: @KEY",
    "key_file that has children": resource(auth="{key_file: KEY/key}"),
    "no space after the colon": resource(auth="{key:KEY}"),
    "as in a shell": resource(auth="{key_env: TRANSLATOR_KEY=KEY}"),
    "with its name": resource(auth="{'Ocp-Apim-Subscription-Key: KEY': x}"),
    "path of the endpoint": resource(endpoint="https://contoso/a path/KEY"),
    "interval": f"poll: {{interval: KEY}}\n{resource()}",
    "batch": batches("[KEY]"),
    "document": batches(f"[{{id: {BATCH}, documents: [KEY]}}]"),
    "operation": resource(rest="avatar: {operations: [KEY/]}"),
    "api_version": resource(rest="document_translation: {api_version: KEY}"),
    "name": resource(name="KEY/"),
    "name of a broken resource": resource(name="KEY", auth="{key: ''}"),
    "label name": resource(rest="avatar: {operations: [{id: job-1, labels: {KEY-: x}}]}"),
    "YAML's alias": "auth: *KEY",
    "YAML's tag": "auth: !KEY!x y",
}


@pytest.mark.parametrize("key", KEYS, ids=["hexadecimal", "new"])
@pytest.mark.parametrize(
    "text",
    [pytest.param(text, id=place) for place, text in WRONG_PLACES.items()],
)
def test_a_key_in_a_wrong_place_is_not_shown(text: str, key: str) -> None:
    """No problem repeats 16 characters of a key, wherever it was pasted."""
    with pytest.raises(ConfigError) as caught:
        parsed(text.replace("KEY", key))
    said = str(caught.value) + repr(caught.value.problems)
    pieces = (key[start : start + 16] for start in range(len(key) - 15))
    assert not [piece for piece in pieces if piece in said]
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_key_in_a_broken_file_is_not_shown(tmp_path: Path) -> None:
    """A key file of more than one word is refused without its words."""
    (tmp_path / "key").write_text(f"key {KEYS[0]}\n", encoding="ascii")
    with pytest.raises(ConfigError) as caught:
        parse_config("config.yaml", resource(auth="{key_file: key}"), tmp_path)
    assert "does not contain a key" in str(caught.value)
    assert KEYS[0] not in str(caught.value)


def test_a_configuration_does_not_show_its_keys() -> None:
    """Neither its text nor its dump, which later end up in a log or on a page."""
    config = parsed(resource(auth=f"{{key: {KEYS[0]}}}"))
    assert KEYS[0] not in f"{config!r} {config} {config.model_dump()} {config.model_dump_json()}"
    assert config.resources[0].auth.read_key() == KEYS[0]


@pytest.mark.usefixtures("bad_folder")
def test_no_bad_file_shows_a_key() -> None:
    """`secret` is the key of every bad file; none of their problems holds the word."""
    for file in sorted(BAD.glob("*.yaml")):
        assert "secret" not in "\n".join(expected(file.name)).replace("client_secret_file", "")


# What is right


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("24h", 86400),
        ("1h30m", 5400),
        ("1m0.5s", 60.5),
        ("1500ms", 1.5),
        ("1d", 86400),
        ("0.1w", 60480),
        ("0.001y", 31536),
        ("0.5h", 1800),
        ('"30s"', 30),
    ],
)
def test_durations(written: str, seconds: float) -> None:
    """A number with its unit, or several."""
    config = parsed(f"poll: {{interval: {written}}}\nretention: {{stale_after: 30d}}\n{GOOD}")
    assert config.poll.interval == pytest.approx(seconds)


@pytest.mark.parametrize(
    "line",
    [
        "interval: 1s",
        "interval: 24h",
        "timeout: 100ms",
        "timeout: 500ms",
        "timeout: 5m",
        "requests_per_second: 0.001",
        "requests_per_second: 1e3",
        "concurrency: 1",
        "concurrency: 256",
    ],
)
def test_bounds_are_inside(line: str) -> None:
    """The least and the most that are named are accepted."""
    parsed(f"poll: {{{line}}}\nretention: {{stale_after: 2d}}\n{GOOD}")


@pytest.mark.parametrize("version", ["2024-05-01", "'2026-03-01'", "v1.0"])
def test_api_versions_need_no_quotes(version: str) -> None:
    """YAML alone would read a date."""
    text = f"    document_translation: {{api_version: {version}, batches: [{BATCH}]}}\n"
    settings = parsed(RESOURCE + text).resources[0].document_translation
    assert settings
    assert settings.api_version == version.strip("'")


ODD_IDS = [
    "123",
    "2024-05-01",
    "0x1F",
    "1e3",
    "0o17",
    "1_000",
    "no",
    "on",
    "y",
    "007",
    "1.5",
    "A~b",
]


def test_ids_that_look_like_something_else() -> None:
    """Numbers, dates and truths of YAML 1.1 stay the text that was written."""
    text = f"    qna_maker: {{operations: [{', '.join(ODD_IDS)}]}}\n"
    settings = parsed(RESOURCE + text).resources[0].qna_maker
    assert settings
    assert [entry.id for entry in settings.operations] == ODD_IDS


@pytest.mark.parametrize("api", ["video_translation", "avatar"])
@pytest.mark.parametrize(
    "id_", ["abc", "2024-05-01", "123", "a..b", "a_b-c.d", "a" * 64, BATCH, BATCH.upper()]
)
def test_ids_of_speech(api: str, id_: str) -> None:
    """3 to 64 characters, and the path is the id as it was written."""
    section = f"    {api}: {{operations: [{id_}]}}\n"
    ((_, settings),) = parsed(RESOURCE + section).resources[0].sections()
    assert [target.id for target in settings.targets()] == [id_]


def test_an_id_alone_is_a_mapping_with_an_id() -> None:
    """Both forms mean the same, and may stand side by side."""
    alone = parsed(GOOD)
    assert alone == parsed(GOOD.replace("[job-1]", "[{id: job-1}]"))
    assert alone == parsed(GOOD.replace("[job-1]", "[{id: 'job-1', labels: {}}]"))
    assert alone == parsed(GOOD.replace("[job-1]", '["job-1"]'))


def test_ids_of_batches_and_documents_are_in_lower_case() -> None:
    """Azure answers in lower case, and UUIDs are the same in both."""
    entry = f"{{id: {BATCH.upper()}, documents: [{DOCUMENT.upper()}]}}"
    settings = parsed(RESOURCE + f"    document_translation: {{batches: [{entry}]}}\n")
    (section,) = (section for _, section in settings.resources[0].sections())
    (target,) = section.targets()
    assert target.id == BATCH
    assert getattr(target, "documents", None) == DocumentsById((DOCUMENT,))


def test_labels_are_text() -> None:
    """What looks like a number or a truth of YAML 1.1 stays as it was written."""
    labels = "{cost_center: 0042, since: 2024-05-01, urgent: no, empty: '', quote: 'a \"b\" é'}"
    settings = parsed(GOOD.replace("[job-1]", f"[{{id: job-1, labels: {labels}}}]"))
    avatar = settings.resources[0].avatar
    assert avatar
    assert avatar.operations[0].labels == {
        "cost_center": "0042",
        "since": "2024-05-01",
        "urgent": "no",
        "empty": "",
        "quote": 'a "b" é',
    }


def test_a_resource_overrides_single_settings_of_poll() -> None:
    """What it leaves out is the file's, and where the file says nothing the default's."""
    text = "poll: {interval: 60s, timeout: 5s}\n" + GOOD + "    poll: {timeout: 20s}\n"
    config = parsed(text)
    merged = config.resources[0].poll_with(config.poll)
    assert merged == PollSettings.model_validate({"interval": "60s", "timeout": "20s"})


def test_an_override_may_repeat_a_default() -> None:
    """A resource that says 30s gets 30s, though that is the default and the file says 60s."""
    config = parsed("poll: {interval: 60s}\n" + GOOD + "    poll: {interval: 30s}\n")
    assert config.resources[0].poll_with(config.poll).interval == pytest.approx(30)


def test_defaults() -> None:
    """Those of the contract, where the file is silent."""
    config = parsed(GOOD)
    assert config.resources[0].poll_with(config.poll).model_dump() == {
        "interval": 30.0,
        "timeout": 10.0,
        "requests_per_second": 5.0,
        "concurrency": 8,
    }
    assert config.operation_series == "all"
    assert config.retention.model_dump() == {
        "finished": {"succeeded": None, "failed": None, "default": 86400.0},
        "stale_after": 600.0,
    }


@pytest.mark.parametrize(
    ("written", "succeeded", "failed", "cancelled"),
    [
        ("90m", 5400, 5400, 5400),
        ("0s", 0, 0, 0),
        ("", 86400, 86400, 86400),
        ("{succeeded: 1h, failed: 72h}", 3600, 259200, 86400),
        ("{succeeded: 0s, default: 2h}", 0, 7200, 7200),
        ("{failed: , default: 2h}", 7200, 7200, 7200),
    ],
)
def test_retention_of_what_has_finished(
    written: str, succeeded: float, failed: float, cancelled: float
) -> None:
    """One duration, or one for each outcome; every bad state is a failure."""
    finished = parsed(f"retention: {{finished: {written}}}\n{GOOD}").retention.finished
    assert finished.after(State.SUCCEEDED) == succeeded
    assert {finished.after(state) for state in State if state.bad} == {failed}
    assert finished.after(State.CANCELLED) == cancelled


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"poll: {{}}\nretention: {{}}\n{GOOD}", id="empty mappings"),
        pytest.param(f"{GOOD}    document_translation:\n    qna_maker: null\n", id="API"),
        pytest.param(GOOD.replace("secret", "secret, key_file: , key_env: ~"), id="auth"),
        pytest.param(f"poll:\nretention:\n{GOOD}    poll:\n", id="mapping"),
        pytest.param(f"poll: {{interval: , concurrency: ~}}\n{GOOD}", id="number"),
        pytest.param(f"{GOOD}    allow_http:\n", id="truth"),
        pytest.param(GOOD.replace("[job-1]", "[{id: job-1, labels: }]"), id="labels"),
    ],
)
def test_what_is_left_empty_is_left_out(text: str) -> None:
    """A key with nothing behind it, as when all below it is a comment, means its default."""
    config = parsed(text)
    assert config.poll == PollSettings()
    assert [name for name, _ in config.resources[0].sections()] == ["avatar"]
    assert config.resources[0].auth.read_key() == "secret"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path, encoding: str) -> None:
    """As Notepad and PowerShell write it: in the configuration, keys and client secrets."""
    for name in ("key", "second", "proof"):
        (tmp_path / name).write_text(f"the-{name}\r\n", encoding)
    entra = "tenant_id: contoso.example, client_id: 11111111-2222-3333-4444-555555555555"
    auths = (
        "{key_file: key, secondary_key_file: second}",
        f"{{entra: {{{entra}, client_secret_file: proof}}}}",
    )
    endpoint = "https://contoso.cognitiveservices.azure.com"
    resources = "".join(
        f"  - {{name: r{number}, endpoint: {endpoint}, auth: {auth}, avatar: {{discover: true}}}}\n"
        for number, auth in enumerate(auths)
    )
    (tmp_path / "config.yaml").write_text(f"resources:\n{resources}", encoding)
    keys, application = load(tmp_path / "config.yaml").resources
    assert keys.auth.loaded_keys == ("the-key", "the-second")
    assert application.auth.entra
    assert application.auth.entra.secret == "the-proof"  # noqa: S105


ON = ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "'true'"]
OFF = ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "'false'"]


@pytest.mark.parametrize(("word", "meant"), [(w, True) for w in ON] + [(w, False) for w in OFF])
def test_words_of_switches(word: str, meant: bool) -> None:
    """The words of YAML 1.1 and 1.2 mean the same for each switch, `discover` among them."""
    rest = f"document_translation: {{discover: {word}, document_names: {word}}}"
    text = resource(rest=f"allow_http: {word}\n    {rest}")
    (one,) = parsed(text).resources
    settings = one.document_translation
    assert settings
    assert (one.allow_http, settings.document_names) == (meant, meant)
    assert bool(settings.discover) == meant
    assert [error.json_path for error in VALIDATOR.iter_errors(read(text))] == []


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
def test_words_of_null(word: str) -> None:
    """Each means the default of any setting: no file, no section, no number of one's own."""
    text = f"state_file: {word}\npoll: {word}\nretention: {{finished: {word}}}\n{GOOD}"
    config = parsed(f"{text}    tls: {word}\n    proxy: {word}\n    qna_maker: {word}\n")
    assert config == parsed(GOOD)
    assert [error.json_path for error in VALIDATOR.iter_errors(read(text))] == []


def test_words_in_quotes_are_text() -> None:
    """And so is a word where text is expected, quoted or not: a label, an id."""
    labels = "{a: 'null', b: True, c: !!str null, d: yes, e: NO}"
    avatar = (
        parsed(GOOD.replace("[job-1]", f"[{{id: True, labels: {labels}}}]")).resources[0].avatar
    )
    assert avatar
    assert avatar.operations[0].id == "True"
    assert list(avatar.operations[0].labels.values()) == ["null", "True", "null", "yes", "NO"]


def test_known_tags() -> None:
    """Tags of YAML that change nothing may be written."""
    text = GOOD.replace("[job-1]", "!!seq [!!str job-1]").replace("  - name", "  - !!map\n    name")
    tagged = f"poll: {{interval: !!str 30s, concurrency: !!int '8'}}\n{text}"
    assert parsed(tagged).resources == parsed(GOOD).resources


def test_merge_keys() -> None:
    """`<<` merges: a mapping's own settings win, then the first of a list."""
    text = f"""
poll: &slow {{interval: 2m, timeout: 1s}}
resources:
  - &one
    name: one
    endpoint: {ENDPOINT}
    auth: {{key: secret}}
    poll: {{<<: [{{interval: 1m}}, *slow], concurrency: 2}}
    {AVATAR}
  - <<: *one
    name: two
    allow_http: true
  - {{<<: [*one], name: three, poll: {{<<: *slow, <<key: 1}}}}
"""
    config = parsed(text.replace(", <<key: 1", ""))
    assert [resource.name for resource in config.resources] == ["one", "two", "three"]
    assert [resource.allow_http for resource in config.resources] == [False, True, False]
    assert {repr(resource.avatar) for resource in config.resources} == {
        repr(config.resources[0].avatar)
    }
    polls = [resource.poll.model_dump(exclude_unset=True) for resource in config.resources]
    assert polls[0] == polls[1] == {"interval": 60, "timeout": 1, "concurrency": 2}
    assert polls[2] == {"interval": 120, "timeout": 1}
    assert problems(text)[0].endswith(
        "resources[three].poll.<<key: unknown key '<<key'; known here: interval, timeout, "
        "requests_per_second, concurrency"
    )


def test_merges_of_merges_cost_nothing() -> None:
    """Each mapping is merged once, and has a bounded number of keys."""
    names = list(zip("abcdefghi", "xabcdefgh", strict=True))
    lines = [f"{name}: &{name} {{<<: [{', '.join([f'*{of}'] * 9)}]}}" for name, of in names]
    assert len(problems("\n".join(["x: &x {y: 1}", *lines]))) < 50
    many = "\n".join(f"  k{number}: 1" for number in range(101))
    assert problems(f"x: &x\n{many}\ny: {{<<: *x}}") == [
        "config.yaml:103:4: is not YAML: '<<' makes more than 100 keys"
    ]


def test_a_key_file_stands_beside_the_configuration(tmp_path: Path) -> None:
    """A relative path starts at the configuration's folder; space around the key is no part."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "one").write_text("  secret\r\n", encoding="ascii")
    file = tmp_path / "config.yaml"
    for path in ("keys/one", f"{tmp_path}/keys/one"):
        file.write_text(GOOD.replace("key: secret", f"key_file: {path}"), encoding="utf-8")
        assert load(file).resources[0].auth.read_key() == "secret"


def test_a_key_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read when it is asked for, so that a new one needs no restart."""
    monkeypatch.setenv("EXPORTER_TEST_KEY", "first")
    auth = parsed(GOOD.replace("key: secret", "key_env: EXPORTER_TEST_KEY")).resources[0].auth
    monkeypatch.setenv("EXPORTER_TEST_KEY", "second")
    assert auth.read_key() == "second"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://contoso.cognitiveservices.azure.com/", ENDPOINT),
        ("https://contoso.cognitiveservices.azure.com:8443", f"{ENDPOINT}:8443"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("'http://[::1]:5000'", "http://[::1]:5000"),
        ("HTTPS://Contoso.CognitiveServices.Azure.com", ENDPOINT),
        ("HTTPS://Gateway.example/Translator", "https://gateway.example/Translator"),
        (f"{ENDPOINT}/api/projects/my.project_1~/", f"{ENDPOINT}/api/projects/my.project_1~"),
        ("https://gateway.example:8443/a/...", "https://gateway.example:8443/a/..."),
    ],
)
def test_endpoints(written: str, meant: str) -> None:
    """Scheme, host, port and path, without a slash at the end; plain http on loopback."""
    assert parsed(resource(endpoint=written)).resources[0].endpoint == meant


@pytest.mark.parametrize(
    "path",
    ["//a", "/a//b", "/a//", "/.", "/..", "/a/..", "/a/./b", "/%2e%2e", "/a%2fb", "/a;b", "/é"],
)
def test_paths_that_lead_elsewhere(path: str) -> None:
    """What servers read in different ways is no path of an endpoint."""
    with pytest.raises(ConfigError, match="is not an endpoint"):
        parsed(resource(endpoint=f"'https://gateway.example{path}'"))


@pytest.mark.parametrize("order", ["before", "after"])
def test_plain_http_where_the_resource_allows_it(order: str) -> None:
    """`allow_http: true` counts wherever it stands."""
    http = "endpoint: http://proxy.internal:8080"
    lines = [http, "allow_http: true"] if order == "after" else ["allow_http: true", http]
    text = resource().replace(f"endpoint: {ENDPOINT}", "\n    ".join(lines))
    assert parsed(text).resources[0].endpoint == "http://proxy.internal:8080"


def test_stale_after_of_exactly_two_intervals() -> None:
    """The least that lets one late poll pass."""
    parsed(f"poll: {{interval: 5m}}\nretention: {{stale_after: 10m}}\n{GOOD}")


def test_anchors_and_a_byte_order_mark() -> None:
    """Aliases stand for what they name; a file that Windows saved is read."""
    text = RESOURCE.replace("{key: secret}", "&auth {key: secret}") + f"    {AVATAR}\n"
    text += f"  - name: two\n    endpoint: {ENDPOINT}\n    auth: *auth\n    {AVATAR}\n"
    config = parsed("\ufeff" + text.replace("\n", "\r\n"))
    assert [each.auth.read_key() for each in config.resources] == ["secret", "secret"]


# Anything

words = st.sampled_from(
    "poll retention resources interval timeout requests_per_second concurrency finished "
    "stale_after name endpoint allow_http auth key key_env key_file document_translation "
    "video_translation avatar qna_maker batches operations documents labels id api_version "
    f"30s 5 true null one {BATCH} job-1 {ENDPOINT} HOME .. 2024-05-01".split()
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text() | words
structures = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(), inner),
    max_leaves=15,
)
files = st.fixed_dictionaries(
    {},
    optional={
        "poll": structures,
        "retention": structures,
        "resources": structures
        | st.lists(st.dictionaries(words, structures | st.lists(words)), max_size=3),
    },
)


def either_or(text: str) -> None:
    """A configuration, or at least one problem that fits on a line; nothing else is raised."""
    said: list[str] = []
    try:
        assert isinstance(parsed(text), Config)
    except ConfigError as error:
        said = [str(each) for each in error.problems] or [""]
    assert all(each.startswith("config.yaml:") for each in said)


@given(st.text() | st.text(alphabet="[]{}:-&*!|>'\"%@`#?, \n\tab"))
@example("'[key]: x'")
@example("a: &a b\n*a : c")
@example("? &a\n: *a")
@example("!!binary x: y")
def test_any_text_is_a_configuration_or_a_problem(text: str) -> None:
    """No text makes anything else than a configuration or its problems."""
    either_or(text)


@pytest.mark.e2e
@given(structures | files)
@example({"resources": [{}], "poll": []})
@example({1: {None: []}})
def test_any_structure_is_a_configuration_or_a_problem(structure: object) -> None:
    """The same for whatever YAML can say."""
    either_or(yaml.safe_dump(structure, allow_unicode=True))


@pytest.mark.e2e
@given(structures | files)
def test_any_structure_as_json(structure: object) -> None:
    """Quoted scalars take the other way through the parser."""
    either_or(yaml.safe_dump(structure, default_style='"', default_flow_style=True))
