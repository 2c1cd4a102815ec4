"""What any document says is true: links, commands, names, files, settings and queries."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import yaml

from exporter.commands.parser import parser
from exporter.config.config import Config
from exporter.exposition.families import FAMILIES
from exporter.web.port.web_config import WebConfig
from tests.chart.test_rules import RECORDED
from tests.docs import DOCS, README, ROOT, blocks, documents
from tests.docs.reading import (
    anchors,
    bad_commands,
    bad_links,
    bad_metrics,
    bad_paths,
    bad_settings,
    bad_targets,
    queries,
    unlinked,
)
from tests.docs.settings import by_section, settings
from tests.docs.yaml_blocks import VALUES, bad_yaml

MAKEFILES = (ROOT / "Makefile", ROOT / "tools/release/release.mk")
TARGETS = [
    target
    for file in MAKEFILES
    for target in re.findall(r"^([a-z-]+):", file.read_text(), re.MULTILINE)
]
METRICS = {family.name for family in FAMILIES} | {str(name) for name in RECORDED}
SETTINGS = {
    **by_section(Config),
    "(configuration)": set(Config.model_fields),
    "(web configuration)": settings(WebConfig),
    "(chart)": set(VALUES),
}

APPLICATION = "tenant_id: a.example, client_id: 7d1f2c3b-8a55-4a3a-b0e6-2f6c1d9e4b11"

Check = Callable[[str, Path], Iterable[str]]
CHECKS: dict[str, Check] = {
    "links": bad_links,
    "commands": lambda text, _page: bad_commands(text, parser()),
    "make": lambda text, _page: bad_targets(text, TARGETS),
    "metrics": lambda text, _page: bad_metrics(text, METRICS),
    "paths": bad_paths,
    "settings": lambda text, _page: bad_settings(text, SETTINGS),
}

every = pytest.mark.parametrize(
    "page", documents(), ids=lambda page: str(page.relative_to(ROOT).with_suffix(""))
)


@pytest.mark.parametrize("check", CHECKS)
@every
def test_what_is_named_exists(page: Path, check: str) -> None:
    """Files, headings, commands, flags, targets of make, metrics, settings."""
    assert list(CHECKS[check](page.read_text(), page)) == []


@pytest.mark.parametrize(
    ("check", "text", "complaint"),
    [
        ("links", "[a](docs/no-such-page.md)", "docs/no-such-page.md: there is no such file"),
        ("links", "[a](../secret)", "../secret: there is no such file"),
        ("links", "[a](#nowhere)", "#nowhere: there is no such heading"),
        ("links", "[a](SECURITY.md#nowhere)", "SECURITY.md#nowhere: there is no such heading"),
        ("commands", "`azure-ai-exporter fly`", "azure-ai-exporter fly: there is no such command"),
        ("commands", "`--web.magic`", "--web.magic: no command has this flag"),
        (
            "commands",
            "```\n/opt/x/bin/azure-ai-exporter check \\\n  --log.level=info | head\n```\n",
            "azure-ai-exporter check --log.level: there is no such flag",
        ),
        (
            "commands",
            "```\n$ azure-ai-exporter --log.level=info --shards=3\n```\n",
            "azure-ai-exporter run --shards: there is no such flag",
        ),
        (
            "commands",
            "```\nazure-ai-exporter run --log.level=loud  # too much\n```\n",
            "azure-ai-exporter run --log.level=loud : it would be refused",
        ),
        ("make", "`make tea`", "make tea: there is no such target"),
        ("make", "```\nmake PYTHON=python3.12 tea\n```\n", "make tea: there is no such target"),
        ("metrics", "azure_ai_operation_stat", "azure_ai_operation_stat: there is no such metric"),
        ("metrics", "azure_ai_nothing_*", "azure_ai_nothing_: there is no such metric"),
        ("paths", "`exporter/nothing.py`", "exporter/nothing.py: there is no such file"),
        ("paths", "`docs/runbooks/*.txt`", "docs/runbooks/*.txt: there is no such file"),
        ("paths", "`NOTHING.md`", "NOTHING.md: there is no such file"),
        ("paths", "`nothing.py`", "nothing.py: there is no such file"),
        ("settings", "`poll.intervall`", "poll.intervall: there is no such setting"),
        ("settings", "`avatar.discover.look`", "avatar.discover.look: there is no such setting"),
        ("settings", "`allow_https: true`", "allow_https: true: there is no such setting"),
    ],
)
def test_what_does_not_exist_is_found(check: str, text: str, complaint: str) -> None:
    """Each check can fail, and says what is wrong."""
    assert list(CHECKS[check](text, README)) == [complaint]


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (
            "links",
            "[a](https://example.com/nowhere) `[b](c)` [d](docs/runbooks) [e](#f-g)\n# F *G*\n",
        ),
        ("commands", "`azure-ai-exporter COMMAND --help` `--no-healthcheck` `pip install x[y]`"),
        ("commands", "```\ndocker run azure-ai-exporter demo --web.listen-address=:1 &\n```\n"),
        ("make", "what they make of it, and `make image ENGINE=podman`"),
        ("metrics", "- record: job:azure_ai_x:sum\njob:azure_ai_x:sum"),
        ("metrics", "azure_ai_exporter_* azure_ai_operation_duration_seconds_bucket"),
        (
            "paths",
            "`/run/secrets/key` `config.yaml` `text/plain` `exporter/apis/*.py` `SECURITY.md`",
        ),
        ("settings", "`discover.lookback` `web.config` `documents: all` `http2: true` `shards: 3`"),
        ("settings", "`config.yaml` `status: str` `poll: {interval: 5s}`"),
        ("paths", "`timeline.py` `conftest.py`"),
        ("paths", "`exporter/mine.py`\n\n<!-- file: exporter/mine.py -->\n```python\n```\n"),
    ],
)
def test_what_exists_is_not_complained_of(check: str, text: str) -> None:
    """Nor what is not the project's own."""
    assert list(CHECKS[check](text, README)) == []


