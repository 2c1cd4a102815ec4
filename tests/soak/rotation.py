"""Files that change each minute: each resource's key, and the certificate of the port."""

import asyncio
import secrets
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml

from exporter.simulator.server import DEFAULT_KEY
from tests.soak.azure import KEY
from tests.support.secure import Authority

HOST = "127.0.0.1"
EVERY = 60.0  # seconds
_CLIENT = "scraper"


def client_tls(folder: Path) -> ssl.SSLContext:
    """The TLS of a client that the port admits."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    context.load_cert_chain(folder / f"{_CLIENT}.pem", folder / f"{_CLIENT}-key.pem")
    return context


@dataclass
class Rotation:
    """The files, how often they were replaced, and the keys of resources."""

    folder: Path
    count: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    authority: Authority = field(init=False)

    def __post_init__(self) -> None:
        self.authority = Authority(self.folder)

    def key_files(self, resources: Iterable[str]) -> dict[str, str]:
        """The first key of each resource, in a file by the resource's name."""
        files = {name: self.folder / f"{name}.key" for name in resources}
        for file in files.values():
            file.write_text(DEFAULT_KEY)
        return {name: str(file) for name, file in files.items()}

    def web_config(self) -> Path:
        """The web configuration: TLS, and only a client with its certificate may connect."""
        self.authority.client(_CLIENT, _CLIENT)
        tls = {
            **self.authority.client("port", HOST),
            "client_ca_file": self.authority.ca_file,
            "client_auth_type": "RequireAndVerifyClientCert",
            "client_allowed_sans": [_CLIENT],
        }
        file = self.folder / "web.yaml"
        file.write_text(yaml.safe_dump({"tls_server_config": tls}))
        return file

    async def run(
        self, session: aiohttp.ClientSession, urls: Mapping[str, str], every: float = EVERY
    ) -> None:
        """For ever: Azure takes the new key of each resource from then on, and no other."""
        while True:
            await asyncio.sleep(every)
            self.authority.client("port", HOST)
            for name, url in urls.items():
                self.keys[name] = secrets.token_hex(16)
                new = self.folder / "new"
                new.write_text(self.keys[name])
                new.replace(self.folder / f"{name}.key")
                async with session.put(f"{url}{KEY}", data=self.keys[name]) as answer:
                    answer.raise_for_status()
            self.count += 1
