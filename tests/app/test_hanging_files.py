"""A mount that hangs costs the resource whose file is on it, and nobody else."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event
from urllib.request import urlopen

import pytest
import yaml

from exporter.app import reload, serve
from exporter.config.config import Config, load
from exporter.config.sources import OneFile
from exporter.files import threads
from exporter.settings.yaml_file import ConfigError
from tests.support.hanging import hanging


@dataclass
class Azure:
    """Counts the requests of each key, and says that the operation runs."""

    requests: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def served(self) -> Iterator[str]:
        azure = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                key = self.headers["Ocp-Apim-Subscription-Key"]
                azure.requests[key] = azure.requests.get(key, 0) + 1
                body = json.dumps({"id": "job", "status": "Running"}).encode()
                self.send_response(200 if key != "refused" else 401)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()

    def soon(self, key: str) -> int:
        """The requests of two and a half seconds."""
        before = self.requests.get(key, 0)
        time.sleep(2.5)
        return self.requests.get(key, 0) - before


def written(folder: Path, endpoint: str) -> Path:
    """A configuration of two resources; the key of one is on a mount of its own."""
    for name in ("well", "away", "jobs"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "key").write_text(f"{name}-key")
    resources = [
        {
            "name": name,
            "endpoint": endpoint,
            "auth": {"key_file": f"{name}/key"},
            "avatar": {"operations": ["job"], "requests_per_minute": 600},
        }
        for name in ("well", "away")
    ]
    path = folder / "config.yaml"
    poll = {"interval": "1s", "requests_per_second": 20}
    path.write_text(yaml.safe_dump({"poll": poll, "resources": resources}))
    return path


@dataclass
class Running:
    """`run` in a thread of its own, with its port."""

    path: Path
    config: Config
    url: str = ""
    _ready: Event = field(default_factory=Event)

    @contextmanager
    def running(self) -> Iterator["Running"]:
        """Until it is told to stop, as by SIGTERM, which it obeys within 5 seconds."""
        thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        thread.start()
        try:
            assert self._ready.wait(20)
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(5)
            assert not thread.is_alive(), "it does not end"

    async def _run(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        with suppress(ValueError):  # SIGHUP is for the main thread alone
            await serve.run(
                self.config,
                [("127.0.0.1", 0)],
                self._stop,
                source=OneFile(self.path),
                lifecycle=True,
                ready=self._is_ready,
            )

    def _is_ready(self, url: str) -> None:
        self.url = url
        self._ready.set()

    def page(self, path: str) -> str:
        with urlopen(self.url + path, timeout=2) as answer:  # noqa: S310
            return str(answer.read().decode())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "TIMEOUT", 0.3)
    monkeypatch.setattr(reload, "WATCH_SECONDS", 0.2)

    async def no_hangup(_reloader: object) -> None:
        """Signals are for the main thread alone."""

    monkeypatch.setattr(serve, "_on_hangup", no_hangup)


@pytest.mark.usefixtures("quick")
def test_a_key_on_a_mount_that_hangs(tmp_path: Path) -> None:
    """The other resource is asked as often as before, `/metrics` answers, and the old key goes on.

    The file costs one thread, and what it holds counts once the mount is back.
    """
    azure = Azure()
    with azure.served() as endpoint:
        path = written(tmp_path, endpoint)
        with Running(path, load(path)).running() as exporter:
            before = azure.soon("well-key")
            with hanging(tmp_path / "away") as back:
                during = azure.soon("well-key")
                assert during >= before - 1 >= 1
                assert 'credential_readable{resource="away"} 0' in exporter.page("/metrics")
                assert 'credential_readable{resource="well"} 1' in exporter.page("/metrics")
                names = [thread.name for thread in threading.enumerate()]
                assert names.count("file") <= 3, "one hangs; one may look at each resource"
                back.set()
            (tmp_path / "away" / "key").write_text("new-key")
            assert azure.soon("new-key") > 0


@pytest.mark.usefixtures("quick")
def test_a_key_that_hangs_from_the_start(tmp_path: Path) -> None:
    """The resource is down with the reason, the other is asked; it ends while the file hangs."""
    azure = Azure()
    with azure.served() as endpoint, hanging(tmp_path / "away") as back:
        back.set()
        path = written(tmp_path, endpoint)
        back.clear()
        with Running(path, load(path)).running() as exporter:
            assert azure.soon("well-key") >= 1
            up = re.findall(r"^azure_ai_resource_up.*", exporter.page("/metrics"), re.MULTILINE)
            assert [line.endswith(" 0.0") for line in up if "away" in line] == [True]
            assert [line.endswith(" 1.0") for line in up if "well" in line] == [True]
            assert "away-key" not in azure.requests
            assert "no answer" in exporter.page("/")
            back.set()
            assert azure.soon("away-key") > 0


@pytest.mark.usefixtures("quick")
async def test_a_configuration_that_hangs(tmp_path: Path) -> None:
    """To load it fails in time, and says why."""
    path = written(tmp_path, "http://127.0.0.1:1")
    begun = time.monotonic()
    with hanging(tmp_path), pytest.raises(ConfigError) as caught:
        load(path)
    assert time.monotonic() - begun < 2
    assert str(caught.value) == (
        f"{path}: cannot be read: no answer within 0.3 s; set the file with --config.file"
    )
