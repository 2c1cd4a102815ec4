"""A real Prometheus scrapes an exporter that asks for TLS, a client certificate and a password."""

import sys
from pathlib import Path

import aiohttp
import bcrypt
import pytest
import trustme
import yaml

from tests.chart.promtool import needs_prometheus
from tests.e2e.programs import free_port, program
from tests.e2e.prometheus import until_up

pytestmark = [
    pytest.mark.e2e,
    needs_prometheus,
]

PASSWORD = "correct horse"  # noqa: S105  nobody's


def secured(folder: Path) -> None:
    """A web configuration, and certificates for both sides."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name in ("localhost", "prometheus"):
        leaf = ca.issue_cert(name)
        leaf.cert_chain_pems[0].write_to_path(str(folder / f"{name}.pem"))
        leaf.private_key_pem.write_to_path(str(folder / f"{name}.key"))
    web = {
        "tls_server_config": {
            "cert_file": "localhost.pem",
            "key_file": "localhost.key",
            "client_ca_file": "ca.pem",
            "client_auth_type": "RequireAndVerifyClientCert",
            "client_allowed_sans": ["prometheus"],
            "min_version": "TLS13",
        },
        "basic_auth_users": {
            "prometheus": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode()
        },
    }
    (folder / "web.yaml").write_text(yaml.safe_dump(web))


def job(name: str, port: int, **more: object) -> dict[str, object]:
    """What a user writes under `scrape_configs`."""
    return {
        "job_name": name,
        "scheme": "https",
        "static_configs": [{"targets": [f"localhost:{port}"]}],
        "tls_config": {
            "ca_file": "ca.pem",
            "cert_file": "prometheus.pem",
            "key_file": "prometheus.key",
        },
        **more,
    }


async def test_prometheus_scrapes_a_secured_exporter(tmp_path: Path) -> None:
    """Up with everything right; down with a wrong password, and without a certificate."""
    secured(tmp_path)
    port, prometheus_port = free_port(), free_port()
    right = {"username": "prometheus", "password": PASSWORD}
    jobs = [
        job("right", port, basic_auth=right),
        job("wrong", port, basic_auth={**right, "password": "wrong"}),
        job("nobody", port, basic_auth=right, tls_config={"ca_file": "ca.pem"}),
    ]
    prometheus = {"global": {"scrape_interval": "2s", "scrape_timeout": "2s"}}
    (tmp_path / "prometheus.yml").write_text(
        yaml.safe_dump({**prometheus, "scrape_configs": jobs}),
    )
    (tmp_path / "config.yaml").write_text(
        "resources:\n  - {name: one, endpoint: 'http://127.0.0.1:1', auth: {key: secret}, "
        "avatar: {operations: [job-1]}}\n"
    )
    exporter = [
        sys.executable,
        *("-m", "exporter", "run", f"--web.listen-address=127.0.0.1:{port}"),
        f"--config.file={tmp_path / 'config.yaml'}",
        f"--web.config.file={tmp_path / 'web.yaml'}",
    ]
    command = [
        "prometheus",
        f"--config.file={tmp_path / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{prometheus_port}",
    ]
    with program(tmp_path / "exporter.log", *exporter), program(tmp_path / "log", *command):
        async with aiohttp.ClientSession(f"http://127.0.0.1:{prometheus_port}") as session:
            await until_up(session, right=1, wrong=0, nobody=0)
            async with session.get("/api/v1/targets") as answer:
                targets = (await answer.json())["data"]["activeTargets"]
        errors = {each["labels"]["job"]: each["lastError"] for each in targets}
        assert errors["right"] == ""
        assert "401" in errors["wrong"]
        assert errors["nobody"]
    assert "Traceback" not in (tmp_path / "exporter.log").read_text()
    assert PASSWORD not in (tmp_path / "exporter.log").read_text()
