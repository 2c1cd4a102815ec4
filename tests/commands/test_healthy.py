"""`healthy`: what an image's health check says of an exporter."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from exporter.commands import healthy as healthy_module
from exporter.commands.healthy import healthy
from tests.web.port.test_guard import CA, MUTUAL, SERVER, TLS, USERS, guarded, written


@pytest.mark.parametrize(
    ("text", "open_health", "said"),
    [
        pytest.param("", False, "", id="open to all"),
        pytest.param(TLS, False, "", id="a certificate that this machine does not trust"),
        pytest.param(USERS, False, "HTTP 401", id="users"),
        pytest.param(USERS, True, "", id="users, open health"),
        pytest.param(TLS + USERS, True, "", id="TLS and users, open health"),
        pytest.param(MUTUAL, True, ": ", id="client certificates"),
    ],
)
async def test_what_it_can_ask(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    text: str,
    open_health: bool,
    said: str,
) -> None:
    """Exit 0 and silence, or 1 and the reason; no proxy of the environment is asked instead."""
    written(tmp_path, SERVER)
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with guarded(tmp_path, text, open_health=open_health) as port:
        url = f"{'https' if 'tls' in text else 'http'}://{port.address}"
        code = await asyncio.to_thread(healthy, urlsplit(url))
    err = capsys.readouterr().err
    assert code == bool(said)
    assert said.lower() in err.lower()
    assert err.startswith(f"azure-ai-exporter: {url}/-/healthy: ") if said else err == ""


@pytest.mark.parametrize(
    ("answer", "said"),
    [(None, "timed out"), (b"", "closed connection"), (b"nonsense\n", "nonsense")],
    ids=["silent", "gone", "not HTTP"],
)
def test_who_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: bytes | None,
    said: str,
) -> None:
    """A port that is silent, hangs up, or speaks something else is exit 1 and one line."""
    monkeypatch.setattr(healthy_module, "_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        url = urlsplit(f"http://127.0.0.1:{server.getsockname()[1]}")
        asking = pool.submit(healthy, url)
        client, _ = server.accept()
        with client:
            if answer is not None:
                client.recv(1000)
                client.sendall(answer)
                client.shutdown(socket.SHUT_WR)
            assert asking.result() == 1
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