def test_anchors_are_those_of_the_headings() -> None:
    """As GitHub makes them; a heading that comes twice has a number."""
    text = "# One `thing`\n## What's [next](x.md)?\n```\n# no heading\n```\n## Twice\n## Twice\n"
    assert anchors(text) == {"one-thing", "whats-next", "twice", "twice-1"}


def test_every_page_can_be_found() -> None:
    """The README leads to each, but for runbooks, which the table of alerts leads to."""
    assert list(unlinked(DOCS.glob("*.md"), README.read_text())) == []
    assert list(unlinked([DOCS / "alone.md"], README.read_text()))


@every
def test_the_yaml_is_taken(page: Path, tmp_path: Path) -> None:
    """By the exporter, Prometheus, Alertmanager, Kubernetes or the chart, whomever it is for.

    A page that writes modules of the exporter brings settings of its own, and has its own test.
    """
    found = list(blocks(page.read_text()))
    if any(each.mark == "file" and each.said.startswith("exporter/") for each in found):
        return
    shown = [each.text for each in found if each.language == "yaml"]
    assert [complaint for text in shown for complaint in bad_yaml(text, tmp_path)] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("poll: {intervall: 30s}", "poll.intervall"),
        ("auth: {key_fil: a}", "auth.key_fil"),
        ("{name: a, endpoint: 'https://a.example', auth: {key: b}, avatar: {x: 1}}", "avatar.x"),
        ("[{resource: r, api: document_translation, id: 1}]", "id"),
        ("basic_auth_users: {a: b}", "basic_auth_users"),
        ("{existingSecret: a, shard: 3}", "nobody reads the keys existingSecret, shard"),
        ("shards: many", "shards"),
        ("initContainers: [{nam: a}]", "nam"),
        ("{apiVersion: v1, kind: ServiceAccount, metadata: {names: a}}", "names"),
        ("a: [", "no YAML"),
        ("just words", "nothing reads"),
    ],
)  # fmt: skip
def test_yaml_that_is_wrong_is_found(text: str, said: str, tmp_path: Path) -> None:
    """A setting that does not exist has somebody who says so."""
    assert said in "\n".join(bad_yaml(text, tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        f"auth: {{entra: {{{APPLICATION}, certificate_file: /run/application.pem}}}}",
        f"auth: {{entra: {{{APPLICATION}, client_secret_file: /run/secret}}}}",
        "tls: {ca_file: /etc/ca.pem, cert_file: a.pem, key_file: b.pem}",
        "tls_server_config: {cert_file: a.pem, key_file: b.pem}",
        "- {resource: r, api: avatar, operation: abc}",
        "poll: {interval: 1m}",
        "shards: 2",
        "initContainers: [{name: a, image: b}]",
    ],
)
def test_yaml_that_is_right_is_taken(text: str, tmp_path: Path) -> None:
    """A part of a file is looked at beside the least that is needed, with the files it names."""
    assert list(bad_yaml(text, tmp_path)) == []


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("promtool", "scrape_configs: [{job: a}]"),
        ("promtool", "groups: [{name: a, rules: [{record: b, expr: 'sum('}]}]"),
        ("amtool", "route: {receivers: a}"),
    ],
)
def test_configurations_of_others_that_are_wrong_are_found(
    tool: str, text: str, tmp_path: Path
) -> None:
    """Prometheus' and Alertmanager's own tools say so."""
    if shutil.which(tool) is None:
        pytest.skip("needs Debian's packages prometheus and prometheus-alertmanager")
    assert list(bad_yaml(text, tmp_path))


def test_blocks_of_queries_are_taken_apart() -> None:
    """By empty lines and comments; what stands together is one if a line of it is indented."""
    text = "```promql\n# one\na\n  + b  # and\nor\nc\n\n# two, three\nd\ne\n```\n"
    assert list(queries(text)) == ["a\n  + b\nor\nc", "d", "e"]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs Debian's package prometheus")
def test_the_queries_are_promql(tmp_path: Path) -> None:
    """Every query of every document is understood by promtool, and one that is none is not."""
    found = [query for page in documents() for query in queries(page.read_text())]
    assert len(found) > 20
    for wrong in ([], ["sum by ("]):
        rules = [{"record": f"q:{n}", "expr": query} for n, query in enumerate([*found, *wrong])]
        file = tmp_path / "rules.yml"
        file.write_text(yaml.safe_dump({"groups": [{"name": "documents", "rules": rules}]}))
        command = ["promtool", "check", "rules", str(file)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert bool(result.returncode) == bool(wrong), result.stdout + result.stderr
